import { resolve } from 'node:path';
import { ServiceEndedError, whyNoCompose } from './containers/compose.ts';
import { DockerError, removeLeftovers, whyNoDocker } from './containers/docker.ts';
import { engineImage, ImageMissingError } from './containers/images.ts';
import { EngineFetchError, EngineMissingError, EngineProgramError, type Engine } from './engines/engine.ts';
import { EnginesError, selectEngines, type EngineSelection } from './engines/select-engines.ts';
import { modelOf } from './harness/litellm.ts';
import { environmentProxy, ProxyError, type Proxy } from './harness/proxy.ts';
import { RunFolder } from './harness/run-folder.ts';

// Gets the engines that ENGINES names, runs the suites on them and says in the end on what they ran. E2E_WAY says how:
// `native` (when it says nothing), `containers`, or `auto`, which is containers where there is a Docker. The arguments are those
// of `bun test`; where none of them is a file of tests, it is all of them.

/** What means the same in a container; the others are about this machine's own processes, or about what a plugin is told. */
const containerSuites = [
  'lifecycle',
  'process',
  'readme',
  'upgrade',
  'clients',
  'containers/image',
  'containers/up',
].map((name) => `./e2e/${name}.test.ts`);

const isTestFile = (word: string): boolean => word.endsWith('.test.ts');

/** @throws WayError where a file among the arguments is none for that way */
function withFiles(args: readonly string[], containers: boolean): readonly string[] {
  const files = args.filter(isTestFile);
  if (files.length === 0) return [...args, ...(containers ? containerSuites : ['./e2e'])];
  const outside = files.find((file) => !containerSuites.some((suite) => resolve(suite) === resolve(file)));
  if (!containers || outside === undefined) return args;
  throw new WayError(`${outside} is about this machine's own processes: run it with E2E_WAY=native.`);
}

/** E2E_WAY, or what it names, cannot be had. */
class WayError extends Error {
  override readonly name = 'WayError';
}

const interrupted = new AbortController();
let tests: Bun.Subprocess | undefined;
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    process.exitCode = exitCode;
    if (!interrupted.signal.aborted) console.error('Interrupted; stopping what was started.');
    interrupted.abort(new Error('interrupted'));
    tests?.kill(signal);
  });
}

async function chooseWay(wanted: string): Promise<'native' | 'containers'> {
  if (wanted === 'native' || wanted === '') return 'native';
  if (wanted !== 'auto' && wanted !== 'containers') {
    throw new WayError(`E2E_WAY is ${JSON.stringify(wanted)}; it takes native, containers or auto.`);
  }
  const why = await whyNoDocker();
  if (why === undefined) return 'containers';
  if (wanted === 'containers') throw new WayError(`No containers: ${why}`);
  console.log(`No containers: ${why} Running natively.`);
  return 'native';
}

/** An engine that the suites are run on. */
interface ReadyEngine {
  /** As ENGINES names it, in the version that its program says it is. */
  readonly name: string;
  readonly description: string;
}

async function makeReady(engine: Engine, containers: boolean): Promise<ReadyEngine> {
  const { signal } = interrupted;
  const ready = (version: string, where: string): ReadyEngine => ({
    name: `${engine.name}@${version}`,
    description: `${engine.title} ${version}${where}`,
  });
  if (containers) {
    const { image, version } = await engineImage(engine, signal);
    return ready(version, ` in a container of ${image}`);
  }
  const { path, version } = await engine.program({ report: console.log, signal });
  return ready(version, `: ${path}`);
}

