import { resolve } from 'node:path';

/** git refused something, or the tree is not in a state to release. */
export class GitError extends Error {
  override readonly name = 'GitError';
}

/** How a `git` ended in a folder, and what it printed. @throws GitError where there is no git, or no repository */
async function run(folder: string, words: readonly string[]) {
  if (Bun.which('git') === null)
    throw new GitError('There is no git on the PATH, and the versions are in it: install git.');
  const child = Bun.spawn(['git', '-C', folder, ...words], {
    // In its own language, and so that what somebody else does in the repository meanwhile does not wait for a look at it.
    // It asks nobody for a password either.
    env: { ...process.env, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  if (code !== 0 && stderr.includes('not a git repository')) {
    throw new GitError(`${resolve(folder)} is no git repository, and the versions are in it: work in a clone.`);
  }
  return { code, stdout: stdout.trimEnd(), stderr: stderr.trim() };
}

/** What `git` prints in a folder, without the last line's end. @throws GitError */
export async function git(folder: string, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(folder, words);
  if (code !== 0)
    throw new GitError(`git ${words[0] ?? ''} ended with ${code}: ${stderr.replaceAll(/\s*\n\s*/g, '; ')}`);
  return stdout;
}

/** Whether a `git` that only answers yes or no says yes. */
export async function gitSays(folder: string, ...words: readonly string[]): Promise<boolean> {
  return (await run(folder, words)).code === 0;
}

/** The short name of the commit that something stands on; undefined where there is no such thing. */
async function commitOf(folder: string, name: string): Promise<string | undefined> {
  const { code, stdout } = await run(folder, ['rev-parse', '--verify', '--quiet', '--short', `${name}^{commit}`]);
  return code === 0 ? stdout : undefined;
}

/** @throws GitError where a folder is not on main, by the name of the branch itself, which a tag may have too */
export async function requireMain(folder: string): Promise<void> {
  const { code, stdout: branch } = await run(folder, ['symbolic-ref', '--quiet', 'HEAD']);
  if (code === 0 && branch === 'refs/heads/main') return;
  throw new GitError(
    `A version is made on main, and this is ${code === 0 ? branch.replace('refs/heads/', '') : 'no branch'}.`,
  );
}

/** @throws GitError where git does not know in whose name it makes a tag */
export async function requireIdentity(folder: string): Promise<void> {
  if (await gitSays(folder, 'var', 'GIT_COMMITTER_IDENT')) return;
  throw new GitError('git does not know who makes the tag: git config --global user.name NAME, and user.email ADDRESS');
}

/** Makes a tag on HEAD with a message, which may have lines that begin with #. @throws GitError */
export async function makeTag(folder: string, tag: string, message: string): Promise<void> {
  try {
    await git(folder, 'tag', '--annotate', '--cleanup=whitespace', `--message=${message}`, tag);
  } catch (error) {
    if (!(error instanceof GitError) || !/gpg|sign/i.test(error.message)) throw error;
    throw new GitError(
      `git is set to sign ${tag} (tag.gpgSign) and has no key that does: set user.signingKey, or go without: git config tag.gpgSign false`,
      { cause: error },
    );
  }
}

/** @throws GitError where a folder is in no repository, or HEAD has no commit */
export async function requireCommit(folder: string): Promise<void> {
  if ((await commitOf(folder, 'HEAD')) !== undefined) return;
  throw new GitError(`${resolve(folder)} has no commit yet that could have a version: make one first.`);
}

/** @throws GitError where a tag stands already, wherever that is */
export async function requireNoTag(folder: string, tag: string): Promise<void> {
  if (!(await gitSays(folder, 'rev-parse', '--verify', '--quiet', `refs/tags/${tag}`))) return;
  const commit = await commitOf(folder, `refs/tags/${tag}`);
  if (commit === undefined) {
    throw new GitError(
      `${tag} stands already, on something that is no commit; if nobody has the tag yet, git tag --delete ${tag}`,
    );
  }
  throw new GitError(
    `${tag} stands already on ${commit}, which is not behind this commit: merge that one, take a greater step, or, if nobody has the tag yet, git tag --delete ${tag}`,
  );
}

/** What is changed or new in a folder's repository and not committed, a line each. */
async function changes(folder: string): Promise<readonly string[]> {
  const status = await git(folder, 'status', '--porcelain', '--untracked-files=normal');
  return status.split('\n').filter((line) => line !== '');
}

/** @throws GitError where a folder is in no repository */
export async function isUnchanged(folder: string): Promise<boolean> {
  return (await changes(folder)).length === 0;
}

/** @throws GitError where something is changed or new and not committed */
export async function requireCleanTree(folder: string): Promise<void> {
  const [first] = await changes(folder);
  if (first === undefined) return;
  throw new GitError(`The tree has changes that are not committed (${first.trim()}); commit or stash them first.`);
}

/** Whether a clone has the older commits too, and with them any tags on them. */
export async function isWholeClone(folder: string): Promise<boolean> {
  return (await git(folder, 'rev-parse', '--is-shallow-repository')) !== 'true';
}

/** @throws GitError where a clone lacks the older commits, and maybe tags on them */
export async function requireWholeClone(folder: string): Promise<void> {
  if (await isWholeClone(folder)) return;
  throw new GitError('This clone is cut short, so the last version may be missing: git fetch --unshallow --tags');
}

/** Without leading zeros, which no semantic version has. */
const versionTag = /^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

/** Whether a tag is one of a version, and of no release candidate or the like. */
export const isVersionTag = (tag: string): boolean => versionTag.test(tag);

/** The tags of versions that a commit has behind it or on it, the highest first. */
export async function versionTags(folder: string, commit: string): Promise<readonly string[]> {
  return await tagsThat(folder, `--merged=${commit}`);
}

/** Not by `git tag`, which prints as the user's configuration wants it. */
async function tagsThat(folder: string, condition: string): Promise<readonly string[]> {
  const format = '--format=%(refname:strip=2)';
  const tags = await git(folder, 'for-each-ref', condition, '--sort=-version:refname', format, 'refs/tags');
  return tags.split('\n').filter(isVersionTag);
}

/** The tags of versions that stand on HEAD itself, the highest first. */
export async function versionTagsOfHead(folder: string): Promise<readonly string[]> {
  return await tagsThat(folder, '--points-at=HEAD');
}

/** The highest tag that stands on HEAD itself. @throws GitError where there is none */
export async function tagOfHead(folder: string): Promise<string> {
  const [tag] = await versionTagsOfHead(folder);
  if (tag === undefined)
    throw new GitError('HEAD has no tag of a version; `just patch`, `minor` or `major` makes one.');
  return tag;
}

/** The tag that started the pipeline that this runs in; empty where none did. */
export const pipelineTag = (): string => process.env['CI_COMMIT_TAG'] ?? '';

/** Which part of a version goes up. */
export type Step = 'major' | 'minor' | 'patch';

/** The tag after another, v0.0.0 being the one before the first. */
export function nextTag(tag: string | undefined, step: Step): string {
  const [major = 0, minor = 0, patch = 0] = (versionTag.exec(tag ?? 'v0.0.0') ?? []).slice(1).map(Number);
  switch (step) {
    case 'major':
      return `v${major + 1}.0.0`;
    case 'minor':
      return `v${major}.${minor + 1}.0`;
    case 'patch':
      return `v${major}.${minor}.${patch + 1}`;
  }
}
