import { describeLoad, describeMachine } from './machine.ts';
import { measureOwn } from './measure-own.ts';
import { type BenchOptions, parseBenchOptions, usage } from './options.ts';
import { UsageError } from '../e2e/harness/proxy.ts';
import { sectionText, tableHead } from './report.ts';
import { compare } from './side-by-side/compare.ts';
import { commonGoals, engineGoals, isHeld } from './side-by-side/goals.ts';
import { pageText } from './side-by-side/page.ts';
import { writePlots } from './side-by-side/plots.ts';
import { pageFile, readResults, type Results } from './side-by-side/results.ts';

// `just bench`: see options.ts for what it takes. A missed goal is a figure and no failure, but with --short where half of it is
// missed; the exit code is 1 also where something could not be measured.

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => interrupted.abort(new Error('interrupted')));
}
const { signal } = interrupted;

async function writePage(results: Results): Promise<void> {
  await writePlots(results);
  // What is said of goals that are missed is written by hand.
  const limits = await Bun.file(`${import.meta.dir}/limits.md`).text();
  await Bun.write(pageFile, pageText(results, limits));
  console.log(`written: ${pageFile}`);
}

/** Prints the goals; gives how many of those against Go are missed by half: others say as much of the machine. */
function judge(results: Results, best: boolean): number {
  let gross = 0;
  const engines = Object.entries(results.engines);
  const all = [
    ...commonGoals(results).map((goal) => ({ where: '', goal })),
    ...engines.flatMap(([where, engine]) => engineGoals(engine, { best }).map((goal) => ({ where, goal }))),
  ];
  for (const { where, goal } of all) {
    const half = isHeld(goal, 0.5);
    if (!half && goal.unit === '× Go') gross += 1;
    const verdict = isHeld(goal) ? 'held' : half ? 'missed' : 'MISSED BY HALF';
    const was = `${goal.value.toFixed(2)}, ${goal.sign} ${goal.goal} ${goal.unit}`;
    console.log(`${where.padEnd(8)} ${goal.what.padEnd(42)} ${was.padEnd(26)} ${verdict}`);
  }
  return gross;
}

async function run(options: Extract<BenchOptions, { action: 'run' }>): Promise<number> {
  console.log(`vault-plugin-secrets-litellm on ${describeMachine()}`);
  console.log(`at ${new Date().toISOString()}, load ${describeLoad()}, Bun ${Bun.version}`);
  let gross = 0;
  if (options.compared.length > 0) {
    const results = await compare(options, signal, (line) => console.log(`  ${line}`));
    gross = judge(results, options.length === 'short');
    if (options.write) await writePage(results);
  }
  if (options.own.length > 0) console.log(tableHead());
  for (const part of options.own) {
    for await (const section of measureOwn(part, options, signal)) console.log(sectionText(section));
  }
  console.log(`Load ${describeLoad()} at the end.`);
  return options.length === 'short' && gross > 0 ? 1 : 0;
}

async function main(): Promise<number> {
  const options = parseBenchOptions(process.argv.slice(2), process.env);
  switch (options.action) {
    case 'help':
      console.log(usage);
      return 0;
    case 'page': {
      const results = await readResults();
      if (results === undefined) throw new Error('nothing was measured yet');
      await writePage(results);
      return 0;
    }
    case 'run':
      return await run(options);
  }
}

try {
  process.exit(await main());
} catch (error) {
  if (signal.aborted) process.exit(130);
  console.error(error instanceof UsageError ? `${error.message}\n\n${usage}` : `could not measure: ${String(error)}`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
