import type { ConfigEntry } from '../config/config-entry.ts';

/**
 * The lifetime to ask LiteLLM for if a lease lasts `ttl` seconds: that, and the grace. LiteLLM ends a key itself if all
 * else fails. But each of its instances remembers a key for `user_api_key_cache_ttl`, so a renewal must reach them
 * before the expiry that they know.
 */
export function keyDuration(ttl: number, { grace }: Pick<ConfigEntry, 'grace'>): number {
  return ttl + grace;
}

/** How many seconds too late a granted lifetime may seem to end: LiteLLM's `Date` header is rounded down. */
const roundedSeconds = 2;

/** The lease, in seconds, of a key that LiteLLM lets live for less than its lease. It ends before the key does. */
export function cutLease(lifetime: number): number {
  // To a host, a lease of 0 is the mount's default.
  return Math.max(1, lifetime - roundedSeconds);
}

/**
 * LiteLLM refuses a key after this moment, if its lease began at `start` and may last `maxTTL` seconds. LiteLLM counts
 * from when it handles a request, which is before that times out; and the request may wait for its turn as long before.
 */
export function latestExpiry(
  start: Date,
  maxTTL: number,
  { requestTimeout, grace }: Pick<ConfigEntry, 'requestTimeout' | 'grace'>,
): Date {
  return new Date(start.getTime() + (maxTTL + grace + 2 * requestTimeout) * 1000);
}
