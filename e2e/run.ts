import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeContainers, whyNoDocker } from './containers/docker.ts';
import { ImageMissingError, requireImage } from './containers/images.ts';
import { EngineMissingError, type Engine } from './engines/engine.ts';
import { EnginesError, selectEngines, type EngineSelection } from './engines/select-engines.ts';

// Gets the engines that ENGINES names, runs the suites on them and says in the end on what they ran. E2E_WAY says how:
// `native` (when it says nothing), `containers`, or `auto`, which is containers where there is a Docker. The arguments are those
// of `bun test`.

/** What means the same in a container; the others are about this machine's own processes, or about what a plugin is told. */
const containerSuites = ['lifecycle', 'process', 'readme', 'upgrade', 'clients'].map((name) => `./e2e/${name}.test.ts`);

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

/** What the engine's program says that it is, and where that is. */
async function describeProgram(engine: Engine): Promise<string> {
  const program = await engine.program({ report: console.log, signal: interrupted.signal });
  const said = await Bun.$`${program} version`.nothrow().text();
  return `${/^.*?v[\d.]+/.exec(said)?.[0] ?? engine.title}: ${program}`;
}

const describeImage = async (engine: Engine): Promise<string> =>
  `${engine.title} in a container of ${await requireImage(engine.name, interrupted.signal)}`;

async function runTests(engines: readonly Engine[], env: NodeJS.ProcessEnv, args: readonly string[]): Promise<number> {
  interrupted.signal.throwIfAborted();
  tests = Bun.spawn([process.execPath, 'test', ...args], {
    env: { ...process.env, ENGINES: engines.map(({ name, version }) => `${name}@${version}`).join(' '), ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return tests.exited;
}

/** Whatever becomes of the tests, no container of theirs is left, and no folder. */
async function runInContainers(engines: readonly Engine[], args: readonly string[]): Promise<number> {
  // Short: a plugin's socket is made in it.
  const folder = await mkdtemp(join(tmpdir(), 'e2e-'));
  const session = crypto.randomUUID();
  try {
    const env = { E2E_WAY: 'containers', E2E_SESSION: session, TMPDIR: folder };
    return await runTests(engines, env, [...args, ...containerSuites]);
  } finally {
    await removeContainers(session);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lines that begin with NOT RUN are repeated by whoever sums up a longer run. */
function summarize({ missing }: EngineSelection, ran: readonly string[]): void {
  console.log('');
  for (const what of ran) console.log(`Ran on ${what}`);
  for (const { engine, reason } of missing) console.log(`NOT RUN on ${engine.title} ${engine.version}: ${reason}`);
}

async function main(args: readonly string[]): Promise<number> {
  const way = await chooseWay(process.env['E2E_WAY'] ?? '');
  const containers = way === 'containers';
  const names = process.env['ENGINES'] ?? '';
  const selection = await selectEngines(containers && names.trim() === '' ? 'openbao vault' : names);
  const { engines } = selection;
  if (engines.length === 0) {
    summarize(selection, []);
    return 1;
  }
  const ran: string[] = [];
  for (const engine of engines) ran.push(await (containers ? describeImage : describeProgram)(engine));
  const code = containers
    ? await runInContainers(engines, args)
    : await runTests(engines, { E2E_WAY: 'native' }, [...args, './e2e']);
  summarize(selection, ran);
  return code;
}

const ownErrors = [EnginesError, EngineMissingError, ImageMissingError, WayError];
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
