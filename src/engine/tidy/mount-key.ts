import type { KeyInfo, ListedKey } from '../../litellm/key.ts';
import { originOf } from '../keys/key-origin.ts';

/** How much later than its creation a key's last change may be without anybody having changed it: milliseconds. */
const sameMoment = 1000;

/**
 * Whether a key expired before a moment, which lies the safety buffer back. Such a key has no lease that could still be
 * renewed, so that nobody misses it:
 *
 * - LiteLLM is asked for the lease and the grace whenever a lease begins or is renewed, and where it gives less, the lease
 *   is cut to that, and a little more. So `expires` is never before the end of the lease, and each renewal moves it. The
 *   leases that a version before this one made where LiteLLM gave less (1.80 rounds `expires` down) are not cut: they are
 *   to be renewed or revoked before auto-tidy is enabled, as the README says.
 * - The host renews no lease that is over. One may be over and still there, since its revocation fails: that revocation
 *   then finds its work done.
 * - A renewal that was under way when the lease ended waits for its turn for `request_timeout` at most, and its call takes
 *   as long again at most; the buffer is no shorter than both.
 * - A clock of LiteLLM that is behind ours puts `expires` too early, by as much; and a replica of its database that lags
 *   tells of the time before the last renewals. The buffer, with the grace on top, has to be longer than either, which is
 *   why it has a least value; LiteLLM's own word on the key is asked for as well, see {@link livesByItsOwnClock}.
 *
 * A person who shortens the life of a leased key by hand in LiteLLM gives it up, as if they had deleted it.
 */
export function expiredBefore({ expires }: Pick<ListedKey, 'expires'>, moment: Date): boolean {
  return expires !== undefined && expires < moment;
}

/** Whether LiteLLM, by its own clock, would let a key in. Older versions do not tell. */
export function livesByItsOwnClock({ status }: Pick<KeyInfo, 'status'>): boolean {
  return status === 'active';
}

/**
 * Whether a key looks as if nobody ever got it: it lives, is older than a moment, and was neither used, renewed nor
 * changed since it was made. A plugin that was killed leaves such keys; so does a client that has kept its key for later,
 * and only the host knows of that one's lease. What a version of LiteLLM does not tell is no sign of either.
 */
export function looksUnclaimed(key: ListedKey, moment: Date, now: Date): boolean {
  // It stands in the storage, and is read from there, or it was left to LiteLLM by hand.
  if (originOf(key).staticRole !== '') return false;
  const { expires, createdAt, updatedAt, lastActive, spend, blocked } = key;
  if (createdAt === undefined || updatedAt === undefined || createdAt >= moment) return false;
  if (expires !== undefined && expires <= now) return false;
  const untouched = Math.abs(updatedAt.getTime() - createdAt.getTime()) < sameMoment;
  return untouched && !blocked && spend === 0 && lastActive === undefined;
}
