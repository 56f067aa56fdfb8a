import { describe, expect, test } from 'bun:test';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyNoHvac } from './hvac.ts';

// Which Python hvac is tried with. None of these is one: each is a script that says what a Python would.

describe('hvac', () => {
  const cases: readonly { readonly name: string; readonly script?: string; readonly why?: string }[] = [
    { name: 'cannot be had without a python3', why: 'there is no python3 on the PATH.' },
    {
      name: 'cannot be had with one that is too old',
      script: 'echo 3.7 True',
      why: 'the python3 on the PATH is 3.7, older than 3.8.',
    },
    {
      name: 'cannot be had with one without pip',
      script: 'echo 3.99 False',
      why: 'the python3 on the PATH has no pip to fetch it with.',
    },
    {
      name: 'cannot be had with one that does not run',
      script: 'echo no such version >&2; exit 127',
      why: 'the python3 on the PATH does not run: python3 ended with 127, saying: no such version',
    },
    { name: 'is worth trying with pip', script: 'echo 3.8 True' },
  ];
  for (const { name, script, why } of cases) {
    test(name, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'python-'));
      try {
        if (script !== undefined) {
          await Bun.write(join(folder, 'python3'), `#!/bin/sh\n${script}\n`);
          await chmod(join(folder, 'python3'), 0o755);
        }
        expect(await whyNoHvac(folder)).toBe(why);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }
});
