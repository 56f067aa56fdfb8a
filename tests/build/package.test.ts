import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileName, readPackage, VersionError } from '../../build/package.ts';
import { commitIn, makeRepository, runIn } from './repository.ts';

const root = join(import.meta.dir, '../..');

test('a build without the C library does not take the place of one with it', () => {
  const plugin = { name: 'some-plugin', version: '1.2.3' };
  expect(fileName(plugin, true)).toBe('some-plugin');
  expect(fileName(plugin, false)).toBe('some-plugin-dynamic');
});

describe('PLUGIN_VERSION takes', () => {
  const versions = ['0.0.0', '1.2.3', '10.20.30', '1.2.3-rc.1', '1.2.3-0', '1.2.3-0a.-.a-b', '1.2.3--'];
  for (const version of versions) {
    test(version, async () => {
      expect(await readPackage(root, version)).toEqual({ name: 'vault-plugin-secrets-litellm', version });
    });
  }
});

describe('PLUGIN_VERSION refuses', () => {
  const texts = [
    ...['1', '1.2', '1.2.3.4', 'v1.2.3', ' 1.2.3', '1.2.3\n', '1.2.x'],
    // Leading zeros, and parts with nothing in them.
    ...['01.2.3', '1.02.3', '1.2.03', '1.2.3-01', '1.2.3-', '1.2.3-..', '1.2.3-a.', '1.2.3-.a'],
    // What engines do not tell apart.
    ...['1.2.3+build', '1.2.3-rc.1+build'],
    ...['1.2.3-ä', '1.2.3-a_b', '../1.2.3'],
  ];
  for (const text of texts) {
    test(JSON.stringify(text), async () => {
      const refusal = await readPackage(root, text).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(VersionError);
      expect(String(refusal)).toContain(JSON.stringify(text));
    });
  }
});

