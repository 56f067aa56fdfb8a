import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dist, root } from './dist.ts';
import { runCommand } from './command.ts';
import { git } from './git.ts';
import { releaseNotes } from './notes.ts';
import { readPackage } from './package.ts';
import { makeProvenance } from './provenance.ts';
import { releaseTag } from './release-tag.ts';
import { sha256Of } from './sha256.ts';

// release-files.ts [--libc FOLDER]…: the files of dist/release/ under the version of the tag that started the pipeline, or else that HEAD
// has, where they come from, and NOTES.md.

/** Writes where the files come from beside them, and its checksum with theirs. */
async function writeProvenance(tag: string): Promise<void> {
  const release = join(dist, 'release');
  const plugin = { ...(await readPackage(root)), version: tag.slice(1) };
  const sums = await Bun.file(join(release, 'SHA256SUMS')).text();
  const files = sums
    .trimEnd()
    .split('\n')
    .map((line) => ({ sha256: line.slice(0, 64), name: line.slice(66) }));
  const remote = await git(root, 'config', '--get', 'remote.origin.url').catch(() => undefined);
  const provenance = makeProvenance({
    plugin,
    tag,
    commit: await git(root, 'rev-parse', 'HEAD'),
    source: process.env['CI_REPO_CLONE_URL'] ?? remote,
    files,
    lock: sha256Of(await readFile(join(root, 'bun.lock'))),
    environment: process.env,
  });
  const name = `${plugin.name}-provenance.json`;
  await writeFile(join(release, name), provenance);
  await appendFile(join(release, 'SHA256SUMS'), `${sha256Of(Buffer.from(provenance))}  ${name}\n`);
}

await runCommand(async (signal) => {
  const args = process.argv.slice(2);
  // build-all.ts reads them again; what is wrong with them is said before anything is done.
  parseArgs({ args, options: { libc: { type: 'string', multiple: true } } });
  const tag = await releaseTag(root);
  const child = Bun.spawn([process.execPath, 'run', join(import.meta.dir, 'build-all.ts'), ...args], {
    env: { ...process.env, PLUGIN_VERSION: tag.slice(1) },
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
  });
  process.exitCode = await child.exited;
  if (process.exitCode === 0) {
    // Published under the tag as its title.
    await writeFile(join(dist, 'release/NOTES.md'), await releaseNotes(root, tag));
    await writeProvenance(tag);
    console.log(`dist/release/NOTES.md tells what is new in ${tag}.`);
  }
});
