import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runIn } from './repository.ts';

// With a python3 that fetches nothing: its pip makes a folder with a file in it.

const script = resolve(import.meta.dir, '../../build/python-tool.ts');
const { config } = (await Bun.file(resolve(import.meta.dir, '../../package.json')).json()) as {
  readonly config: Readonly<Record<string, string>>;
};
const fetched = `pre-commit-${config['pre-commit']}`;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'python-tool-'));
});
afterEach(() => rm(folder, { recursive: true }));

const about = (more: object = {}): string =>
  JSON.stringify({ version: [3, 11], abi: 'cpython-311-some', pip: true, ...more });

/** Its pip tells the first pipe that it has begun, and waits for the second one, where there are two. */
async function makePython(probe: string): Promise<void> {
  const file = join(folder, 'bin/python3');
  await mkdir(join(folder, 'bin'), { recursive: true });
  await Bun.write(
    file,
    `#!/bin/sh
case "$1 $2" in
"-c "*) ${probe} ;;
"-m pip")
  while [ "$1" != --target ]; do shift; done
  /bin/mkdir -p "$2"
  echo "fetched $3" >"$2/what"
  [ -z "\${GATE-}" ] || { echo begun >"$GATE.begun"; read -r _ <"$GATE.end"; }
  ;;
*) echo "$PYTHONPATH runs $*"; exit 3 ;;
esac
`,
  );
  await chmod(file, 0o755);
}

const environment = () => ({ PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache') });
const cache = () => join(folder, 'cache/vault-plugin-secrets-litellm');
const run = (more: Readonly<Record<string, string>> = {}) =>
  runIn(folder, [process.execPath, script, 'pre-commit', 'pre_commit', 'run', '--all'], { ...environment(), ...more });

test('a tool is fetched once, and ends as it ends', async () => {
  await makePython(`echo '${about()}'`);
  const kept = join(cache(), `${fetched}-cpython-311-some`);
  const said = { code: 3, text: `${kept} runs -m pre_commit run --all\n` };
  expect(await run()).toEqual(said);
  expect(await Bun.file(join(kept, 'what')).text()).toBe(`fetched pre-commit==${config['pre-commit']}\n`);
  await Bun.write(join(kept, 'what'), 'kept');
  expect(await run()).toEqual(said);
  expect(await Bun.file(join(kept, 'what')).text()).toBe('kept');
});

test('another Python has a folder of its own', async () => {
  await makePython(`echo '${about()}'`);
  await run();
  await makePython(`echo '${about({ version: [3, 12], abi: 'cpython-312-some' })}'`);
  await run();
  expect((await readdir(cache())).toSorted()).toEqual([`${fetched}-cpython-311-some`, `${fetched}-cpython-312-some`]);
});

test('two that fetch at once leave one folder, and both run', async () => {
  await makePython(`echo '${about()}'`);
  const gates = ['one', 'other'].map((name) => join(folder, name));
  await runIn(folder, ['mkfifo', ...gates.flatMap((gate) => [`${gate}.begun`, `${gate}.end`])]);
  const running = gates.map((gate) => run({ GATE: gate }));
  for (const gate of gates) await runIn(folder, ['cat', `${gate}.begun`]);
  for (const gate of gates) await runIn(folder, ['sh', '-c', 'echo end >"$1.end"', 'sh', gate]);
  for (const { code } of await Promise.all(running)) expect(code).toBe(3);
  expect(await readdir(cache())).toEqual([`${fetched}-cpython-311-some`]);
  expect(await readdir(join(cache(), `${fetched}-cpython-311-some`))).toEqual(['what']);
});

describe('one line where there is no Python that will do', () => {
  const cases: readonly { readonly name: string; readonly probe?: string; readonly says: string }[] = [
    { name: 'none at all', says: 'there is none' },
    { name: 'one that is too old', probe: `echo '${about({ version: [3, 9] })}'`, says: 'bin/python3 is 3.9' },
    { name: 'one without pip', probe: `echo '${about({ pip: false })}'`, says: 'bin/python3 has no pip' },
    { name: 'one that does not run', probe: 'echo one >&2; echo lost >&2; exit 127', says: 'does not run here: lost' },
  ];
  for (const { name, probe, says } of cases) {
    test(name, async () => {
      if (probe !== undefined) await makePython(probe);
      const said = await run();
      expect(said).toEqual({ code: 1, text: expect.stringMatching(/^pre-commit needs python3 of 3\.11 [^\n]+\n$/) });
      expect(said.text).toContain(says);
      expect(said.text).toContain('prepare-debian python');
    });
  }
});

test('a fetch that fails leaves nothing', async () => {
  await makePython(`echo '${about()}'`);
  const gate = join(folder, 'gate');
  // There are no such pipes, so its pip fails.
  await mkdir(`${gate}.begun`);
  expect(await run({ GATE: gate })).toEqual({ code: 1, text: expect.stringContaining('pip ended with') });
  expect(await readdir(cache())).toEqual([]);
});
