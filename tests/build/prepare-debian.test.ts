import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findJust } from './just.ts';
import { type Outcome, runIn } from './repository.ts';

// On machines that have what a case says and nothing else. Their apt-get only tells what it is asked for.

const root = resolve(import.meta.dir, '../..');
let just = '';
let folder = '';
beforeAll(async () => {
  just = await findJust();
}, 60_000);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prepare-debian-'));
});
afterEach(() => rm(folder, { recursive: true }));

const debian = { 'apt-get': 'echo apt-get "$@"', 'dpkg-query': 'exit 1', id: 'echo 0', uname: 'echo x86_64' };
const everything = {
  python3: 'exit 0',
  git: '',
  go: '',
  minisign: '',
  'qemu-aarch64': '',
  'dpkg-query': 'printf installed',
};
const install = (packages: string): Outcome => ({
  code: 0,
  text: `apt-get install --yes --no-install-recommends ${packages}\n`,
});
const refusal = (line: string): Outcome => ({ code: 1, text: `prepare-debian: ${line}\n` });

interface Case {
  readonly name: string;
  readonly words?: readonly string[];
  readonly programs: Readonly<Record<string, string>>;
  readonly outcome: Outcome;
}

const cases: readonly Case[] = [
  {
    name: 'all that is missing',
    programs: debian,
    outcome: install('python3 python3-pip git golang-go libc6-arm64-cross qemu-user minisign'),
  },
  {
    name: 'all that is missing, on the other processor',
    programs: { ...debian, uname: 'echo aarch64' },
    outcome: install('python3 python3-pip git golang-go libc6-amd64-cross qemu-user minisign'),
  },
  { name: 'nothing where all is there', programs: { ...debian, ...everything }, outcome: { code: 0, text: '' } },
  {
    name: 'nothing where all is there, and nobody need be root for it',
    programs: { ...debian, ...everything, id: 'echo 1000' },
    outcome: { code: 0, text: '' },
  },
  {
    name: 'pip where Python has none',
    words: ['python'],
    programs: { ...debian, ...everything, python3: 'exit 1' },
    outcome: install('python3 python3-pip'),
  },
  {
    name: 'what was installed once and is removed',
    words: ['cross'],
    programs: { ...debian, 'dpkg-query': 'printf config-files' },
    outcome: install('libc6-arm64-cross qemu-user'),
  },
  {
    name: 'no emulator where there is the static one, as in what Debian 12 calls qemu-user-static',
    words: ['cross'],
    programs: { ...debian, 'qemu-aarch64-static': '' },
    outcome: install('libc6-arm64-cross'),
  },
  { name: 'only what is asked for', words: ['python'], programs: debian, outcome: install('python3 python3-pip') },
  {
    name: 'what no recipe needs, where that is asked for',
    words: ['redis', 'docker', 'compose'],
    programs: debian,
    outcome: install('redis-server docker.io docker-compose'),
  },
  {
    name: 'what the old lists of packages do not have, by new ones',
    words: ['git'],
    programs: {
      ...debian,
      'apt-get': 'echo apt-get "$1"; case $1 in update) : >"$0.updated" ;; *) [ -e "$0.updated" ] ;; esac',
    },
    outcome: { code: 0, text: 'apt-get install\napt-get update\napt-get install\n' },
  },
  { name: 'two things', words: ['go', 'git'], programs: debian, outcome: install('golang-go git') },
  {
    name: 'not an unknown thing, nor the known one before it',
    words: ['git', 'rust'],
    programs: debian,
    outcome: refusal('rust is none of python, git, go, cross, minisign, redis, docker and compose.'),
  },
  {
    name: 'nothing where there is no Debian',
    words: ['git', 'go'],
    programs: { id: 'echo 0', uname: 'echo x86_64' },
    outcome: refusal('this is no Debian; install by its own means: git go.'),
  },
  {
    name: 'nothing for somebody who is not root',
    words: ['git'],
    programs: { ...debian, id: 'echo 1000' },
    outcome: refusal('only root can install git.'),
  },
];

describe('prepare-debian installs', () => {
  for (const { name, words = [], programs, outcome } of cases) {
    test(name, async () => {
      // What just itself needs.
      for (const program of ['sh', 'node']) await symlink(Bun.which(program) ?? '', join(folder, program));
      for (const [program, script] of Object.entries(programs)) {
        await Bun.write(join(folder, program), `#!/bin/sh\n${script}\n`);
        await chmod(join(folder, program), 0o755);
      }
      expect(await runIn(root, [just, 'prepare-debian', ...words], { PATH: folder })).toEqual(outcome);
    });
  }
});
