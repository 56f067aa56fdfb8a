import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { commitIn, makeRepository, runIn } from './repository.ts';

// Which tag a release is made of, in a clone as a pipeline has it and in one as a person has it.

const script = resolve(import.meta.dir, '../../build/release-check.ts');
let origin = '';
let clones = '';
const git = (folder: string, ...words: readonly string[]) => runIn(folder, ['git', ...words]);

beforeEach(async () => {
  origin = await makeRepository();
  clones = await mkdtemp(join(tmpdir(), 'release-tag-'));
  await commitIn(origin, 'feat: begin');
  await git(origin, 'tag', 'v0.1.0');
  await commitIn(origin, 'feat: go on');
  for (const tag of ['v0.2.0', 'v0.10.0', 'v1.0.0-rc.1']) await git(origin, 'tag', tag);
  await commitIn(origin, 'feat: go further');
  await git(origin, 'checkout', '--quiet', '-b', 'other', 'v0.1.0');
  await commitIn(origin, 'feat: elsewhere');
  await git(origin, 'tag', 'v0.1.1');
});
afterEach(async () => {
  for (const folder of [origin, clones]) await rm(folder, { recursive: true });
});

/** As Woodpecker's plugin-git clones a tag: no branch of the origin, and a main of its own on the tag's commit. */
async function cloneOf(tag: string): Promise<string> {
  const folder = join(clones, 'pipeline');
  await git(clones, 'init', '--quiet', '--initial-branch=main', folder);
  await git(folder, 'remote', 'add', 'origin', `file://${origin}`);
  const { text } = await git(origin, 'rev-parse', `refs/tags/${tag}^{commit}`);
  await git(folder, 'fetch', '--quiet', '--tags', 'origin', `+${text.trim()}:`);
  await git(folder, 'reset', '--quiet', '--hard', text.trim());
  return folder;
}

const check = (folder: string, started = '') => runIn(folder, [process.execPath, script], { CI_COMMIT_TAG: started });
const release = (tag: string) => ({ code: 0, text: `A release of ${tag} may be made here.\n` });
const refusal = (says: string) => ({ code: 1, text: expect.stringMatching(new RegExp(`^[^\\n]*${says}[^\\n]*\\n$`)) });

describe('in a pipeline', () => {
  test('it is the tag that started it, though a higher one stands there', async () => {
    expect(await check(await cloneOf('v0.2.0'), 'v0.2.0')).toEqual(release('v0.2.0'));
  });

  test('it is none that is of no version', async () => {
    const refused = refusal('v1.0.0-rc.1 is no tag of a version');
    expect(await check(await cloneOf('v1.0.0-rc.1'), 'v1.0.0-rc.1')).toEqual(refused);
  });

  test('it is none that stands elsewhere', async () => {
    expect(await check(await cloneOf('v0.2.0'), 'v0.1.0')).toEqual(refusal('v0.1.0 .* does not stand on HEAD'));
  });

  test('it is none that main does not have, though the clone calls its commit main', async () => {
    expect(await check(await cloneOf('v0.1.1'), 'v0.1.1')).toEqual(refusal('v0.1.1 .* main does not have'));
  });

  test('it is none where main is not to be had', async () => {
    const clone = await cloneOf('v0.2.0');
    await git(clone, 'remote', 'set-url', 'origin', `file://${clones}/gone`);
    expect(await check(clone, 'v0.2.0')).toEqual(refusal('main cannot be fetched'));
  });

  test('it is none of a tree with changes', async () => {
    const clone = await cloneOf('v0.2.0');
    await Bun.write(join(clone, 'new'), '');
    expect(await check(clone, 'v0.2.0')).toEqual(refusal('not committed'));
  });

  test('it is none in a clone that is cut short, where main cannot be told', async () => {
    const clone = join(clones, 'shallow');
    await git(clones, 'clone', '--quiet', '--depth=1', '--branch=v0.2.0', `file://${origin}`, clone);
    expect(await check(clone, 'v0.2.0')).toEqual(refusal('git fetch --unshallow --tags'));
  });
});

describe('elsewhere', () => {
  const clone = async (): Promise<string> => {
    const folder = join(clones, 'own');
    await git(clones, 'clone', '--quiet', '--branch=main', `file://${origin}`, folder);
    return folder;
  };

  test('it is the highest on HEAD', async () => {
    const folder = await clone();
    await git(folder, 'checkout', '--quiet', 'v0.2.0');
    expect(await check(folder)).toEqual(release('v0.10.0'));
  });

  test("it may be one on one's own main, before that is pushed", async () => {
    const folder = await clone();
    await commitIn(folder, 'feat: one more');
    await git(folder, 'tag', 'v0.11.0');
    expect(await check(folder)).toEqual(release('v0.11.0'));
  });

  test('it is none that stands on another branch', async () => {
    const folder = await clone();
    await git(folder, 'checkout', '--quiet', 'v0.1.1');
    expect(await check(folder)).toEqual(refusal('v0.1.1 .* main does not have'));
  });

  test('it is none without a tag', async () => {
    expect(await check(await clone())).toEqual(refusal('HEAD has no tag of a version'));
  });

  test('it is one of a repository that nobody has cloned', async () => {
    await git(origin, 'checkout', '--quiet', 'v0.1.0');
    expect(await check(origin)).toEqual(release('v0.1.0'));
  });
});
