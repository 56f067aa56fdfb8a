import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createApi } from './harness/engine-api.ts';
import { startLiteLLM } from './harness/litellm.ts';
import { during, outcomeOf, printedUntil, startProgram, type Child } from './harness/outcome.ts';
import { RunFolder } from './harness/run-folder.ts';
import { startSilentProxy } from './harness/silent-proxy.ts';
import { describeEngines } from './harness/suite.ts';
import { until } from './harness/until.ts';

// `npm run demo`, without the build.

setDefaultTimeout(120_000);

const script = resolve(import.meta.dir, 'demo.ts');
const interrupted = 'Interrupted; stopping what was started.\nNothing that this has started is left running.\n';
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What all processes of a test belong to. */
let folder: RunFolder;
beforeEach(async () => {
  folder = await RunFolder.make();
});
afterEach(async () => {
  expect(await folder.remove(0)).toEqual([]);
});

function start(args: readonly string[], just = 'true', words: readonly string[] = [process.execPath, 'run', script]) {
  const env = { ...process.env, JUST: just, LITELLM_MASTER_KEY: '', ...folder.env };
  return startProgram([...words, ...args], { env, detached: true });
}

async function expectNothingLeft(): Promise<void> {
  await until('all have ended', 30, async () => (await folder.processes()).length === 0);
  expect(await readdir(folder.path)).toEqual([]);
}

describeEngines((engine) => {
  if (engine.name !== 'openbao') return;

  test('it goes to its end, on a LiteLLM that was there before too, and leaves no key', async () => {
    await using stack = new AsyncDisposableStack();
    const litellm = await startLiteLLM();
    stack.defer(() => litellm.stop());
    const before = await litellm.keysLike('');
    const child = start(['--litellm', litellm.url, '--master-key', litellm.masterKey]);
    const { code, stdout, stderr } = await outcomeOf(child);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\nDone\. Nothing was left running\.\n$/);
    expect(stdout).not.toContain(litellm.masterKey);
    expect(await litellm.keysLike('')).toEqual(before);
    await expectNothingLeft();
  });

  test('kept, it stays as it says how to use it, until Ctrl-C', async () => {
    const child = start(['--keep']);
    const said = await printedUntil(child, '\nCtrl-C ends it all.\n');
    const [, address = '', token = ''] = /BAO_ADDR=(\S+) BAO_TOKEN=(\S+)/.exec(said) ?? [];
    const api = createApi(address, () => token);
    expect(await api('GET', 'litellm/creds/team-a')).toMatchObject({ status: 200 });
    process.kill(-child.pid, 'SIGINT');
    expect(await outcomeOf(child)).toEqual({ code: 130, stdout: '', stderr: interrupted });
    await expectNothingLeft();
  });

  describe('an interruption leaves nothing:', () => {
    /** Those in which it waits for something that a test can know of. */
    const phases: readonly (readonly [name: string, reach: () => Promise<Child> | Child])[] = [
      [
        'while the plugin is built',
        async () => {
          const just = `${folder.path}.just`;
          await writeFile(just, '#!/bin/sh\necho building\nexec sleep 60\n', { mode: 0o755 });
          const child = start([], just);
          try {
            await printedUntil(child, 'building\n');
          } finally {
            await rm(just);
          }
          return child;
        },
      ],
      [
        'while OpenBao starts',
        async () => {
          const child = start([]);
          await printedUntil(child, 'Starting OpenBao');
          return child;
        },
      ],
      [
        'while a lease runs out',
        async () => {
          const child = start([]);
          await printedUntil(child, 'Waiting for the end of the lease');
          return child;
        },
      ],
    ];
    for (const [name, reach] of phases) {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        test(`${signal} ${name}`, async () => {
          const child = await reach();
          child.kill(signal);
          expect(await outcomeOf(child)).toMatchObject({ code: exitCodes[signal], stderr: interrupted });
          await expectNothingLeft();
        });
      }
    }

    test('while a command waits for its answer', async () => {
      await using proxy = startSilentProxy();
      const child = start(['--litellm', proxy.url, '--master-key', 'sk-test-not-a-real-key']);
      await during(child, proxy.asked);
      child.kill('SIGTERM');
      expect(await outcomeOf(child)).toMatchObject({ code: 143, stderr: interrupted });
      await expectNothingLeft();
    });

    test('by a kill that it does not hear', async () => {
      const child = start([]);
      await printedUntil(child, 'Waiting for the end of the lease');
      child.kill('SIGKILL');
      await child.exited;
      await expectNothingLeft();
    });

    test('by a kill of what has started it', async () => {
      // The shell stays, since it has something to do afterwards.
      const line = `'${process.execPath}' run '${script}'; echo over`;
      const shell = start([], 'true', ['/bin/sh', '-c', line]);
      await printedUntil(shell, 'Waiting for the end of the lease');
      shell.kill('SIGKILL');
      expect((await outcomeOf(shell)).stderr).toBe(interrupted);
      await expectNothingLeft();
    });
  });
});
