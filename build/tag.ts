import { runCommand } from './command.ts';
import {
  GitError,
  makeTag,
  nextTag,
  requireCleanTree,
  requireCommit,
  requireIdentity,
  requireMain,
  requireNoTag,
  requireWholeClone,
  type Step,
  versionTags,
  versionTagsOfHead,
} from './git.ts';
import { releaseNotes } from './notes.ts';

// tag.ts major|minor|patch: makes the tag of the next version, with its notes. The tag is the version: it is what
// `release-files` stamps into the files, and pushing it is what publishes them.

const steps: ReadonlySet<string> = new Set<Step>(['major', 'minor', 'patch']);
const isStep = (word: string | undefined): word is Step => word !== undefined && steps.has(word);

/** The folder that it is called in. */
const here = '.';

await runCommand(async () => {
  const step = process.argv[2];
  if (!isStep(step)) throw new GitError('usage: tag.ts major|minor|patch');
  await requireCommit(here);
  await requireMain(here);
  await requireWholeClone(here);
  await requireCleanTree(here);
  const [last] = await versionTags(here, 'HEAD');
  if (last !== undefined && (await versionTagsOfHead(here)).includes(last))
    throw new GitError(`This commit is ${last} already.`);
  const tag = nextTag(last, step);
  await requireNoTag(here, tag);
  await requireIdentity(here);
  await makeTag(here, tag, `# ${tag}\n\n${await releaseNotes(here, tag, 'HEAD')}`);
  console.log(`${tag}, after ${last ?? 'no version'}. To publish it: git push --atomic origin main ${tag}`);
});
