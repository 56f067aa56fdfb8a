/** git refused something, or the tree is not in a state to release. */
export class GitError extends Error {
  override readonly name = 'GitError';
}

/** What `git` prints, without the last line's end. @throws GitError */
export async function git(...words: readonly string[]): Promise<string> {
  const child = Bun.spawn(['git', ...words], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  if (code !== 0) throw new GitError(`git ${words[0] ?? ''} ended with ${code}: ${stderr.trim()}`);
  return stdout.trimEnd();
}

/** @throws GitError where something is changed or new and not committed */
export async function requireCleanTree(): Promise<void> {
  const changed = (await git('status', '--porcelain', '--untracked-files=normal'))
    .split('\n')
    .filter((line) => line !== '');
  if (changed.length === 0) return;
  throw new GitError(
    `The tree has changes that are not committed (${changed[0]?.trim()}); commit or stash them first.`,
  );
}

/** Without leading zeros, which no semantic version has. */
const versionTag = /^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

/** The tags of versions that a commit has behind it or on it, the highest first. */
export async function versionTags(commit: string): Promise<readonly string[]> {
  return await tagsThat(`--merged=${commit}`);
}

/** Not by `git tag`, which prints as the user's configuration wants it. */
async function tagsThat(condition: string): Promise<readonly string[]> {
  const format = '--format=%(refname:strip=2)';
  const tags = await git('for-each-ref', condition, '--sort=-version:refname', format, 'refs/tags');
  return tags.split('\n').filter((tag) => versionTag.test(tag));
}

/** The tags of versions that stand on HEAD itself, the highest first. */
export async function versionTagsOfHead(): Promise<readonly string[]> {
  return await tagsThat('--points-at=HEAD');
}

/** The highest tag that stands on HEAD itself. @throws GitError where there is none */
export async function tagOfHead(): Promise<string> {
  const [tag] = await versionTagsOfHead();
  if (tag === undefined)
    throw new GitError('HEAD has no tag of a version; `just patch`, `minor` or `major` makes one.');
  return tag;
}

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
