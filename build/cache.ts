import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where what is fetched once is kept. */
export const cacheFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'vault-plugin-secrets-litellm');

/** Moves a folder that is whole to where it is kept. Whoever fetched the same meanwhile was first; then this one is left where it is. */
export async function keep(fetched: string, kept: string): Promise<void> {
  try {
    await rename(fetched, kept);
  } catch (error) {
    if (!existsSync(kept)) throw error;
  }
}
