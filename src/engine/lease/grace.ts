import type { ConfigEntry } from '../config/config-entry.ts';

/**
 * Seconds that LiteLLM lets a key live on after its lease. LiteLLM ends a key itself if all else fails; but each of
 * its instances keeps what it knows of a key for 60 s, so a renewal must reach them before the expiry that they know.
 */
export const graceSeconds = 90;

/**
 * After this moment LiteLLM refuses a key of which the lease began at `start` and may last `maxTTL` seconds. LiteLLM
 * counts from when it gets to a request, which is before the request's time is up.
 */
export function latestExpiry(
  start: Date,
  maxTTL: number,
  { requestTimeout }: Pick<ConfigEntry, 'requestTimeout'>,
): Date {
  return new Date(start.getTime() + (maxTTL + graceSeconds + requestTimeout) * 1000);
}
