import { inc } from 'semver';
import { runCommand } from './command.ts';
import { git, GitError, gitSays, requireAllCommitted, versionTags, versionTagsOfHead } from './git.ts';
import { releaseNotes } from './notes.ts';

// tag.ts major|minor|patch: makes the tag of the next version, with its notes. The tag is the version: it is what
// `release-files` stamps into the files, and pushing it is what publishes them.

const steps = ['major', 'minor', 'patch'] as const;

/** The folder that it is called in. */
const here = '.';

/** By the name of the branch itself, which a tag may have too. */
async function requireMain(): Promise<void> {
  const branch = await git(here, 'symbolic-ref', '--quiet', 'HEAD').catch(() => 'no branch');
  if (branch === 'refs/heads/main') return;
  throw new GitError(`A version is made on main, and this is ${branch.replace('refs/heads/', '')}.`);
}

/** Wherever it may stand. */
async function requireNoTag(tag: string): Promise<void> {
  if (!(await gitSays(here, 'rev-parse', '--verify', '--quiet', `refs/tags/${tag}`))) return;
  const unpublish = `if nobody has the tag yet, git tag --delete ${tag}`;
  const commit = await git(here, 'rev-parse', '--short', `refs/tags/${tag}^{commit}`).catch(() => {
    throw new GitError(`${tag} stands already, on something that is no commit; ${unpublish}`);
  });
  throw new GitError(
    `${tag} stands already on ${commit}, which is not behind this commit: merge that one, take a greater step, or, ${unpublish}`,
  );
}

async function requireIdentity(): Promise<void> {
  if (await gitSays(here, 'var', 'GIT_COMMITTER_IDENT')) return;
  throw new GitError('git does not know who makes the tag: git config --global user.name NAME, and user.email ADDRESS');
}

/** The message may have lines that begin with #. */
async function makeTag(tag: string, message: string): Promise<void> {
  try {
    await git(here, 'tag', '--annotate', '--cleanup=whitespace', `--message=${message}`, tag);
  } catch (error) {
    if (!(error instanceof GitError) || !/gpg|sign/i.test(error.message)) throw error;
    throw new GitError(
      `git is set to sign ${tag} (tag.gpgSign) and has no key that does: set user.signingKey, or go without: git config tag.gpgSign false`,
      { cause: error },
    );
  }
}

await runCommand(async () => {
  const step = steps.find((each) => each === process.argv[2]);
  if (step === undefined) throw new GitError('usage: tag.ts major|minor|patch');
  await requireAllCommitted(here);
  await requireMain();
  const [last] = await versionTags(here);
  if (last !== undefined && (await versionTagsOfHead(here)).includes(last))
    throw new GitError(`This commit is ${last} already.`);
  const tag = `v${inc(last ?? 'v0.0.0', step)}`;
  await requireNoTag(tag);
  await requireIdentity();
  await makeTag(tag, `# ${tag}\n\n${await releaseNotes(here, tag)}`);
  console.log(`${tag}, after ${last ?? 'no version'}. To publish it: git push --atomic origin main ${tag}`);
});
