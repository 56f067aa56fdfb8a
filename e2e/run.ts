import { EngineMissingError, type Engine } from './engines/engine.ts';
import { EnginesError, selectEngines, type EngineSelection } from './engines/select-engines.ts';

// `just e2e`: gets the programs of the engines that ENGINES names, runs the suites on them and says in the end on what they ran.
// Its arguments are those of `bun test`.

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

/** What its program says that it is, and where that is. */
async function describeProgram(engine: Engine): Promise<string> {
  const program = await engine.program({ report: console.log, signal: interrupted.signal });
  const said = await Bun.$`${program} version`.nothrow().text();
  return `${/^.*?v[\d.]+/.exec(said)?.[0] ?? engine.title}: ${program}`;
}

async function runTests(engines: readonly Engine[], args: readonly string[]): Promise<number> {
  tests = Bun.spawn([process.execPath, 'test', ...args, './e2e'], {
    env: { ...process.env, ENGINES: engines.map(({ name, version }) => `${name}@${version}`).join(' ') },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return tests.exited;
}

/** Lines that begin with NOT RUN are repeated by whoever sums up a longer run. */
function summarize({ missing }: EngineSelection, programs: readonly string[]): void {
  console.log('');
  for (const program of programs) console.log(`Ran on ${program}`);
  for (const { engine, reason } of missing) console.log(`NOT RUN on ${engine.title} ${engine.version}: ${reason}`);
}

async function main(): Promise<number> {
  const selection = await selectEngines(process.env['ENGINES']);
  const { engines } = selection;
  if (engines.length === 0) throw new EnginesError('');
  const programs: string[] = [];
  for (const engine of engines) programs.push(await describeProgram(engine));
  const code = await runTests(engines, process.argv.slice(2));
  summarize(selection, programs);
  return code;
}

try {
  const code = await main();
  process.exitCode ??= code;
} catch (error) {
  if (!interrupted.signal.aborted) {
    if (!(error instanceof EnginesError || error instanceof EngineMissingError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
