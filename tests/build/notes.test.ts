import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { releaseNotes } from '../../build/notes.ts';
import { commitIn, makeRepository, runIn } from './repository.ts';

let folder = '';
beforeAll(async () => {
  folder = await makeRepository();
  await commitIn(folder, 'feat: begin');
  await runIn(folder, ['git', 'tag', 'v0.1.0']);
});
afterAll(() => rm(folder, { recursive: true }));

interface Case {
  readonly name: string;
  readonly messages: readonly string[];
  readonly notes: readonly string[];
}

const cases: readonly Case[] = [
  { name: 'nothing for users', messages: ['chore: tidy up', 'docs(readme): reword', 'Merge this'], notes: [] },
  {
    name: 'every kind under its heading, in order',
    messages: ['perf: ask less', 'fix(engine): revoke twice', 'feat: lease', 'fix: renew'],
    notes: ['## New', '- lease', '## Fixed', '- engine: revoke twice', '- renew', '## Faster', '- ask less'],
  },
  {
    name: 'nothing of where the plugin is made, unless it breaks something',
    messages: [
      ...['build', 'ci', 'e2e', 'bench', 'proto', 'tests'].flatMap((room) => [`feat(${room}): a`, `fix(${room}): b`]),
      ...['perf(tests): c', 'fix(build)!: call the file otherwise', 'fix(sdk): d'],
    ],
    notes: ['## Breaking', '- build: call the file otherwise', '## Fixed', '- sdk: d'],
  },
  {
    name: 'what breaks is first, once, and of any kind',
    messages: [
      'feat: lease',
      'feat(engine)!: name keys otherwise',
      'refactor(engine)!: store less',
      'build!: drop arm',
    ],
    notes: [
      ...['## Breaking', '- engine: name keys otherwise', '- engine: store less', '- drop arm'],
      ...['## New', '- lease'],
    ],
  },
  {
    name: 'a footer tells what breaks',
    messages: [
      'fix(engine): store less\n\nMany words.\n\nBREAKING CHANGE: write the\nroles anew.\nReviewed-by: Somebody',
    ],
    notes: ['## Breaking', '- engine: store less. write the roles anew'],
  },
  {
    name: 'and so do two, in either spelling, after a mark',
    messages: ['chore!: drop\n\nBREAKING-CHANGE: one\nBREAKING CHANGE: two', 'Odd subject\n\nBREAKING CHANGE: three'],
    notes: ['## Breaking', '- drop. one. two', '- Odd subject. three'],
  },
  {
    name: 'words in a body are no footer',
    messages: ['fix: a\n\nThis is no BREAKING CHANGE: really.\nbreaking change: neither.', 'chore: b\n\nfeat!: quoted'],
    notes: ['## Fixed', '- a'],
  },
];

/** What the notes of the next version say below their first line. */
async function notesOf(messages: readonly string[]): Promise<readonly string[]> {
  await runIn(folder, ['git', 'checkout', '--quiet', '--detach', 'v0.1.0']);
  for (const message of messages) await commitIn(folder, message);
  return await notesOfHead();
}

async function notesOfHead(): Promise<readonly string[]> {
  const [since, ...rest] = (await releaseNotes(folder, 'v0.2.0')).split('\n').filter((line) => line !== '');
  expect(since).toBe('Since v0.1.0:');
  return rest;
}

for (const { name, messages, notes } of cases) {
  test(name, async () => {
    expect(await notesOf(messages)).toEqual(notes);
  });
}

describe('what is reverted', () => {
  const revert = (commit: string) => runIn(folder, ['git', 'revert', '--no-edit', commit]);

  // git reverts no commit that changes nothing.
  const change = async (message: string): Promise<void> => {
    await Bun.write(join(folder, 'file'), message);
    await runIn(folder, ['git', 'add', 'file']);
    await commitIn(folder, message);
  };

  test('is left out, and so is its revert', async () => {
    await notesOf(['feat: one']);
    await change('feat!: two');
    expect((await revert('HEAD')).code).toBe(0);
    expect(await notesOfHead()).toEqual(['## New', '- one']);
  });

  test('is there when the revert is reverted', async () => {
    await notesOf([]);
    await change('feat: two');
    await revert('HEAD');
    expect((await revert('HEAD')).code).toBe(0);
    expect(await notesOfHead()).toEqual(['## New', '- two']);
  });

  test('is told by its revert where the version before had it', async () => {
    const { text } = await runIn(folder, ['git', 'rev-parse', 'v0.1.0']);
    expect(await notesOf([`fix: lease no more\n\nThis reverts commit ${text.trim()}.`])).toEqual([
      '## Fixed',
      '- lease no more',
    ]);
  });
});

test('the version before is a lower one, though the commit has a higher one too', async () => {
  await notesOf(['feat: go on']);
  for (const tag of ['v0.2.0', 'v0.10.0']) await runIn(folder, ['git', 'tag', tag]);
  expect(await releaseNotes(folder, 'v0.2.0')).toBe('Since v0.1.0:\n\n## New\n\n- go on\n');
  expect(await releaseNotes(folder, 'v0.10.0')).toBe('Since v0.2.0:\n');
  await runIn(folder, ['git', 'tag', '--delete', 'v0.2.0', 'v0.10.0']);
});

test('the first version has no version before it', async () => {
  await notesOf([]);
  expect(await releaseNotes(folder, 'v0.1.0')).toBe('The first version.\n\n## New\n\n- begin\n');
});

test('the first version has fixed nothing, and made nothing faster, that anybody had', async () => {
  await runIn(folder, ['git', 'checkout', '--quiet', '--orphan', 'anew']);
  for (const message of ['feat: begin', 'fix: a', 'perf: b', 'fix!: c']) await commitIn(folder, message);
  expect(await releaseNotes(folder, 'v0.1.0')).toBe('The first version.\n\n## Breaking\n\n- c\n\n## New\n\n- begin\n');
});
