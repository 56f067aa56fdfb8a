import { chmod, type DisposableTempDir, mkdir, mkdtempDisposable, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** The folder of the repository. */
export const root = resolve(import.meta.dir, '..');

/** Where builds go. */
export const dist = join(root, 'dist');

/** An empty folder in dist/, which goes with all that is left in it. */
export async function scratchInDist(): Promise<DisposableTempDir> {
  await mkdir(dist, { recursive: true });
  return await mkdtempDisposable(join(dist, '.build-'));
}

/** Puts a folder, when all of it is there, in the place of the one of that name in dist/. */
export async function replaceInDist(folder: string, name: string): Promise<void> {
  // mkdtemp makes a folder for its owner alone.
  await chmod(folder, 0o755);
  await rm(join(dist, name), { recursive: true, force: true });
  await rename(folder, join(dist, name));
}
