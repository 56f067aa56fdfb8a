import { access, constants } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { RunFolder } from './harness/run-folder.ts';
import { ReportedError, runScript } from './harness/script.ts';
import { scriptFolder } from './pair/litellm-pair.ts';

// Runs the suite of two LiteLLM instances, and leaves nothing of what it starts, whatever becomes of it. The arguments are those of
// `bun test`.

/** There is nothing to start a LiteLLM with. */
class NoScriptsError extends ReportedError {
  override readonly name = 'NoScriptsError';

  constructor(folder: string) {
    super(`${folder} has no start-litellm.sh: LITELLM_SCRIPTS names the folder that has it.`);
  }
}

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const scripts = scriptFolder();
  await access(join(scripts, 'start-litellm.sh'), constants.X_OK).catch(() => {
    throw new NoScriptsError(scripts);
  });
  signal.throwIfAborted();
  const folder = await RunFolder.make();
  try {
    const suite = resolve(import.meta.dir, 'pair/pair-suite.ts');
    const tests = Bun.spawn([process.execPath, 'test', ...args, suite], {
      env: { ...process.env, LITELLM_SCRIPTS: scripts, ...folder.env },
      stdio: ['ignore', 'inherit', 'inherit'],
      signal,
    });
    const code = await tests.exited;
    signal.throwIfAborted();
    return code;
  } finally {
    const left = await folder.remove(signal.aborted ? 0 : 5);
    if (!signal.aborted) for (const { pid, command } of left) console.error(`Left behind: ${pid} ${command}`);
  }
}

await runScript((signal) => main(process.argv.slice(2), signal));
