import type { Client } from '../../litellm/client.ts';
import { KeyNotFoundError, RequestAbortedError } from '../../litellm/error.ts';
import type { ListedKey } from '../../litellm/key.ts';
import { keyPages } from '../../litellm/key-list.ts';
import { isOfMount, originOf } from '../keys/key-origin.ts';
import { expiredBefore, livesByItsOwnClock, looksUnclaimed } from './key-state.ts';
import { pause } from './pause.ts';

/** What one pass over the keys of a proxy needs. */
export interface TidyPass {
  readonly client: Pick<Client, 'listKeys' | 'keyInfo' | 'deleteKey'>;
  readonly backendUUID: string;
  /** When the pass began. */
  readonly now: Date;
  /** `now` minus the safety buffer. */
  readonly before: Date;
  readonly dryRun: boolean;
  /** Milliseconds between two calls. */
  readonly pauseDuration: number;
  readonly signal: AbortSignal;
}

/** A key that maybe nobody ever got. */
export interface UnclaimedKey {
  readonly alias: string;
  readonly role: string;
  readonly createdAt: Date;
  /** The request that made it, as the host's audit log has it. */
  readonly requestId: string;
}

/** What a pass has seen and done so far; only the pass writes it. */
export interface TidyProgress {
  message: string;
  currentPage: number;
  totalPages: number;
  totalKeys: number;
  mountKeys: number;
  expired: number;
  deleted: number;
  unclaimed: number;
  readonly examples: UnclaimedKey[];
}

/** The progress of a pass that has not begun. */
export function newProgress(): TidyProgress {
  return {
    message: '',
    currentPage: 0,
    totalPages: 0,
    totalKeys: 0,
    mountKeys: 0,
    expired: 0,
    deleted: 0,
    unclaimed: 0,
    examples: [],
  };
}

/** What one pass deletes at most, to bound its memory; the next one takes the rest. */
const mostExpired = 50_000;
const mostExamples = 20;
/** One key that LiteLLM cannot delete must not keep the others; a LiteLLM that is down must. */
const mostFailuresInARow = 5;

/**
 * Lists the keys of the proxy, counts those of this mount, and deletes those that expired before the safety buffer;
 * with `dryRun` it deletes none. It lists first and deletes then, since a deletion moves the keys of later pages. Never
 * has more than one call under way. Throws LiteLLM's errors, and `RequestAbortedError` or the signal's reason if it is
 * stopped.
 */
export async function tidyKeys(pass: TidyPass, progress: TidyProgress): Promise<void> {
  const expired = await collect(pass, progress);
  if (!pass.dryRun) await deleteAll(expired, pass, progress);
  progress.message = progress.expired > expired.size ? `the next run deletes more than these ${expired.size} keys` : '';
}

/** The hashes of the expired keys. */
async function collect(pass: TidyPass, progress: TidyProgress): Promise<ReadonlySet<string>> {
  const expired = new Set<string>();
  const before = async (page: number): Promise<void> => {
    progress.message = `listing page ${page} of ${Math.max(page, progress.totalPages)}`;
    if (page > 1) await pause(pass.pauseDuration, pass.signal);
  };
  for await (const listed of keyPages(pass.client, {}, { signal: pass.signal, before })) {
    progress.currentPage += 1;
    progress.totalPages = listed.totalPages;
    for (const key of listed.keys) {
      progress.totalKeys += 1;
      if (!isOfMount(key, pass.backendUUID) || expired.has(key.tokenId)) continue;
      progress.mountKeys += 1;
      if (expiredBefore(key, pass.before)) {
        progress.expired += 1;
        if (expired.size < mostExpired) expired.add(key.tokenId);
      } else if (looksUnclaimed(key, pass.before, pass.now)) {
        progress.unclaimed += 1;
        if (progress.examples.length < mostExamples) progress.examples.push(unclaimedKey(key));
      }
    }
    // The oldest come first: a key made within the buffer cannot have expired before it.
    const created = listed.keys.at(-1)?.createdAt;
    if (created !== undefined && created >= pass.before) break;
  }
  return expired;
}

function unclaimedKey(key: ListedKey): UnclaimedKey {
  const { role, requestId } = originOf(key);
  return { alias: key.alias ?? '', role, createdAt: key.createdAt ?? new Date(0), requestId };
}

/** Some keys could not be deleted; the message has the first error. */
class TidyError extends Error {
  override readonly name = 'TidyError';

  constructor(failed: number, first: unknown) {
    const reason = first instanceof Error ? first.message : String(first);
    super(`${failed} expired ${failed === 1 ? 'key' : 'keys'} could not be deleted: ${reason}`, { cause: first });
  }
}

async function deleteAll(expired: ReadonlySet<string>, pass: TidyPass, progress: TidyProgress): Promise<void> {
  const failures: unknown[] = [];
  let inARow = 0;
  let done = 0;
  for (const tokenId of expired) {
    progress.message = `deleting expired keys: ${done} of ${expired.size} looked at`;
    done += 1;
    try {
      await pause(pass.pauseDuration, pass.signal);
      if (await deleteIfExpired(tokenId, pass)) progress.deleted += 1;
      inARow = 0;
    } catch (error) {
      if (pass.signal.aborted || error instanceof RequestAbortedError) throw error;
      failures.push(error);
      inARow += 1;
      if (inARow >= mostFailuresInARow) break;
    }
  }
  if (failures.length > 0) throw new TidyError(failures.length, failures[0]);
}

/** Checks a key once more right before it is deleted: the list may be old. Tells whether it was deleted here. */
async function deleteIfExpired(
  tokenId: string,
  { client, backendUUID, before, pauseDuration, signal }: TidyPass,
): Promise<boolean> {
  try {
    const info = await client.keyInfo(tokenId, signal);
    if (info.status === 'deleted' || livesByItsOwnClock(info)) return false;
    if (!isOfMount(info, backendUUID) || !expiredBefore(info, before)) return false;
    await pause(pauseDuration, signal);
    await client.deleteKey(tokenId, signal);
    return true;
  } catch (error) {
    // Somebody else was quicker, such as the revocation of the lease.
    if (error instanceof KeyNotFoundError) return false;
    throw error;
  }
}
