import { git, GitError, gitSays, isVersionTag, pipelineTag, requireAllCommitted, versionTagsOfHead } from './git.ts';

/**
 * The tag that a release is made of: the one that started the pipeline, or else the highest on HEAD.
 *
 * @throws GitError where that is no tag of a version, or does not stand on HEAD, or main does not have it; or where the tree has changes
 */
export async function releaseTag(folder: string, started = pipelineTag()): Promise<string> {
  if (started !== '' && !isVersionTag(started)) {
    throw new GitError(`${started} is no tag of a version, as v1.2.3 is, so nothing is published of it.`);
  }
  await requireAllCommitted(folder);
  const tags = await versionTagsOfHead(folder);
  const tag = started === '' ? tags[0] : started;
  if (tag === undefined)
    throw new GitError('HEAD has no tag of a version; `just patch`, `minor` or `major` makes one.');
  if (!tags.includes(tag)) {
    throw new GitError(`${tag} started this pipeline and does not stand on HEAD, so nothing is published of it.`);
  }
  const mains = started === '' ? await mainsOf(folder) : [await publishedMain(folder, tag)];
  for (const main of mains) {
    if (await gitSays(folder, 'merge-base', '--is-ancestor', `refs/tags/${tag}`, main)) return tag;
  }
  throw new GitError(`${tag} stands on a commit that main does not have; only a version of main is published.`);
}

const remoteMain = 'refs/remotes/origin/main';

/** What is called main here: the published one, and one's own, which may be ahead of it. */
async function mainsOf(folder: string): Promise<readonly string[]> {
  const refs = await git(folder, 'for-each-ref', '--format=%(refname)', remoteMain, 'refs/heads/main');
  return refs.split('\n').filter((ref) => ref !== '');
}

/**
 * The main that is published. The clone of a tag's pipeline has none, and what it may call main is the commit of the tag itself, so it
 * is fetched. Without a place to fetch from, one's own.
 */
async function publishedMain(folder: string, tag: string): Promise<string> {
  if ((await mainsOf(folder)).includes(remoteMain)) return remoteMain;
  if (!(await gitSays(folder, 'config', '--get', 'remote.origin.url'))) return 'refs/heads/main';
  if (await gitSays(folder, 'fetch', '--quiet', '--no-tags', 'origin', `+refs/heads/main:${remoteMain}`)) {
    return remoteMain;
  }
  throw new GitError(
    `main cannot be fetched from origin, and whether it has ${tag} has to be known: git fetch origin main`,
  );
}
