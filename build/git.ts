import { resolve } from 'node:path';
import { prerelease, valid } from 'semver';
import { type Outcome, runProgram } from './run-program.ts';

/** git refused something, or the tree is not in a state to release. */
export class GitError extends Error {
  override readonly name = 'GitError';
}

/** How a `git` ended in a folder, and what it printed. @throws GitError where there is no git, or no repository */
async function run(folder: string, words: readonly string[]): Promise<Outcome> {
  if (Bun.which('git') === null)
    throw new GitError('There is no git on the PATH, and the versions are in it: install git.');
  // In its own language, and so that what somebody else does in the repository meanwhile does not wait for a look at it.
  // It asks nobody for a password either.
  const env = { ...process.env, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
  const outcome = await runProgram(['git', '-C', folder, ...words], { env });
  if (outcome.code !== 0 && outcome.stderr.includes('not a git repository')) {
    throw new GitError(`${resolve(folder)} is no git repository, and the versions are in it: work in a clone.`);
  }
  return outcome;
}

/** What `git` prints in a folder, without the last line's end. @throws GitError */
export async function git(folder: string, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(folder, words);
  if (code === 0) return stdout.trimEnd();
  throw new GitError(`git ${words[0] ?? ''} ended with ${code}: ${stderr.trim().replaceAll(/\s*\n\s*/g, '; ')}`);
}

/** Whether a `git` that only answers yes or no says yes. @throws GitError where there is no git, or no repository */
export async function gitSays(folder: string, ...words: readonly string[]): Promise<boolean> {
  return (await run(folder, words)).code === 0;
}

/** The first change in a folder's repository that is not committed, be it a new file; empty where there is none. @throws GitError */
async function firstChange(folder: string): Promise<string> {
  const status = await git(folder, 'status', '--porcelain', '--untracked-files=normal');
  return (status.split('\n')[0] ?? '').trim();
}

/** Whether a folder's repository is as its commit is. @throws GitError where it is in no repository */
export async function isUnchanged(folder: string): Promise<boolean> {
  return (await firstChange(folder)) === '';
}

/** Whether a clone has the older commits too, and with them any tags on them. @throws GitError where it is in no repository */
export async function isWholeClone(folder: string): Promise<boolean> {
  return (await git(folder, 'rev-parse', '--is-shallow-repository')) !== 'true';
}

/** @throws GitError where there is no commit, older ones and maybe tags on them are missing, or something is not committed */
export async function requireAllCommitted(folder: string): Promise<void> {
  if (!(await gitSays(folder, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}'))) {
    throw new GitError(`${resolve(folder)} has no commit yet that could have a version: make one first.`);
  }
  if (!(await isWholeClone(folder))) {
    throw new GitError('This clone is cut short, so the last version may be missing: git fetch --unshallow --tags');
  }
  const change = await firstChange(folder);
  if (change === '') return;
  throw new GitError(`The tree has changes that are not committed (${change}); commit or stash them first.`);
}

/** Whether a tag is one of a version, as v1.2.3 is, and of no release candidate or the like. */
export const isVersionTag = (tag: string): boolean =>
  valid(tag) !== null && tag === `v${valid(tag)}` && prerelease(tag) === null;

/** Not by `git tag`, which prints as the user's configuration wants it. */
async function versionTagsThat(folder: string, condition: string): Promise<readonly string[]> {
  const format = '--format=%(refname:strip=2)';
  const tags = await git(folder, 'for-each-ref', condition, '--sort=-version:refname', format, 'refs/tags');
  return tags.split('\n').filter(isVersionTag);
}

/** The tags of versions that HEAD has behind it or on it, the highest first. @throws GitError */
export async function versionTags(folder: string): Promise<readonly string[]> {
  return await versionTagsThat(folder, '--merged=HEAD');
}

/** The tags of versions that stand on HEAD itself, the highest first. @throws GitError */
export async function versionTagsOfHead(folder: string): Promise<readonly string[]> {
  return await versionTagsThat(folder, '--points-at=HEAD');
}

/** The tag that started the pipeline that this runs in; empty where none did. */
export const pipelineTag = (): string => process.env['CI_COMMIT_TAG'] ?? '';
