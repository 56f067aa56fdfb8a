import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Keeping } from './keeping.ts';

setDefaultTimeout(60_000);

// A keeper that keeps nothing but the order it was given, in a folder of the test's own.

const variable = 'E2E_KEEPING';
const before = process.env[variable];
let folder = '';
let kept: Keeping<string, string>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keeping-'));
  process.env[variable] = join(folder, 'state');
  const script = join(folder, 'keeper.ts');
  const options = { name: 'made-up', script, endedBy: 'made up' };
  // A child has the environment as it was at first.
  await Bun.write(
    script,
    `import { Keeping } from ${JSON.stringify(join(import.meta.dir, 'keeping.ts'))};
process.env.${variable} = ${JSON.stringify(join(folder, 'state'))};
await new Keeping(${JSON.stringify(options)}).keep(async (facts) => ({ facts, stop: async () => undefined }));`,
  );
  kept = new Keeping(options);
});
afterEach(async () => {
  if (before === undefined) delete process.env[variable];
  else process.env[variable] = before;
  try {
    await kept.stop();
  } finally {
    await rm(folder, { recursive: true });
  }
});

const left = () => readdir(join(folder, 'state'));

test('what is kept is found until it is stopped, and leaves nothing', async () => {
  expect(await kept.start('order', 20)).toBe('order');
  await expect(kept.start('another', 20)).rejects.toThrow('`made up` ends it');
  expect(await kept.stop()).toBe(true);
  expect(await left()).toEqual([]);
  expect(await kept.stop()).toBe(false);
});

describe("a file that tells of nothing that runs is in nobody's way:", () => {
  const socket = '/nonexistent/socket';
  const cases: readonly { readonly name: string; readonly text: string }[] = [
    { name: 'an empty one', text: '' },
    { name: 'one that is cut short', text: '{"facts":"some","sock' },
    { name: 'one without JSON', text: 'not JSON' },
    { name: 'one with null', text: 'null' },
    { name: 'one with a text', text: '"socket"' },
    { name: 'one with a list', text: '[]' },
    { name: 'one without a socket', text: '{"facts":"some"}' },
    { name: 'one whose socket is no text', text: '{"facts":"some","socket":1}' },
    { name: 'one without facts', text: JSON.stringify({ socket }) },
    { name: 'one whose keeper is gone', text: JSON.stringify({ facts: 'some', socket }) },
  ];
  for (const { name, text } of cases) {
    test(name, async () => {
      await Bun.write(join(folder, 'state/made-up.json'), text);
      expect(await kept.stop()).toBe(false);
    });
  }

  test('the next start takes its place', async () => {
    await Bun.write(join(folder, 'state/made-up.json'), '{');
    expect(await kept.start('order', 20)).toBe('order');
    expect(await kept.stop()).toBe(true);
    expect(await left()).toEqual([]);
  });
});
