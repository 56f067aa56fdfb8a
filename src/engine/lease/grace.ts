import type { ConfigEntry } from '../config/config-entry.ts';

/**
 * What LiteLLM is asked for when a lease shall last `ttl` seconds: that, and the grace. LiteLLM ends a key itself if all
 * else fails; but each of its instances keeps what it knows of a key for `user_api_key_cache_ttl`, so a renewal must
 * reach them before the expiry that they know.
 */
export function keyDuration(ttl: number, { grace }: Pick<ConfigEntry, 'grace'>): number {
  return ttl + grace;
}

/** How much later a lifetime that LiteLLM grants may seem to end than it does: its `Date` header is rounded down. */
const roundedSeconds = 2;

/** The lease, in seconds, of a key that LiteLLM lets live for less than its lease: it ends before the key does. */
export function cutLease(lifetime: number): number {
  // A lease of 0 is the mount's default to a host.
  return Math.max(1, lifetime - roundedSeconds);
}

/**
 * After this moment LiteLLM refuses a key of which the lease began at `start` and may last `maxTTL` seconds. LiteLLM
 * counts from when it gets to a request, which is before the request's time is up; and the request may wait for its turn
 * as long before.
 */
export function latestExpiry(
  start: Date,
  maxTTL: number,
  { requestTimeout, grace }: Pick<ConfigEntry, 'requestTimeout' | 'grace'>,
): Date {
  return new Date(start.getTime() + (maxTTL + grace + 2 * requestTimeout) * 1000);
}