describe('without PLUGIN_VERSION', () => {
  const packaged = '0.0.9';
  const script = `import { readPackage } from ${JSON.stringify(resolve(root, 'build/package.ts'))};
    console.log((await readPackage('.')).version);`;

  const versionIn = async (folder: string, more: Readonly<Record<string, string>> = {}): Promise<string> =>
    (await runIn(folder, [process.execPath, '-e', script], { PLUGIN_VERSION: '', ...more })).text.trim();

  let folder = '';
  const git = (...words: readonly string[]) => runIn(folder, ['git', ...words]);
  const packageFile = () => join(folder, 'package.json');

  beforeAll(async () => {
    folder = await makeRepository();
    await Bun.write(packageFile(), JSON.stringify({ name: 'some-plugin', version: packaged }));
    await Bun.write(join(folder, '.gitignore'), 'dist/\n');
    await git('add', '.');
    await commitIn(folder, 'feat: begin');
    await git('tag', 'v0.2.0');
    await commitIn(folder, 'feat: go on');
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('a commit after a tag has a pre-release of the next patch, by the number of commits since', async () => {
    expect(await versionIn(folder)).toBe('0.2.1-dev.1');
    await git('tag', 'v0.1.9', 'HEAD');
    await commitIn(folder, 'feat: go further');
    expect(await versionIn(folder)).toBe('0.2.1-dev.2');
    await git('tag', '--delete', 'v0.1.9');
  });

  test('it is higher than the version before it and lower than the one after', async () => {
    const version = await versionIn(folder);
    expect(Bun.semver.order(version, '0.2.0')).toBe(1);
    expect(Bun.semver.order(version, '0.2.1')).toBe(-1);
    expect(Bun.semver.order('0.2.1-dev.10', '0.2.1-dev.9')).toBe(1);
    // What PLUGIN_VERSION takes.
    expect(await versionIn(folder, { PLUGIN_VERSION: version })).toBe(version);
  });

  test('a tag that is none of a version gives none', async () => {
    for (const tag of ['v9', 'v9.9', 'v09.9.9', '9.9.9', 'v9.9.9-rc.1', 'release']) await git('tag', tag);
    expect(await versionIn(folder)).toBe('0.2.1-dev.2');
  });

  test('the highest tag on the commit is the version', async () => {
    for (const tag of ['v0.3.0', 'v0.10.0', 'v0.9.0']) await git('tag', '--annotate', '--message=notes', tag);
    expect(await versionIn(folder)).toBe('0.10.0');
    expect(await versionIn(folder, { PLUGIN_VERSION: '7.0.0' })).toBe('7.0.0');
  });

  test('the tag that started the pipeline is the version, where it stands on the commit', async () => {
    expect(await versionIn(folder, { CI_COMMIT_TAG: 'v0.9.0' })).toBe('0.9.0');
    for (const CI_COMMIT_TAG of ['v0.2.0', 'v9.9.9-rc.1', 'v9']) {
      expect(await versionIn(folder, { CI_COMMIT_TAG })).toBe('0.10.0');
    }
  });

  test('what git is told to ignore is no change', async () => {
    await Bun.write(join(folder, 'dist/some-plugin'), '');
    expect(await versionIn(folder)).toBe('0.10.0');
  });

  test('a new file makes it other sources, though git is told not to show it', async () => {
    await git('config', 'status.showUntrackedFiles', 'no');
    await Bun.write(join(folder, 'new'), '');
    expect(await versionIn(folder)).toBe('0.10.1-dev.0');
    await rm(join(folder, 'new'));
    expect(await versionIn(folder)).toBe('0.10.0');
  });

  test('so does a changed one', async () => {
    await Bun.write(packageFile(), JSON.stringify({ name: 'some-plugin', version: '0.0.8' }));
    expect(await versionIn(folder)).toBe('0.10.1-dev.0');
    await git('checkout', '--quiet', '.');
  });

  test('an archive that is unpacked in a tagged repository has no part in its tag', async () => {
    const archive = join(folder, 'dist/archive');
    await mkdir(archive, { recursive: true });
    await cp(packageFile(), join(archive, 'package.json'));
    expect(await versionIn(archive)).toBe(`${packaged}-dev`);
  });

  test('a second work tree has the tag of its own commit', async () => {
    const second = join(folder, 'dist/second');
    await git('worktree', 'add', '--quiet', '--detach', second, 'v0.2.0');
    expect(await versionIn(second)).toBe('0.2.0');
  });

  const cloneOf = async (words: readonly string[], use: (clone: string) => Promise<void>): Promise<void> => {
    const parent = await mkdtemp(join(tmpdir(), 'clone-'));
    const clone = join(parent, 'clone');
    try {
      await git('clone', '--quiet', '--branch=main', ...words, `file://${folder}`, clone);
      await use(clone);
    } finally {
      await rm(parent, { recursive: true });
    }
  };

  test('without a tag, it is a pre-release of that of package.json', async () => {
    await cloneOf(['--no-tags'], async (clone) => expect(await versionIn(clone)).toBe(`${packaged}-dev.3`));
    await git('checkout', '--quiet', '--orphan', 'empty');
    expect(await versionIn(folder)).toBe(`${packaged}-dev`);
    await git('checkout', '--quiet', 'main');
  });

  test('two clones of one commit have one version', async () => {
    await commitIn(folder, 'feat: after the tag');
    const version = await versionIn(folder);
    expect(version).toBe('0.10.1-dev.1');
    await cloneOf([], async (clone) => expect(await versionIn(clone)).toBe(version));
  });

  test('a clone that is cut short knows no more than an archive, but for a tag on its very commit', async () => {
    await cloneOf(['--depth=2'], async (clone) => {
      expect(await versionIn(clone)).toBe(`${packaged}-dev`);
      await runIn(clone, ['git', 'fetch', '--quiet', '--depth=2', '--tags']);
      expect(await versionIn(clone)).toBe(`${packaged}-dev`);
      await runIn(clone, ['git', 'checkout', '--quiet', 'v0.10.0']);
      expect(await versionIn(clone)).toBe('0.10.0');
    });
  });

  test('without git, and without a repository, it is a pre-release of that of package.json', async () => {
    expect(await versionIn(folder, { PATH: '/nonexistent' })).toBe(`${packaged}-dev`);
    const elsewhere = await mkdtemp(join(tmpdir(), 'archive-'));
    await cp(packageFile(), join(elsewhere, 'package.json'));
    expect(await versionIn(elsewhere)).toBe(`${packaged}-dev`);
    await rm(elsewhere, { recursive: true });
  });
});
