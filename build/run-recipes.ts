import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJUnitReport, type TestRun } from './junit-report.ts';

// Runs recipes of the justfile one after the other, whatever becomes of each, names what failed and ends with one line that adds them
// up: `N passed, N failed`. A recipe of tests counts by its tests, any other as one.
// Called as: run-recipes.ts JUST RECIPE…

/** The recipes that run `bun test`; one of them without a single test has failed. */
const testRecipes: ReadonlySet<string> = new Set([
  'unit',
  'e2e-native',
  'e2e-containers',
  'e2e-lifecycle',
  'litellm-cases',
  'litellm-pair',
  'release',
]);

/** A test run that fell over, or in which nothing ran, fails even if every test that was counted passed. */
function testRunOf(report: string, code: number): TestRun {
  const run = readJUnitReport(report);
  if (run.failed > 0 || (code === 0 && run.passed > 0)) return run;
  const reason = run.passed === 0 ? 'no test ran' : `it ended with ${code}, and no test failed`;
  return { ...run, failed: 1, failures: [...run.failures, reason] };
}

let running: Bun.Subprocess | undefined;
let interrupted = false;

async function runRecipe(just: string, recipe: string, folder: string): Promise<TestRun> {
  const reportFile = join(folder, `${recipe}.xml`);
  running = Bun.spawn([just, recipe], {
    // The same Bun without asking npm for it each time.
    env: { ...process.env, BUN: process.execPath, JUNIT_FILE: reportFile },
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  });
  const code = await running.exited;
  if (!testRecipes.has(recipe)) {
    return code === 0
      ? { passed: 1, failed: 0, failures: [] }
      : { passed: 0, failed: 1, failures: [`it ended with ${code}`] };
  }
  const report = Bun.file(reportFile);
  return testRunOf((await report.exists()) ? await report.text() : '', code);
}

const [just, ...recipes] = process.argv.slice(2);
if (just === undefined || recipes.length === 0) throw new Error('usage: run-recipes.ts JUST RECIPE…');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted = true;
    running?.kill(signal);
  });
}

const folder = await mkdtemp(join(tmpdir(), 'test-reports-'));
const failures: string[] = [];
let passed = 0;
let failed = 0;
try {
  for (const recipe of recipes) {
    if (interrupted) break;
    console.log(`\n== ${recipe}`);
    const run = await runRecipe(just, recipe, folder);
    passed += run.passed;
    failed += run.failed;
    failures.push(...run.failures.map((failure) => `FAILED ${recipe}: ${failure}`));
    console.log(`== ${recipe}: ${run.passed} passed, ${run.failed} failed`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log('');
// Lines that begin with FAILED are repeated by whoever sums up a longer run.
for (const failure of failures) console.log(failure);
console.log(`${passed} passed, ${failed} failed`);
if (interrupted) process.exitCode = 130;
else if (failed > 0) process.exitCode = 1;
