import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GitError, requireCleanTree, tagOfHead } from './git.ts';
import { untilInterrupted } from './interruption.ts';
import { releaseNotes } from './notes.ts';

// release-files.ts [--libc FOLDER]…: the files of dist/release/ under the version of the tag that HEAD has, and NOTES.md.

const signal = untilInterrupted();
try {
  await requireCleanTree();
  const tag = await tagOfHead();
  const child = Bun.spawn([process.execPath, 'run', join(import.meta.dir, 'release.ts'), ...process.argv.slice(2)], {
    env: { ...process.env, PLUGIN_VERSION: tag.slice(1) },
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
  });
  process.exitCode = await child.exited;
  if (process.exitCode === 0) {
    const folder = resolve(import.meta.dir, '../dist/release');
    await writeFile(join(folder, 'NOTES.md'), await releaseNotes(tag, 'HEAD'));
    console.log(`dist/release/NOTES.md tells what is new in ${tag}.`);
  }
} catch (error) {
  if (!(error instanceof GitError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
