import { describeLoad, describeMachine } from './machine.ts';
import { measureOwn } from './measure-own.ts';
import { type BenchOptions, parseBenchOptions, usage } from './options.ts';
import { runScript, UsageError } from '../e2e/harness/script.ts';
import { sectionText, tableHead } from './report.ts';
import { type Compared, compare } from './side-by-side/compare.ts';
import { commonGoals, engineGoals, type Goal, isHeld } from './side-by-side/goals.ts';
import { readResults } from './side-by-side/results.ts';
import { writePage } from './side-by-side/write-page.ts';

// `just bench`: see options.ts for what it takes. A missed goal is a figure and no failure, but with --short where half of it is
// missed. What could not be measured is one; the rest is measured all the same.

/** Prints the goals; with --short also those against Go that are missed by half, in the form of a test. Gives how many these are. */
function judge({ results, failures }: Compared, short: boolean): number {
  const engines = Object.entries(results.engines);
  const judging = { best: short };
  const all = [
    ...commonGoals(results, judging).map((goal) => ({ where: '', goal })),
    ...engines.flatMap(([where, engine]) => engineGoals(engine, judging).map((goal) => ({ where, goal }))),
  ];
  for (const { where, goal } of all) {
    const verdict = isHeld(goal) ? 'held' : isHeld(goal, 0.5) ? 'missed' : 'MISSED BY HALF';
    console.log(`${where.padEnd(8)} ${goal.what.padEnd(42)} ${told(goal).padEnd(26)} ${verdict}`);
  }
  if (!short) {
    for (const { part, why } of failures) console.error(`could not measure ${part}: ${why}`);
    return failures.length;
  }
  // Other goals say as much of the machine as of the plugin.
  const asked = all.filter(({ goal }) => goal.unit === '× Go');
  const lost = asked.filter(({ goal }) => !isHeld(goal, 0.5));
  for (const { part, why } of failures) console.log(`FAILED bench ${part}: ${why.replaceAll(/\s+/g, ' ')}`);
  for (const { goal } of lost) console.log(`FAILED bench ${goal.what}: ${told(goal)}, not even half of it`);
  console.log(`${asked.length - lost.length} passed, ${lost.length + failures.length} failed`);
  return lost.length + failures.length;
}

function told({ value, sign, goal, unit }: Goal): string {
  return `${value.toFixed(2)}, ${sign} ${goal} ${unit}`;
}

async function run(options: Extract<BenchOptions, { action: 'run' }>, signal: AbortSignal): Promise<number> {
  console.log(`vault-plugin-secrets-litellm on ${describeMachine()}`);
  console.log(`at ${new Date().toISOString()}, load ${describeLoad()}, Bun ${Bun.version}`);
  let failed = 0;
  if (options.compared.length > 0) {
    const compared = await compare(options, signal, (line) => console.log(`  ${line}`));
    if (options.write) await writePage(compared.results);
    console.log(`Load ${describeLoad()} at the end.`);
    failed = judge(compared, options.length === 'short');
  }
  if (options.own.length > 0) console.log(tableHead());
  for (const part of options.own) {
    for await (const section of measureOwn(part, options, signal)) console.log(sectionText(section));
  }
  return failed > 0 ? 1 : 0;
}

async function main(signal: AbortSignal): Promise<number> {
  const options = parseBenchOptions(process.argv.slice(2), process.env);
  switch (options.action) {
    case 'help':
      console.log(usage);
      return 0;
    case 'page': {
      const results = await readResults();
      if (results === undefined) throw new UsageError('nothing was measured yet: run it without --page first');
      await writePage(results);
      return 0;
    }
    case 'run':
      return await run(options, signal);
  }
}

await runScript(main, usage);
process.exit();