/** Runs the tests; whatever becomes of them, nothing that they have started is left, no folder and no container. */
async function runTests(
  engines: readonly ReadyEngine[],
  containers: boolean,
  args: readonly string[],
): Promise<number> {
  interrupted.signal.throwIfAborted();
  const folder = await RunFolder.make();
  const session = crypto.randomUUID();
  try {
    const proxy = containers && environmentProxy() === undefined ? await litellmInContainers(session) : undefined;
    interrupted.signal.throwIfAborted();
    tests = Bun.spawn([process.execPath, 'test', ...args], {
      env: {
        ...process.env,
        ENGINES: engines.map(({ name }) => name).join(' '),
        E2E_WAY: containers ? 'containers' : 'native',
        E2E_SESSION: session,
        ...(proxy === undefined ? {} : { E2E_LITELLM_URL: proxy.url, E2E_LITELLM_MASTER_KEY: proxy.masterKey }),
        ...folder.env,
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return await tests.exited;
  } finally {
    if (containers) await removeLeftovers(session).catch((error: unknown) => complain(error));
    const left = await folder.remove(interrupted.signal.aborted ? 0 : 5);
    if (!interrupted.signal.aborted) for (const { pid, command } of left) complain(`Left behind: ${pid} ${command}`);
  }
}

/** A real LiteLLM for the tests; undefined, which is a stand-in, where there are no images of it. */
async function litellmInContainers(session: string): Promise<Proxy | undefined> {
  // Loaded here alone: most runs need no Docker client.
  const { startLiteLLMContainer } = await import('./containers/litellm.ts');
  try {
    return await startLiteLLMContainer(session, interrupted.signal);
  } catch (error) {
    if (!(error instanceof ImageMissingError)) throw error;
    console.log(`NOT RUN on a real LiteLLM, but on a stand-in: ${error.message}`);
    return undefined;
  }
}

/** Something went wrong after the tests, whose outcome is not to be lost for that. */
function complain(what: unknown): void {
  console.error(what instanceof Error ? what.message : what);
  process.exitCode = 1;
}

/** Lines that begin with NOT RUN are repeated by whoever sums up a longer run. */
function summarize(ran: readonly ReadyEngine[], missing: EngineSelection['missing']): void {
  console.log('');
  for (const { description } of ran) console.log(`Ran on ${description}`);
  for (const { engine, reason } of missing) {
    console.log(`NOT RUN on ${engine.title} ${engine.version}: ${reason.replaceAll(/\s+/g, ' ')}`);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const containers = (await chooseWay(process.env['E2E_WAY'] ?? '')) === 'containers';
  const words = withFiles(args, containers);
  const proxy = environmentProxy();
  if (proxy !== undefined) await modelOf(proxy, interrupted.signal);
  const names = (process.env['ENGINES'] ?? '').trim();
  const { engines, missing } = await selectEngines(containers && names === '' ? 'openbao vault' : names);
  const ready: ReadyEngine[] = [];
  const failed: (EngineSelection['missing'][number] & { readonly error: Error })[] = [];
  for (const engine of engines) {
    try {
      ready.push(await makeReady(engine, containers));
    } catch (error) {
      // The others are run, unless this one was asked for.
      if (names !== '' || !(error instanceof EngineFetchError || error instanceof ImageMissingError)) throw error;
      failed.push({ engine, reason: error.reason, error });
    }
  }
  if (ready.length === 0) {
    summarize([], [...missing, ...failed]);
    // The first of them says what to do as well.
    console.error(failed[0]?.error.message ?? missing.map(({ reason }) => reason).join('\n'));
    return 1;
  }
  const code = await runTests(ready, containers, words);
  interrupted.signal.throwIfAborted();
  summarize(ready, [...missing, ...failed]);
  const whyNoUp = containers ? await whyNoCompose() : undefined;
  if (whyNoUp !== undefined) console.log(`NOT RUN \`just up\` in containers: ${whyNoUp}`);
  return failed.length === 0 ? code : Math.max(code, 1);
}

const ownErrors = [
  EnginesError,
  EngineMissingError,
  EngineFetchError,
  EngineProgramError,
  ImageMissingError,
  DockerError,
  ProxyError,
  ServiceEndedError,
  WayError,
];
try {
  const code = await main(process.argv.slice(2));
  process.exitCode ||= code;
} catch (error) {
  if (!interrupted.signal.aborted) {
    if (!ownErrors.some((kind) => error instanceof kind)) throw error;
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
