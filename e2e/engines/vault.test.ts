import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { outcomeOf } from '../harness/outcome.ts';
import { BareMachine } from './bare-machine.ts';
import { vaultVersion } from './vault.ts';

setDefaultTimeout(60_000);

let machine: BareMachine;
beforeEach(async () => {
  machine = await BareMachine.make();
});
afterEach(() => machine[Symbol.asyncDispose]());

/** A go that is new enough and builds as told, in a folder for its work. */
const makeGo = (build: string) =>
  machine.program(
    'bin/go',
    `[ "$1" != version ] || { echo go version go1.25.3 linux/amd64; exit; }
for word; do case $word in -o=*) target=\${word#-o=} ;; esac; done
work=\${GOTMPDIR:-$TMPDIR}/go-build1
/bin/mkdir "$work" || exit
${build}`,
  );

test('a build leaves the program and nothing else', async () => {
  await makeGo(`printf '#!/bin/sh\\necho Vault v${vaultVersion}\\n' >"$target"; /bin/chmod +x "$target"`);
  const kept = join(machine.cache, `vault-${vaultVersion}`);
  expect(await machine.run({ ENGINES: 'vault' })).toEqual({ code: 0, stdout: `${join(kept, 'vault')}\n`, stderr: '' });
  expect(await readdir(machine.cache)).toEqual([basename(kept)]);
  expect(await readdir(kept)).toEqual(['vault']);
  expect(await readdir(join(machine.folder, 'tmp'))).toEqual([]);
});

test('a build that is ended early leaves nothing, not even a compiler', async () => {
  const [begun, alive] = [join(machine.folder, 'begun'), join(machine.folder, 'alive')];
  await Bun.$`mkfifo ${begun} ${alive}`;
  // What has the pipe open is alive. As go does, it does not end what it has started.
  await makeGo(`exec 3>${alive}
/bin/sleep 60 &
echo begun >${begun}
wait`);
  const child = machine.start({ ENGINES: 'vault' });
  const ended = readFile(alive, 'utf8');
  expect(await readFile(begun, 'utf8')).toBe('begun\n');
  const [scratch = ''] = await readdir(machine.cache);
  expect(await readdir(join(machine.cache, scratch))).toEqual(['go-build1']);
  child.kill('SIGTERM');
  expect(await outcomeOf(child)).toEqual({ code: 1, stdout: '', stderr: 'told to stop\n' });
  expect(await ended).toBe('');
  expect(await readdir(machine.cache)).toEqual([]);
  expect(await readdir(join(machine.folder, 'tmp'))).toEqual([]);
});
