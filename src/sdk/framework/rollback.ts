import type { Clock } from '../logical/clock.ts';
import { ReadOnlyError } from '../logical/error.ts';
import type { Logger } from '../logical/logger.ts';
import type { Request } from '../logical/request.ts';
import { errorResponse, type Response } from '../logical/response.ts';
import { humanDuration } from './duration.ts';
import { deleteWAL, getWAL, listWAL } from './wal.ts';

/** How old a write-ahead entry must be by default, in seconds. */
const defaultMinAge = 600;

/** What {@link rollBackWAL} needs. */
export interface RollbackOptions {
  /** Undoes what an entry describes. */
  readonly walRollback: (req: Request, kind: string, data: unknown) => Promise<void>;
  /** Seconds. */
  readonly minAge?: number | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Rolls back the write-ahead entries that are old enough, or all of them if the request's data have `immediate`. An
 * entry is deleted once it is undone. One that fails stays for the next time and does not stop the others; those for
 * which the request has no time left stay too.
 *
 * Failures are logged and end in an error response, as in Go. A host ignores that response, so a mount can still be
 * unmounted; a thrown error would prevent it. Go: `Backend.handleWALRollback`.
 */
export async function rollBackWAL(req: Request, options: RollbackOptions): Promise<Response | undefined> {
  const { minAge = defaultMinAge, clock, logger } = options;
  const failures: string[] = [];
  const fail = (what: string, error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    logger.log('error', `${what}; it will be tried again`, { error: reason });
    failures.push(`${what}: ${reason}`);
  };

  let ids: readonly string[] = [];
  try {
    ids = await listWAL(req.storage);
  } catch (error) {
    fail('the write-ahead entries could not be listed', error);
  }
  const now = clock.now().getTime() / 1000;
  const before = Object.hasOwn(req.data, 'immediate') ? Number.POSITIVE_INFINITY : now - minAge;
  for (const [index, id] of ids.entries()) {
    if (req.signal.aborted) {
      fail(`${ids.length - index} write-ahead entries were not reached`, req.signal.reason);
      break;
    }
    let what = `the write-ahead entry "${id}" could not be rolled back`;
    try {
      const entry = await getWAL(req.storage, id);
      if (entry === undefined || entry.createdAt >= before) continue;
      what = `the write-ahead entry "${id}" of kind "${entry.kind}", ${humanDuration(now - entry.createdAt)} old, could not be rolled back`;
      await options.walRollback(req, entry.kind, entry.data);
      await deleteWAL(req.storage, id);
    } catch (error) {
      // This node must not write: the one that may has the same entries.
      if (error instanceof ReadOnlyError) break;
      fail(what, error);
    }
  }
  return failures.length === 0 ? undefined : errorResponse(failures.join('; '));
}
