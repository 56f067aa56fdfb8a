import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

// What somebody reads who calls a script of the build in a wrong way.

const root = resolve(import.meta.dir, '../..');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-'));
});
afterAll(() => rm(folder, { recursive: true }));

const scratchOf = async (): Promise<readonly string[]> =>
  (await readdir(join(root, 'dist'))).filter((name) => name.startsWith('.')).toSorted();

interface Case {
  readonly words: readonly string[];
  readonly version?: string;
  readonly says: string;
}

const cases: readonly Case[] = [
  { words: ['compile.ts'], version: '01.02.03', says: '"01.02.03"' },
  { words: ['build-all.ts'], version: '1.2.3-', says: '"1.2.3-"' },
  { words: ['compile.ts', '--such'], says: '--such' },
  { words: ['build-all.ts', '--such'], says: '--such' },
  { words: ['release-files.ts', '--such'], says: '--such' },
  { words: ['build-all.ts', 'such'], says: "'such'" },
  { words: ['standalone/replace-libc.ts', '--such'], says: '--such' },
  { words: ['standalone/stub/make.ts', '--such'], says: '--such' },
  { words: ['tag.ts', 'such'], says: 'major|minor|patch' },
];

describe('one line and 1 for', () => {
  for (const { words, version = '', says } of cases) {
    test(`${version} ${words.join(' ')}`.trim(), async () => {
      const before = await scratchOf();
      const [script = '', ...args] = words;
      const child = Bun.spawn([process.execPath, join(root, 'build', script), ...args], {
        cwd: folder,
        env: { ...process.env, PLUGIN_VERSION: version },
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
      });
      const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
      expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^[^\n]+\n$/) });
      expect(stderr).toContain(says);
      expect(await scratchOf()).toEqual(before);
    });
  }
});
