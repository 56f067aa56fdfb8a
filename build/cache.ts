import { existsSync } from 'node:fs';
import { mkdir, mkdtempDisposable, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where what is fetched once is kept. */
export const cacheFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'vault-plugin-secrets-litellm');

/**
 * The path of what is kept under a name. Where it is not there, `make` puts it to `target`, in a folder of its own that goes, and it is
 * moved into place when it is whole; two at once do no harm.
 */
export async function kept(name: string, make: (target: string, scratch: string) => Promise<void>): Promise<string> {
  const place = join(cacheFolder(), name);
  if (existsSync(place)) return place;
  await mkdir(cacheFolder(), { recursive: true });
  await using scratch = await mkdtempDisposable(`${place}.`);
  const target = join(scratch.path, 'made');
  await make(target, scratch.path);
  try {
    await rename(target, place);
  } catch (error) {
    // Whoever made the same meanwhile was first.
    if (!existsSync(place)) throw error;
  }
  return place;
}
