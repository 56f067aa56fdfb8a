import { ServiceEndedError, whyNoCompose } from './containers/compose.ts';
import { DockerError } from './containers/docker.ts';
import { ImageMissingError } from './containers/images.ts';
import { EngineFetchError, EngineMissingError, EngineProgramError } from './engines/engine.ts';
import { EnginesError } from './engines/select-engines.ts';
import { KeeperError } from './harness/keeping.ts';
import { DeadlineError } from './harness/until.ts';
import { downInContainers, upInContainers } from './up/in-containers.ts';
import { keptEngines, upNatively } from './up/natively.ts';
import { describeEngine, UpError, type Proxy } from './up/running-engine.ts';

// up.ts up|down: both engines with the plugin mounted and configured, in containers or, without a Docker, natively, and a LiteLLM:
// that of compose.yaml, natively a stand-in, or the one that E2E_LITELLM_URL and E2E_LITELLM_MASTER_KEY name.

/** Aborted when somebody or the system ends this; what was started by then is stopped. */
const interrupted = new AbortController();
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** @throws UpError */
function chooseProxy(): Proxy | undefined {
  const url = process.env['E2E_LITELLM_URL'] ?? '';
  if (url === '') return undefined;
  const masterKey = process.env['E2E_LITELLM_MASTER_KEY'] ?? '';
  if (masterKey === '') throw new UpError('E2E_LITELLM_URL needs E2E_LITELLM_MASTER_KEY beside it.');
  return { url: url.replace(/\/+$/, ''), masterKey };
}

async function up(): Promise<void> {
  const proxy = chooseProxy();
  const why = await whyNoCompose();
  if (why !== undefined)
    console.log(
      `No containers: ${why} Starting natively${proxy === undefined ? ', with a stand-in for LiteLLM' : ''}.`,
    );
  const start = why === undefined ? upInContainers : upNatively;
  for (const engine of await start(proxy, interrupted.signal)) console.log(describeEngine(engine));
  console.log(`\n\`just down\` ends it all${why === undefined ? '' : ', and so do eight hours'}.`);
}

async function down(): Promise<void> {
  await keptEngines.stop();
  if ((await whyNoCompose()) === undefined) await downInContainers();
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
  ServiceEndedError,
  UpError,
];
const isUp = process.argv[2] !== 'down';
if (isUp) {
  for (const [name, exitCode] of Object.entries(exitCodes)) {
    process.on(name, () => {
      process.exitCode = exitCode;
      interrupted.abort(new UpError('Interrupted; what was started is stopped.'));
    });
  }
}
try {
  await (isUp ? up() : down());
} catch (error) {
  const reason = interrupted.signal.aborted ? interrupted.signal.reason : error;
  if (!ownErrors.some((kind) => reason instanceof kind)) throw error;
  console.error(reason instanceof Error ? reason.message : reason);
  process.exitCode ??= 1;
}
