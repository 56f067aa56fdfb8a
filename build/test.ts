import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Runs recipes of the justfile one after the other, whatever becomes of each, and ends with one line that adds them up:
// `N passed, N failed`. A recipe of tests counts by its tests, any other as one.
// Called as: test.ts JUST RECIPE…

/** The recipes that run `bun test`; one of them without a single test has failed. */
const testRecipes: ReadonlySet<string> = new Set([
  'unit',
  'e2e-native',
  'e2e-containers',
  'e2e-lifecycle',
  'litellm-cases',
  'release',
]);

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** The numbers in the first element of a JUnit report. */
function tallyOf(report: string): Tally {
  const head = /<testsuites\b[^>]*>/.exec(report)?.[0] ?? '';
  const count = (attribute: string): number => Number(new RegExp(`\\b${attribute}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  return { passed: count('tests') - count('skipped') - failed, failed };
}

/** A test run that fell over, or in which nothing ran, fails even if every test that was counted passed. */
function testRunTally(report: string, code: number): Tally {
  const { passed, failed } = tallyOf(report);
  const fellOver = code !== 0 || passed + failed === 0;
  return { passed, failed: fellOver && failed === 0 ? 1 : failed };
}

let running: Bun.Subprocess | undefined;
let interrupted = false;

async function runRecipe(just: string, recipe: string, folder: string): Promise<Tally> {
  const reportFile = join(folder, `${recipe}.xml`);
  running = Bun.spawn([just, recipe], {
    // The same Bun without asking npm for it each time.
    env: { ...process.env, BUN: process.execPath, JUNIT_FILE: reportFile },
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  });
  const code = await running.exited;
  if (!testRecipes.has(recipe)) return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const report = Bun.file(reportFile);
  return testRunTally((await report.exists()) ? await report.text() : '', code);
}

const [just, ...recipes] = process.argv.slice(2);
if (just === undefined || recipes.length === 0) throw new Error('usage: test.ts JUST RECIPE…');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted = true;
    running?.kill(signal);
  });
}

const folder = await mkdtemp(join(tmpdir(), 'test-reports-'));
let passed = 0;
let failed = 0;
try {
  for (const recipe of recipes) {
    if (interrupted) break;
    console.log(`\n== ${recipe}`);
    const tally = await runRecipe(just, recipe, folder);
    passed += tally.passed;
    failed += tally.failed;
    console.log(`== ${recipe}: ${tally.passed} passed, ${tally.failed} failed`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(`\n${passed} passed, ${failed} failed`);
if (interrupted) process.exitCode = 130;
else if (failed > 0) process.exitCode = 1;
