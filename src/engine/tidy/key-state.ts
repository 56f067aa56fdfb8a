import type { KeyInfo, ListedKey } from '../../litellm/key.ts';
import { originOf } from '../keys/key-origin.ts';

/** Milliseconds: how much later than its creation a key's last change may be if nobody has changed it. */
const sameMoment = 1000;

/**
 * Whether a key expired before a moment, which lies the safety buffer back. Such a key has no lease that could still be
 * renewed, so nobody misses it:
 *
 * - When a lease begins or is renewed, LiteLLM is asked for the lease and the grace. If it gives less, the lease is cut
 *   to that, and a little more. So `expires` is never before the end of the lease, and each renewal moves it. Leases of a
 *   version before this one, made when LiteLLM gave less (1.80 rounds `expires` down), are not cut: renew or revoke them
 *   before you enable auto-tidy (docs/usage.md).
 * - The host renews no lease that is over. One may be over and still exist, since its revocation fails: that revocation
 *   then finds its work done.
 * - A renewal that was under way when the lease ended waits for its turn for at most `request_timeout`, and its call
 *   takes at most as long again; the buffer is no shorter than both.
 * - If LiteLLM's clock is behind ours, `expires` is too early by as much; a database replica that lags shows the time
 *   before the last renewals. The buffer, with the grace on top, has to be longer than either, so it has a minimum.
 *   LiteLLM's own word on the key is asked for as well, see {@link livesByItsOwnClock}.
 *
 * A person who shortens the life of a leased key in LiteLLM gives it up, as if they had deleted it.
 */
export function expiredBefore({ expires }: Pick<ListedKey, 'expires'>, moment: Date): boolean {
  return expires !== undefined && expires < moment;
}

/** Whether LiteLLM, by its own clock, would accept a key. Older versions do not tell. */
export function livesByItsOwnClock({ status }: Pick<KeyInfo, 'status'>): boolean {
  return status === 'active';
}

/**
 * Whether a key looks as if nobody ever got it: it lives, is older than a moment, and was neither used, renewed nor
 * changed since it was made. A plugin that was killed leaves such keys; so does a client that keeps its key for later,
 * and only the host knows that one's lease. What LiteLLM's version does not tell counts for neither.
 */
export function looksUnclaimed(key: ListedKey, moment: Date, now: Date): boolean {
  // It is stored, and read from there, or it was left to LiteLLM on purpose.
  if (originOf(key).staticRole !== '') return false;
  const { expires, createdAt, updatedAt, lastActive, spend, blocked } = key;
  if (createdAt === undefined || updatedAt === undefined || createdAt >= moment) return false;
  if (expires !== undefined && expires <= now) return false;
  const untouched = Math.abs(updatedAt.getTime() - createdAt.getTime()) < sameMoment;
  return untouched && !blocked && spend === 0 && lastActive === undefined;
}
