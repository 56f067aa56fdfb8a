import { ImageMissingError } from './containers/images.ts';
import { ServiceEndedError, whyNoCompose } from './containers/compose.ts';
import { DockerError } from './containers/docker.ts';
import { EngineFetchError, EngineMissingError, EngineProgramError } from './engines/engine.ts';
import { EnginesError } from './engines/select-engines.ts';
import { KeeperError } from './harness/keeping.ts';
import { environmentProxy, ProxyError } from './harness/proxy.ts';
import { DeadlineError } from './harness/until.ts';
import { downInContainers, upInContainers } from './up/in-containers.ts';
import { keptEngines, upNatively } from './up/natively.ts';
import { describeEngine, UpError } from './up/running-engine.ts';

// up.ts up|down: both engines with the plugin mounted and configured, in containers or, without a Docker, natively, and a LiteLLM:
// that of compose.yaml, natively a stand-in, or the one that E2E_LITELLM_URL and E2E_LITELLM_MASTER_KEY name.

/** Aborted when somebody or the system ends this; what was started by then is stopped. */
const interrupted = new AbortController();
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

async function up(): Promise<void> {
  const proxy = environmentProxy();
  const why = await whyNoCompose();
  if (why === undefined) {
    const engines = await upInContainers(proxy, interrupted.signal);
    await keptEngines.stop();
    for (const engine of engines) console.log(describeEngine(engine));
    console.log('\n`just down` ends it all.');
    return;
  }
  const standIn = proxy === undefined ? ', with a stand-in for LiteLLM' : '';
  console.log(`No containers: ${why} Starting natively${standIn}.`);
  for (const engine of await upNatively(proxy, interrupted.signal)) console.log(describeEngine(engine));
  console.log('\n`just down` ends it all, and so do eight hours.');
}

async function down(): Promise<void> {
  const stopped = await keptEngines.stop();
  const why = await whyNoCompose();
  if (why === undefined) return await downInContainers();
  if (!stopped && Bun.which('docker') !== null)
    throw new UpError(`Nothing runs natively, and in containers nothing was stopped: ${why}`);
}

const ownErrors = [
  DeadlineError,
  DockerError,
  EngineFetchError,
  EngineMissingError,
  EngineProgramError,
  EnginesError,
  ImageMissingError,
  KeeperError,
  ProxyError,
  ServiceEndedError,
  UpError,
];
const isUp = process.argv[2] !== 'down';
if (isUp) {
  for (const [name, exitCode] of Object.entries(exitCodes)) {
    process.on(name, () => {
      process.exitCode = exitCode;
      if (!interrupted.signal.aborted) console.error('Interrupted; stopping what was started.');
      interrupted.abort(new UpError('Nothing was left running.'));
    });
  }
}
try {
  await (isUp ? up() : down());
} catch (error) {
  if (!ownErrors.some((kind) => error instanceof kind)) throw error;
  console.error(error instanceof Error ? error.message : error);
  process.exitCode ??= 1;
}
