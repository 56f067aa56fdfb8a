import { readFile } from 'node:fs/promises';
import { openBao } from './engines/openbao.ts';
import { parseDemoOptions, usage, type DemoOptions } from './demo/options.ts';
import { terminal } from './demo/terminal.ts';
import { Walk, WalkError } from './demo/walk.ts';
import { EngineServer } from './harness/engine-server.ts';
import { LiteLLM, modelOf, startStandIn } from './harness/litellm.ts';
import { describeKeysLeft, placePlugin, unmountPlugin } from './harness/plugin.ts';
import { ReportedError, runScript } from './harness/script.ts';
import { orAborted } from './harness/until.ts';

// `npm run demo`: see demo/options.ts for what it takes. JUST is the just that started it.

/** The plugin could not be built. */
class BuildError extends ReportedError {
  override readonly name = 'BuildError';
}

async function build(signal: AbortSignal): Promise<void> {
  terminal.heading('Building the plugin');
  const just = process.env['JUST'];
  if (just === undefined) throw new BuildError('This is started by `npm run demo` or `just demo`.');
  const child = Bun.spawn([just, 'build'], {
    env: { ...process.env, BUN: process.execPath },
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
  });
  const code = await child.exited;
  signal.throwIfAborted();
  if (code !== 0) throw new BuildError('The plugin could not be built; what went wrong stands above.');
}

/** Shows all of it, and leaves nothing running. */
async function show(options: Extract<DemoOptions, { action: 'run' }>, signal: AbortSignal): Promise<void> {
  const { proxy, keep } = options;
  // What would go wrong late is said early.
  if (proxy !== undefined) await modelOf(proxy, signal);
  await build(signal);
  const engine = openBao();
  const { path: binary, version } = await engine.program({ report: (line) => terminal.note(line), signal });
  terminal.heading(`Starting OpenBao ${version}${proxy === undefined ? ' and a stand-in for LiteLLM' : ''}`);
  await using started = new AsyncDisposableStack();
  const litellm = proxy === undefined ? await startStandIn() : new LiteLLM(proxy.url, proxy.masterKey);
  started.defer(() => litellm.stop());
  const server = started.use(await EngineServer.start({ engine, binary, signal }));
  const sha256 = await placePlugin(server);
  terminal.note(`OpenBao  ${server.address}`);
  terminal.note(
    `LiteLLM  ${litellm.url}${proxy === undefined ? '  (a stand-in; --litellm URL takes a real one)' : ''}`,
  );
  // A real proxy would keep the keys until they expire. Nothing may be mounted yet, which is no error.
  started.defer(() =>
    unmountPlugin(server, 'litellm').catch((error: unknown) => {
      if (proxy !== undefined) console.error(describeKeysLeft(server.address, error));
    }),
  );
  const walk = new Walk({ server, litellm, sha256, ...options, signal });
  await orAborted(walk.run(), signal).catch(async (error: unknown) => {
    if (error instanceof WalkError) await showLog(server.logFile);
    throw error;
  });
  if (!keep) return;
  terminal.heading('Everything is left running. In any other terminal:');
  for (const line of [...walk.exports(), 'bao read litellm/creds/team-a']) terminal.command(line);
  terminal.heading('Ctrl-C ends it all.');
  await orAborted(server.untilEnded(), signal);
}

async function showLog(file: string): Promise<void> {
  const log = await readFile(file, 'utf8').catch(() => '');
  terminal.heading("The end of OpenBao's log");
  terminal.note(log.trimEnd().split('\n').slice(-20).join('\n'));
}

await runScript(async (signal) => {
  const options = parseDemoOptions(process.argv.slice(2), process.env);
  if (options.action === 'help') {
    console.log(usage);
    return 0;
  }
  await show(options, signal);
  terminal.heading('Done. Nothing was left running.');
  return 0;
}, usage);
// What an interrupted walk still waits for is nobody's concern.
process.exit();
