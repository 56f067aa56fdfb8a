import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { commitIn, makeRepository, type Outcome, runIn } from './repository.ts';

// Tags are made in a repository of the test's own.

const script = resolve(import.meta.dir, '../../build/tag.ts');
let folder = '';

const run = (command: readonly string[]): Promise<Outcome> => runIn(folder, command);
const git = (...words: readonly string[]) => run(['git', ...words]);
const tag = (step: string) => run([process.execPath, script, step]);
const commit = (subject: string) => commitIn(folder, subject);

beforeAll(async () => {
  folder = await makeRepository();
  await commit('feat(engine): lease keys');
});
afterAll(() => rm(folder, { recursive: true }));

test('versions are tagged one after the other, with their notes', async () => {
  // A tag that is there before its commit is on main is refused by the pipeline.
  expect(await tag('minor')).toEqual({
    code: 0,
    text: 'v0.1.0, after no version. To publish it: git push --atomic origin main v0.1.0\n',
  });
  await commit('fix(engine): revoke twice');
  await commit('feat!: take no other LiteLLM');
  await commit('feat: take two');
  await commit('chore: tidy up');
  expect(await tag('patch')).toEqual({ code: 0, text: expect.stringMatching(/^v0\.1\.1, after v0\.1\.0\./) });
  const { text } = await git('tag', '--list', '--format=%(contents)', 'v0.1.1');
  expect(text.trim()).toBe(
    '# v0.1.1\n\nSince v0.1.0:\n\n## Breaking\n\n- take no other LiteLLM\n\n## New\n\n- take two\n\n## Fixed\n\n- engine: revoke twice',
  );
  await commit('feat: one more');
  expect((await tag('major')).text).toStartWith('v1.0.0, after v0.1.1.');
});

