import { inc } from 'semver';
import { git, GitError, isUnchanged, isWholeClone, pipelineTag, versionTags, versionTagsOfHead } from './git.ts';

/**
 * The version of a folder's sources, without a v. Where they are those of a tag, to the letter, it is the tag's: that of the pipeline, or
 * else the highest on HEAD. Anything else is a pre-release, since only what is released has a released number: of the patch after the
 * highest tag behind HEAD, or of the `first` version where there is none, with the number of commits since then. Where git does not know
 * them (no git, a clone that is cut short, an archive, even one that lies in somebody else's repository), it is that of the first version
 * without a number.
 */
export async function versionOfSources(folder: string, first: string, started = pipelineTag()): Promise<string> {
  try {
    if ((await git(folder, 'rev-parse', '--show-prefix')) !== '') return `${first}-dev`;
    const tags = await versionTagsOfHead(folder);
    const tag = tags.includes(started) ? started : tags[0];
    if (tag !== undefined && (await isUnchanged(folder))) return tag.slice(1);
    if (!(await isWholeClone(folder))) return `${first}-dev`;
    const [last] = await versionTags(folder);
    const since = await git(folder, 'rev-list', '--count', last === undefined ? 'HEAD' : `${last}..HEAD`);
    return `${last === undefined ? first : inc(last, 'patch')}-dev.${since}`;
  } catch (error) {
    if (error instanceof GitError) return `${first}-dev`;
    throw error;
  }
}
