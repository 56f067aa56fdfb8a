import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readJUnitReport } from '../../build/junit-report.ts';
import { runIn } from './repository.ts';

// With a just of the test's own, which runs a file of tests of Bun's, or ends as its recipe says.

const script = resolve(import.meta.dir, '../../build/run-recipes.ts');

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'test-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs recipes of which `unit` runs these tests, `lint` ends well and `typecheck` with 3. */
async function runRecipes(tests: string, ...recipes: readonly string[]): Promise<readonly string[]> {
  await Bun.write(
    join(folder, 'some.test.ts'),
    `import { beforeAll, describe, expect, test } from 'bun:test';\n${tests}`,
  );
  const just = join(folder, 'just');
  await Bun.write(
    just,
    `#!/bin/sh
case $1 in
unit) exec "$BUN" test --reporter=junit --reporter-outfile="$JUNIT_FILE" ./some.test.ts ;;
typecheck) exit 3 ;;
esac
`,
  );
  await chmod(just, 0o755);
  // What the tests themselves print is on standard error.
  const quietly = ['/bin/sh', '-c', 'exec "$@" 2>/dev/null', 'sh'];
  const { text } = await runIn(folder, [...quietly, process.execPath, 'run', script, just, ...recipes]);
  return text.trimEnd().split('\n');
}

describe('the last lines', () => {
  test('are the sum alone where nothing failed', async () => {
    const lines = await runRecipes("test('one', () => {});", 'unit', 'lint');
    expect(lines.filter((line) => line.startsWith('FAILED'))).toEqual([]);
    expect(lines.at(-1)).toBe('2 passed, 0 failed');
  });

  test('name each test that failed, by its suites and its file, before the sum', async () => {
    const lines = await runRecipes(
      `test('well', () => {});
       test('alone & "quoted"', () => { expect(1).toBe(2); });
       describe('outer', () => { describe('inner <x>', () => {
         test('deep', () => { throw new Error('<failure> </testcase>'); });
         test('well too', () => {});
       }); });`,
      'unit',
      'lint',
    );
    expect(lines.slice(-3)).toEqual([
      'FAILED unit: alone & "quoted" (some.test.ts)',
      'FAILED unit: outer › inner <x> › deep (some.test.ts)',
      '3 passed, 2 failed',
    ]);
  });

  test('name a recipe that failed', async () => {
    const lines = await runRecipes('', 'typecheck', 'lint');
    expect(lines.slice(-2)).toEqual(['FAILED typecheck: it ended with 3', '1 passed, 1 failed']);
  });

  test('name a run in which there is no test', async () => {
    const lines = await runRecipes('', 'unit');
    expect(lines.slice(-2)).toEqual(['FAILED unit: no test ran', '0 passed, 1 failed']);
  });

  test('name a run that fails outside of its tests', async () => {
    const lines = await runRecipes(
      "test('well', async () => {}); setTimeout(() => { process.exit(7); }, 0); test('late', () => Bun.sleep(500));",
      'unit',
    );
    expect(lines.at(-2)).toMatch(/^FAILED unit: (?:no test ran|it ended with 7, and no test failed)$/);
    expect(lines.at(-1)).toMatch(/^\d+ passed, 1 failed$/);
  });

  test('name the suite where what comes before its tests fails', async () => {
    const lines = await runRecipes(
      "describe('outer', () => { beforeAll(() => { throw new Error('broken'); }); test('one', () => {}); });",
      'unit',
    );
    expect(lines.at(-2)).toStartWith('FAILED unit: ');
    expect(lines.at(-1)).toMatch(/^\d+ passed, 1 failed$/);
  });
});

test('a text that is no report has no tests', () => {
  expect(readJUnitReport('')).toEqual({ passed: 0, failed: 0, failures: [] });
});