describe('no tag is made', () => {
  test('of a tree with changes', async () => {
    await Bun.write(join(folder, 'new'), '');
    expect(await tag('patch')).toEqual({ code: 1, text: expect.stringContaining('not committed') });
    await rm(join(folder, 'new'));
  });

  test('off main', async () => {
    await git('checkout', '--quiet', '-b', 'other');
    expect(await tag('patch')).toEqual({ code: 1, text: expect.stringContaining('this is other') });
    await git('checkout', '--quiet', 'main');
  });

  test('on no branch', async () => {
    await git('checkout', '--quiet', '--detach');
    expect(await tag('patch')).toEqual({ code: 1, text: expect.stringContaining('this is no branch') });
    await git('checkout', '--quiet', 'main');
  });

  test('in a clone that is cut short, where the last version may be missing', async () => {
    const whole = folder;
    const clone = join(await mkdtemp(join(tmpdir(), 'tag-')), 'clone');
    await git('clone', '--quiet', '--depth=1', '--no-tags', `file://${whole}`, clone);
    folder = clone;
    try {
      expect(await tag('patch')).toEqual({ code: 1, text: expect.stringContaining('git fetch --unshallow --tags') });
    } finally {
      folder = whole;
      await rm(join(clone, '..'), { recursive: true });
    }
  });

  test('of a tree with a new file, though git is told not to show it', async () => {
    await git('config', 'status.showUntrackedFiles', 'no');
    await Bun.write(join(folder, 'new'), '');
    expect(await tag('patch')).toEqual({ code: 1, text: expect.stringContaining('not committed') });
    await rm(join(folder, 'new'));
  });

  test('where there is no repository', async () => {
    const nowhere = await mkdtemp(join(tmpdir(), 'tag-'));
    const said = await runIn(nowhere, [process.execPath, script, 'patch']);
    expect(said).toEqual({ code: 1, text: expect.stringMatching(/^.* is no git repository.*\n$/) });
    expect(said.text).toContain(nowhere);
    await rm(nowhere, { recursive: true });
  });

  test('where there is no commit', async () => {
    const empty = await makeRepository();
    const said = await runIn(empty, [process.execPath, script, 'patch']);
    expect(said).toEqual({ code: 1, text: expect.stringMatching(/^.* has no commit yet.*\n$/) });
    await rm(empty, { recursive: true });
  });

  test('where there is no git', async () => {
    const said = await runIn(folder, [process.execPath, script, 'patch'], { PATH: '/nonexistent' });
    expect(said).toEqual({ code: 1, text: expect.stringMatching(/^There is no git .*\n$/) });
  });

  test('that stands elsewhere already', async () => {
    await git('checkout', '--quiet', '-b', 'elsewhere');
    await commit('fix: elsewhere');
    await git('tag', '--annotate', '--message=notes', 'v1.1.0');
    const { text } = await git('rev-parse', '--short', 'HEAD');
    await git('checkout', '--quiet', 'main');
    await commit('feat: here');
    const said = await tag('minor');
    expect(said).toEqual({ code: 1, text: expect.stringMatching(/^v1\.1\.0 stands already .*\n$/) });
    expect(said.text).toContain(text.trim());
    await git('tag', '--delete', 'v1.1.0');
    expect((await tag('minor')).text).toStartWith('v1.1.0, after v1.0.0.');
    await git('tag', '--delete', 'v1.1.0');
  });

  test('of a name that stands on something that is no commit', async () => {
    await git('tag', 'v1.1.0', 'HEAD^{tree}');
    expect(await tag('minor')).toEqual({
      code: 1,
      text: expect.stringMatching(/^v1\.1\.0 stands already, on something that is no commit; .*\n$/),
    });
    await git('tag', '--delete', 'v1.1.0');
  });

  test('that another tag is in the way of, and what git says of it is one line', async () => {
    await git('tag', 'v1.1.0/some');
    expect(await tag('minor')).toEqual({
      code: 1,
      text: expect.stringMatching(/^git tag ended .*v1\.1\.0\/some.*\n$/),
    });
    await git('tag', '--delete', 'v1.1.0/some');
  });

  test("in nobody's name", async () => {
    await git('config', 'user.useConfigOnly', 'true');
    const nobody = { GIT_COMMITTER_NAME: '', GIT_COMMITTER_EMAIL: '', EMAIL: '' };
    const said = await runIn(folder, [process.execPath, script, 'minor'], nobody);
    expect(said).toEqual({ code: 1, text: expect.stringMatching(/^git does not know who .*user\.email.*\n$/) });
    await git('config', '--unset', 'user.useConfigOnly');
  });

  test('unsigned, where git is set to sign, and has no key', async () => {
    for (const [format, program] of [
      ['openpgp', '/nonexistent/gpg'],
      ['ssh', '/nonexistent/ssh-keygen'],
    ] as const) {
      const settings = { 'tag.gpgSign': 'true', 'gpg.format': format, 'gpg.program': program };
      for (const [name, value] of Object.entries(settings)) await git('config', name, value);
      const said = await tag('minor');
      for (const name of Object.keys(settings)) await git('config', '--unset', name);
      expect(said).toEqual({
        code: 1,
        text: expect.stringMatching(/^git is set to sign v1\.1\.0 .*user\.signingKey.*\n$/),
      });
    }
    expect((await git('tag', '--list', 'v1.1.0')).text).toBe('');
  });

  test('without its notes', async () => {
    const programs = await mkdtemp(join(tmpdir(), 'tag-'));
    await Bun.write(join(programs, 'npx'), '#!/bin/sh\necho lost >&2\necho "npm error: no network" >&2\nexit 3\n');
    await chmod(join(programs, 'npx'), 0o755);
    const said = await runIn(folder, [process.execPath, script, 'minor'], {
      PATH: `${programs}:${process.env['PATH']}`,
    });
    await rm(programs, { recursive: true });
    expect(said).toEqual({ code: 1, text: 'git-cliff ended with 3: lost; npm error: no network\n' });
    expect((await git('tag', '--list', 'v1.1.0')).text).toBe('');
  });

  test('for a step that is none', async () => {
    expect(await tag('huge')).toEqual({ code: 1, text: expect.stringContaining('usage') });
  });

  test('twice of one commit', async () => {
    await commit('fix: something');
    expect((await tag('patch')).code).toBe(0);
    expect(await tag('patch')).toEqual({ code: 1, text: expect.stringContaining('v1.0.1') });
  });
});

test('a tag called main does not hide the branch', async () => {
  await git('tag', 'main');
  await commit('fix: whatever');
  const said = await tag('patch');
  await git('tag', '--delete', 'main');
  expect(said.text).toStartWith('v1.0.2, after v1.0.1.');
});

test('tags are found though git is told to print them side by side', async () => {
  await git('config', 'column.ui', 'always');
  await commit('fix: something else');
  expect((await tag('patch')).text).toStartWith('v1.0.3, after v1.0.2.');
  await commit('fix: and that');
  expect((await tag('patch')).text).toStartWith('v1.0.4, after v1.0.3.');
});
