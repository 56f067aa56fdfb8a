import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildFile, describeLibc } from './build-file.ts';
import { dist, root } from './bundle.ts';
import { runCommand } from './command.ts';
import { readPackage } from './package.ts';
import { makeSbom } from './sbom.ts';
import { sha256Of } from './sha256.ts';
import { releaseTargets, targetName } from './targets.ts';

// release.ts [--libc FOLDER]…: builds a file for every kind of machine into dist/release/, with SHA256SUMS of the files
// and a bill of materials for each. The folder is replaced when all of it is there.

/** Bun signs its own program; what it adds for x64 is not covered, and nobody here has a Mac to ask. */
const unsigned =
  'sign    not proven here: where macOS refuses the file, sign it there (codesign --force --sign - FILE) and take its sha256 again';

await runCommand(async (signal) => {
  const { values } = parseArgs({ options: { libc: { type: 'string', multiple: true } } });
  const plugin = await readPackage(root);
  await mkdir(dist, { recursive: true });
  const release = await mkdtemp(join(dist, '.release-'));
  try {
    const sums: string[] = [];
    for (const target of releaseTargets) {
      const file = `${plugin.name}-${targetName(target)}`;
      console.log(`\n${file}`);
      const folder = await mkdtemp(join(dist, '.build-'));
      try {
        const libcFolders = values.libc ?? [];
        const built = await buildFile(folder, { plugin, target, standalone: true, libcFolders, signal });
        const bill = await makeSbom(plugin, file, built);
        await writeFile(join(release, `${file}.cdx.json`), bill);
        await rename(built.file, join(release, file));
        sums.push(`${built.sha256}  ${file}\n`, `${sha256Of(Buffer.from(bill))}  ${file}.cdx.json\n`);
        console.log(`v${plugin.version}  ${(built.size / 1e6).toFixed(1)} MB`);
        console.log(`sha256  ${built.sha256}`);
        for (const line of describeLibc(built)) console.log(line);
        if (target.platform === 'darwin') console.log(unsigned);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
    signal.throwIfAborted();
    await writeFile(join(release, 'SHA256SUMS'), sums.join(''));
    // mkdtemp makes a folder for its owner alone.
    await chmod(release, 0o755);
    await rm(join(dist, 'release'), { recursive: true, force: true });
    await rename(release, join(dist, 'release'));
    console.log('\ndist/release/SHA256SUMS has the checksums that `plugin register -sha256` wants.');
  } finally {
    await rm(release, { recursive: true, force: true });
  }
});
