import { resolve } from 'node:path';
import { whyNoCompose } from './containers/compose.ts';
import { removeLeftovers, whyNoDocker } from './containers/docker.ts';
import { engineImage, ImageMissingError } from './containers/images.ts';
import { EngineFetchError, type Engine } from './engines/engine.ts';
import { selectEngines, type EngineSelection } from './engines/select-engines.ts';
import { modelOf } from './harness/litellm.ts';
import { environmentProxy, type Proxy } from './harness/proxy.ts';
import { RunFolder } from './harness/run-folder.ts';
import { ReportedError, runScript } from './harness/script.ts';

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
  'containers/plugin-runtime',
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
class WayError extends ReportedError {
  override readonly name = 'WayError';
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

async function makeReady(engine: Engine, containers: boolean, signal: AbortSignal): Promise<ReadyEngine> {
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
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  const folder = await RunFolder.make();
  const session = crypto.randomUUID();
  try {
    const proxy =
      containers && environmentProxy() === undefined ? await litellmInContainers(session, signal) : undefined;
    signal.throwIfAborted();
    const tests = Bun.spawn([process.execPath, 'test', ...args], {
      env: {
        ...process.env,
        ENGINES: engines.map(({ name }) => name).join(' '),
        E2E_WAY: containers ? 'containers' : 'native',
        E2E_SESSION: session,
        ...(proxy === undefined ? {} : { E2E_LITELLM_URL: proxy.url, E2E_LITELLM_MASTER_KEY: proxy.masterKey }),
        ...folder.env,
      },
      stdio: ['ignore', 'inherit', 'inherit'],
      signal,
    });
    return await tests.exited;
  } finally {
    if (containers) await removeLeftovers(session).catch((error: unknown) => complain(error));
    const left = await folder.remove(signal.aborted ? 0 : 5);
    if (!signal.aborted) for (const { pid, command } of left) complain(`Left behind: ${pid} ${command}`);
  }
}

/** A real LiteLLM for the tests; undefined, which is a stand-in, where there are no images of it. */
async function litellmInContainers(session: string, signal: AbortSignal): Promise<Proxy | undefined> {
  // Loaded here alone: most runs need no Docker client.
  const { startLiteLLMContainer } = await import('./containers/litellm-container.ts');
  try {
    return await startLiteLLMContainer(session, signal);
  } catch (error) {
    if (!(error instanceof ImageMissingError)) throw error;
    console.log(`NOT RUN on a real LiteLLM, but on a stand-in: ${error.message}`);
    return undefined;
  }
}

let complained = false;

/** Something went wrong after the tests, whose outcome is not to be lost for that. */
function complain(what: unknown): void {
  console.error(what instanceof Error ? what.message : what);
  complained = true;
}

/** Lines that begin with NOT RUN are repeated by whoever sums up a longer run. */
function summarize(ran: readonly ReadyEngine[], missing: EngineSelection['missing']): void {
  console.log('');
  for (const { description } of ran) console.log(`Ran on ${description}`);
  for (const { engine, reason } of missing) {
    console.log(`NOT RUN on ${engine.title} ${engine.version}: ${reason.replaceAll(/\s+/g, ' ')}`);
  }
}

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const containers = (await chooseWay(process.env['E2E_WAY'] ?? '')) === 'containers';
  const words = withFiles(args, containers);
  const proxy = environmentProxy();
  if (proxy !== undefined) await modelOf(proxy, signal);
  const names = (process.env['ENGINES'] ?? '').trim();
  const { engines, missing } = await selectEngines(containers && names === '' ? 'openbao vault' : names);
  const ready: ReadyEngine[] = [];
  const failed: (EngineSelection['missing'][number] & { readonly error: Error })[] = [];
  for (const engine of engines) {
    try {
      ready.push(await makeReady(engine, containers, signal));
    } catch (error) {
      // The others are run, unless this one was asked for.
      if (names !== '' || !(error instanceof EngineFetchError || error instanceof ImageMissingError)) throw error;
      failed.push({ engine, reason: error.reason, error });
    }
  }
  if (ready.length === 0) {
    summarize([], [...missing, ...failed]);
    // With what to do.
    if (failed[0] !== undefined) console.error(failed[0].error.message);
    return 1;
  }
  const code = await runTests(ready, containers, words, signal);
  if (!complained) signal.throwIfAborted();
  summarize(ready, [...missing, ...failed]);
  const whyNoUp = containers ? await whyNoCompose() : undefined;
  if (whyNoUp !== undefined) console.log(`NOT RUN \`just up\` in containers: ${whyNoUp}`);
  return failed.length === 0 && !complained ? code : Math.max(code, 1);
}

await runScript((signal) => main(process.argv.slice(2), signal));
