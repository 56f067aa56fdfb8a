import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { dist, replaceInDist, root, scratchInDist } from './dist.ts';
import { type ImageFile, writeOciImage } from './oci-image.ts';
import { readPackage } from './package.ts';
import { sha256Of } from './sha256.ts';
import { releaseTargets, targetName } from './targets.ts';

// image.ts: an OCI image of the Linux files in dist/release/, as an image layout in dist/image/, for any tool that pushes one to a
// registry. The folder is replaced when all of it is there.

/** There is nothing to make an image of, or not what its bill of materials says. */
class ImageSourceError extends Error {
  override readonly name = 'ImageSourceError';
}

/** What a bill of materials says about its file. */
interface Bill {
  readonly metadata: {
    readonly component: { readonly version: string; readonly hashes: readonly { readonly content: string }[] };
  };
}

/** The file of a kind of machine, and the version that it was built under. @throws ImageSourceError */
async function releasedFile(file: string): Promise<{ readonly path: string; readonly version: string }> {
  const path = join(dist, 'release', file);
  const bill = Bun.file(`${path}.cdx.json`);
  if (!(await Bun.file(path).exists()) || !(await bill.exists())) {
    throw new ImageSourceError(`dist/release/${file} is not there with its bill of materials: npm run build-all`);
  }
  const { component } = ((await bill.json()) as Bill).metadata;
  if (component.hashes[0]?.content !== sha256Of(await readFile(path))) {
    throw new ImageSourceError(`dist/release/${file} is not the file of its bill of materials: npm run build-all`);
  }
  return { path, version: component.version };
}

await runCommand(async (signal) => {
  const { name } = await readPackage(root);
  const files: ImageFile[] = [];
  let version = '';
  for (const target of releaseTargets.filter(({ platform }) => platform === 'linux')) {
    const released = await releasedFile(`${name}-${targetName(target)}`);
    files.push({ path: released.path, architecture: target.architecture });
    version = released.version;
  }
  await using folder = await scratchInDist();
  const digest = await writeOciImage(folder.path, { name, version }, files);
  signal.throwIfAborted();
  await replaceInDist(folder.path, 'image');
  console.log(`dist/image  v${version}  ${files.map(({ architecture }) => `linux-${architecture}`).join(', ')}`);
  console.log(digest);
});
