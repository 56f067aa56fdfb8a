import type { Client } from '../../litellm/client.ts';
import { KeyNotFoundError, UnexpectedAnswerError } from '../../litellm/error.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { ClientSource } from '../config/client-source.ts';
import type { ConfigEntry } from '../config/config-entry.ts';
import type { LeasedKey } from './leased-key.ts';

/** How a key ended: by this call, or before it. */
export type KeyEnd = 'ended' | 'already gone';

/**
 * Ends a key on the proxy that it was made on. Throws when it cannot tell that the key is refused from now on;
 * a key whose proxy is no longer configured counts as gone once LiteLLM's own expiry has passed.
 */
export async function endKey(
  key: LeasedKey,
  config: ConfigEntry | undefined,
  { clients, clock }: { readonly clients: ClientSource; readonly clock: Clock },
  signal?: AbortSignal,
): Promise<KeyEnd> {
  const elsewhere = config?.baseURL !== key.proxy;
  if (elsewhere && clock.now() > key.latestExpiry) return 'already gone';
  if (config === undefined) {
    throw new Error(
      `the key "${key.keyAlias}" lives on ${key.proxy}, and there is no configuration to reach it with: write config again`,
    );
  }
  const end = await blockAndDelete(clients.clientFor(config), key.tokenId, signal);
  if (end === 'already gone' && elsewhere) {
    throw new Error(
      `${movedAway(key, config)}: delete it there, or wait until it expires at ${key.latestExpiry.toISOString()}`,
    );
  }
  return end;
}

/** Says that the configuration names another proxy than the one that a key was made on. */
export function movedAway(key: LeasedKey, config: ConfigEntry): string {
  return `the key "${key.keyAlias}" was made on ${key.proxy}, and ${config.baseURL}, which config names now, does not know it`;
}

/** Blocking is heard by every instance of the proxy, deleting is not: so both, in this order. */
async function blockAndDelete(client: Client, tokenId: string, signal: AbortSignal | undefined): Promise<KeyEnd> {
  if (!(await found(() => client.blockKey(tokenId, signal)))) return 'already gone';
  try {
    return (await found(() => client.deleteKey(tokenId, signal))) ? 'ended' : 'already gone';
  } catch (error) {
    if (error instanceof UnexpectedAnswerError && (await isGone(client, tokenId, signal))) return 'ended';
    throw error;
  }
}

/** Does something to a key; tells whether LiteLLM had it. */
async function found(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof KeyNotFoundError) return false;
    throw error;
  }
}

async function isGone(client: Client, tokenId: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    return (await client.keyInfo(tokenId, signal)).status === 'deleted';
  } catch (error) {
    if (error instanceof KeyNotFoundError) return true;
    // The delete's own fault says more than the question about it.
    return false;
  }
}
