import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where what is fetched or built once is kept for all checkouts, by what it is and its version. */
export function cacheFolder(name: string): string {
  const base = process.env['XDG_CACHE_HOME'];
  const cache = base === undefined || base === '' ? join(homedir(), '.cache') : base;
  return join(cache, 'vault-plugin-secrets-litellm', name);
}
