import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dist, root } from './bundle.ts';
import { runCommand } from './command.ts';
import { releaseNotes } from './notes.ts';
import { releaseTag } from './release-tag.ts';

// release-files.ts [--libc FOLDER]…: the files of dist/release/ under the version of the tag that started the pipeline, or else that HEAD
// has, and NOTES.md.

await runCommand(async (signal) => {
  const args = process.argv.slice(2);
  // release.ts reads them again; what is wrong with them is said before anything is done.
  parseArgs({ args, options: { libc: { type: 'string', multiple: true } } });
  const tag = await releaseTag(root);
  const child = Bun.spawn([process.execPath, 'run', join(import.meta.dir, 'release.ts'), ...args], {
    env: { ...process.env, PLUGIN_VERSION: tag.slice(1) },
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
  });
  process.exitCode = await child.exited;
  if (process.exitCode === 0) {
    // Published under the tag as its title.
    await writeFile(join(dist, 'release/NOTES.md'), await releaseNotes(root, tag, 'HEAD'));
    console.log(`dist/release/NOTES.md tells what is new in ${tag}.`);
  }
});
