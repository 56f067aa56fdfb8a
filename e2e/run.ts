import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { whyNoCompose } from './containers/compose.ts';
import { DockerError, removeContainers, whyNoDocker } from './containers/docker.ts';
import { engineImage, ImageMissingError } from './containers/images.ts';
import { EngineFetchError, EngineMissingError, EngineProgramError, type Engine } from './engines/engine.ts';
import { EnginesError, selectEngines, type EngineSelection } from './engines/select-engines.ts';

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
  const outside = files.find((file) => !containerSuites.some((suite) => basename(suite) === basename(file)));
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

async function runTests(
  engines: readonly ReadyEngine[],
  env: NodeJS.ProcessEnv,
  args: readonly string[],
): Promise<number> {
  interrupted.signal.throwIfAborted();
  tests = Bun.spawn([process.execPath, 'test', ...args], {
    env: { ...process.env, ENGINES: engines.map(({ name }) => name).join(' '), ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return tests.exited;
}

/** Whatever becomes of the tests, no container of theirs is left, and no folder. */
async function runInContainers(engines: readonly ReadyEngine[], args: readonly string[]): Promise<number> {
  // Short: a plugin's socket is made in it.
  const folder = await mkdtemp(join(tmpdir(), 'e2e-'));
  const session = crypto.randomUUID();
  try {
    const env = { E2E_WAY: 'containers', E2E_SESSION: session, TMPDIR: folder };
    return await runTests(engines, env, args);
  } finally {
    await removeContainers(session);
    await rm(folder, { recursive: true, force: true });
  }
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
  const names = (process.env['ENGINES'] ?? '').trim();
  const { engines, missing } = await selectEngines(containers && names === '' ? 'openbao vault' : names);
  const ready: ReadyEngine[] = [];
  const failed: EngineSelection['missing'][number][] = [];
  for (const engine of engines) {
    try {
      ready.push(await makeReady(engine, containers));
    } catch (error) {
      // The others are run, unless this one was asked for.
      if (names !== '' || !(error instanceof EngineFetchError || error instanceof ImageMissingError)) throw error;
      failed.push({ engine, reason: error.reason });
    }
  }
  if (ready.length === 0) {
    summarize([], [...missing, ...failed]);
    return 1;
  }
  const code = containers ? await runInContainers(ready, words) : await runTests(ready, { E2E_WAY: 'native' }, words);
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
  WayError,
];
try {
  const code = await main(process.argv.slice(2));
  process.exitCode ??= code;
} catch (error) {
  if (!interrupted.signal.aborted) {
    if (!ownErrors.some((kind) => error instanceof kind)) throw error;
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
