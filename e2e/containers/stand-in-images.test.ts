import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BareMachine } from '../engines/bare-machine.ts';
import { outcomeOf } from '../harness/outcome.ts';

setDefaultTimeout(60_000);

// With a docker that answers and builds nothing, and a go that is never done.

let machine: BareMachine;
beforeEach(async () => {
  machine = await BareMachine.make();
});
afterEach(() => machine[Symbol.asyncDispose]());

describe('an interruption ends `just images` and leaves nothing:', () => {
  const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Elsewhere there are no such images.
    test.if(process.platform === 'linux')(signal, async () => {
      const begun = join(machine.folder, 'begun');
      await Bun.$`mkfifo ${begun}`;
      await machine.program('bin/docker', '[ "$1" = version ] && echo 28.0.0');
      await machine.program(
        'bin/go',
        `[ "$1" != version ] || { echo go version go1.25.3 linux/amd64; exit; }
echo begun >${begun}
exec /bin/sleep 60`,
      );
      const child = machine.start({ ENGINES: 'vault' }, join(import.meta.dir, 'stand-in-images.ts'));
      expect(await readFile(begun, 'utf8')).toBe('begun\n');
      child.kill(signal);
      expect(await outcomeOf(child)).toEqual({
        code: exitCodes[signal],
        stdout: '',
        stderr: expect.stringMatching(
          /^Building Vault [^\n]+\nInterrupted; stopping what was started\.\nNothing that this has started is left running\.\n$/,
        ),
      });
      expect(await readdir(machine.cache)).toEqual([]);
      expect(await readdir(join(machine.folder, 'tmp'))).toEqual([]);
    });
  }
});
