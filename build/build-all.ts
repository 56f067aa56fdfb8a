import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildFile, describeFile } from './build-file.ts';
import { runCommand } from './command.ts';
import { replaceInDist, root, scratchInDist } from './dist.ts';
import { readPackage } from './package.ts';
import { makeSbom } from './sbom.ts';
import { sha256Of } from './sha256.ts';
import { releaseTargets, targetName } from './targets.ts';

// build-all.ts [--libc FOLDER]…: builds a file for every kind of machine into dist/release/, with SHA256SUMS of the files
// and a bill of materials for each. The folder is replaced when all of it is there.

/** Bun signs its own program; what it adds for x64 is not covered, and nobody here has a Mac to ask. */
const unsigned =
  'sign    not proven here: where macOS refuses the file, sign it there (codesign --force --sign - FILE) and take its sha256 again';

await runCommand(async (signal) => {
  const { values } = parseArgs({ options: { libc: { type: 'string', multiple: true, default: [] } } });
  const plugin = await readPackage(root);
  await using release = await scratchInDist();
  const sums: string[] = [];
  for (const target of releaseTargets) {
    const file = `${plugin.name}-${targetName(target)}`;
    await using folder = await scratchInDist();
    const built = await buildFile(folder.path, { plugin, target, standalone: true, libcFolders: values.libc, signal });
    const bill = await makeSbom(plugin, file, built);
    await writeFile(join(release.path, `${file}.cdx.json`), bill);
    await rename(built.file, join(release.path, file));
    sums.push(`${built.sha256}  ${file}\n`, `${sha256Of(Buffer.from(bill))}  ${file}.cdx.json\n`);
    for (const line of describeFile(file, plugin, built)) console.log(line);
    if (target.platform === 'darwin') console.log(unsigned);
  }
  signal.throwIfAborted();
  await writeFile(join(release.path, 'SHA256SUMS'), sums.join(''));
  await replaceInDist(release.path, 'release');
  console.log('\ndist/release/SHA256SUMS has the checksums that `plugin register -sha256` wants.');
});
