import { readFile } from 'node:fs/promises';
import { openBao } from './engines/openbao.ts';
import { keptWorld, startKeptWorld } from './demo/kept-world.ts';
import { parseDemoOptions, usage, type DemoOptions } from './demo/options.ts';
import { modelOf } from './harness/litellm.ts';
import { orAborted } from './harness/or-aborted.ts';
import { UsageError } from './harness/proxy.ts';
import { terminal } from './demo/terminal.ts';
import { Walk, WalkError } from './demo/walk.ts';
import { startWorld, type RunningWorld } from './demo/world.ts';

// `npm run demo`: see demo/options.ts for what it takes. JUST is the just that started it.

/** The user, or whoever started this, wants it to end. */
class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('interrupted');
    this.exitCode = exitCode;
  }
}

const interrupted = new AbortController();
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => interrupted.abort(new InterruptedError(exitCode)));
}
// A wrapper that is killed tells nobody.
const starter = process.ppid;
setInterval(() => {
  if (process.ppid !== starter) interrupted.abort(new InterruptedError(129));
}, 500).unref();

async function build(): Promise<void> {
  terminal.heading('Building the plugin');
  const just = process.env['JUST'];
  if (just === undefined) throw new Error('This is started by `npm run demo` or `just demo`.');
  const child = Bun.spawn([just, 'build'], {
    env: { ...process.env, BUN: process.execPath },
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    signal: interrupted.signal,
  });
  const code = await child.exited;
  interrupted.signal.throwIfAborted();
  if (code !== 0) throw new Error('The plugin could not be built; what went wrong stands above.');
}

async function run(options: Extract<DemoOptions, { action: 'run' }>): Promise<void> {
  // What would go wrong late is said early.
  if (options.proxy !== undefined) await modelOf(options.proxy, interrupted.signal);
  await build();
  const { path, version } = await openBao().program({
    report: (line) => terminal.note(line),
    signal: interrupted.signal,
  });
  terminal.heading(`Starting OpenBao ${version}${options.proxy === undefined ? ' and a stand-in for LiteLLM' : ''}`);
  const starting = options.keep
    ? startKeptWorld({ baoBinary: path, proxy: options.proxy })
    : startWorld(path, options.proxy);
  let keep = false;
  try {
    const { world } = await orAborted(starting, interrupted.signal);
    terminal.note(`OpenBao  ${world.address}`);
    terminal.note(
      `LiteLLM  ${world.litellmURL}${world.standIn ? '  (a stand-in; --litellm URL takes a real one)' : ''}`,
    );
    const walk = new Walk(world, { ...options, signal: interrupted.signal });
    await orAborted(walk.run(), interrupted.signal).catch(async (error: unknown) => {
      if (error instanceof WalkError) await showLog(world.logFile);
      throw error;
    });
    keep = options.keep;
    if (keep) tellHowToUse(walk);
  } finally {
    if (!keep) await stop(starting);
  }
  if (!keep) terminal.heading('Done. Nothing was left running.');
}

/** A world that is still being started is stopped as soon as it has been. */
async function stop(starting: Promise<RunningWorld>): Promise<void> {
  const running = await starting.catch(() => undefined);
  await running?.stop();
}

async function showLog(file: string): Promise<void> {
  const log = await readFile(file, 'utf8').catch(() => '');
  terminal.heading("The end of OpenBao's log");
  terminal.note(log.trimEnd().split('\n').slice(-20).join('\n'));
}

function tellHowToUse(walk: Walk): void {
  terminal.heading('Everything is left running, for eight hours at most. In any terminal:');
  for (const line of [...walk.exports(), 'bao read litellm/creds/team-a']) terminal.command(line);
  terminal.heading('To stop it');
  terminal.command('npm run demo -- --stop');
}

async function main(): Promise<number> {
  try {
    const options = parseDemoOptions(process.argv.slice(2), process.env);
    switch (options.action) {
      case 'help':
        console.log(usage);
        return 0;
      case 'stop':
        console.log((await keptWorld.stop()) ? 'Stopped.' : 'Nothing was running.');
        return 0;
      case 'run':
        await run(options);
        return 0;
    }
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`demo: ${error.message}\n\n${usage}`);
      return 2;
    }
    if (interrupted.signal.reason instanceof InterruptedError) {
      terminal.failure('Interrupted. Nothing was left running.');
      return interrupted.signal.reason.exitCode;
    }
    terminal.failure(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

process.exit(await main());
