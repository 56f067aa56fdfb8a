import { afterAll, beforeAll, expect, test } from 'bun:test';
import { rm } from 'node:fs/promises';
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

for (const { name, messages, notes } of cases) {
  test(name, async () => {
    await runIn(folder, ['git', 'checkout', '--quiet', '--detach', 'v0.1.0']);
    for (const message of messages) await commitIn(folder, message);
    const lines = (await releaseNotes(folder, 'v0.2.0', 'HEAD')).split('\n').filter((line) => line !== '');
    expect(lines).toEqual(['# v0.2.0', 'Since v0.1.0:', ...notes]);
  });
}

test('the first version has no version before it', async () => {
  expect(await releaseNotes(folder, 'v0.1.0', 'v0.1.0')).toBe('# v0.1.0\n\nThe first version.\n\n## New\n\n- begin\n');
});
