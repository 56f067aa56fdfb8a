import { KeyNotFoundError, RequestRejectedError } from '../../litellm/error.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import { KeyOutOfReachError } from '../lease/end-key.ts';
import type { RotationEntry, RotationHandler } from './rotation-handler.ts';
import type { OpenRotation } from './rotation-ledger.ts';

/** How long a write may still take effect after it failed, as in a cluster that changes its leader: milliseconds. */
const undecidedMs = 60_000;

/** Nobody can tell yet; another rotation meanwhile does no harm. */
class TooEarlyError extends Error {
  override readonly name = 'TooEarlyError';
}

/** Whether a new rotation may start despite an error of {@link settleRotation}: what is left will be settled later. */
export function isLeftForLater(error: unknown): boolean {
  return error instanceof TooEarlyError || error instanceof KeyOutOfReachError;
}

/** What settling a rotation needs. */
export interface SettleOptions {
  readonly handler: RotationHandler;
  readonly storage: Storage;
  readonly signal: AbortSignal;
  /** Whether there is no later, since the mount is being removed. */
  readonly immediate: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Finishes a rotation whose successor is stored, and undoes any other; may be repeated. Throws while it cannot tell
 * that it is finished or undone.
 */
export async function settleRotation(open: OpenRotation, options: SettleOptions): Promise<void> {
  const { handler, storage, signal, immediate, clock } = options;
  const { entry } = open;
  const { successor, predecessor } = entry;
  const retire = async (): Promise<void> => {
    if (predecessor !== undefined) await handler.retire(storage, entry, signal);
  };

  const current = await handler.current(storage, entry.name);
  if (current === successor.tokenId) return await retire();
  if (isUndecided(open, clock.now()) && !immediate) {
    throw new Error(
      'the storage did not tell whether the new key was stored, and may store it still: try again in a minute',
    );
  }
  const over = immediate || clock.now() >= entry.rollbackAfter;
  if (entry.replaces && current === predecessor?.tokenId) {
    if (open.notMade) return;
    if (await handler.exists(storage, entry, signal)) {
      await handler.adopt?.(storage, entry, signal);
      return await retire();
    }
    // A successor that comes late has ended its predecessor: to end it as well would leave no key that works.
    if (!over) throw tooEarly(entry);
    return;
  }
  let mayChange = open.renameLost;
  if (!open.notMade) mayChange = (await handler.discard(storage, entry, signal)) === 'already gone' || mayChange;
  if (current === predecessor?.tokenId) mayChange = !(await givenAliasBack(entry, options)) || mayChange;
  // A third key is stored. Was the successor ever? Nobody can have the value of a key of ours any more.
  else if (open.committed || predecessor?.ours === true) await retire();
  if (mayChange && !over) throw tooEarly(entry);
}

/** A clock that was set back must not keep it undecided. */
function isUndecided({ undecidedSince: since }: OpenRotation, now: Date): boolean {
  return since !== undefined && Math.abs(now.getTime() - since.getTime()) < undecidedMs;
}

function tooEarly({ successor, rollbackAfter }: RotationEntry): TooEarlyError {
  return new TooEarlyError(
    `LiteLLM may still be working on the key "${successor.keyAlias}", until ${rollbackAfter.toISOString()}`,
  );
}

/** Tells whether the predecessor has its alias back. */
async function givenAliasBack(
  entry: RotationEntry,
  { handler, storage, signal, logger }: SettleOptions,
): Promise<boolean> {
  const { keyAlias, renamedTo } = entry.predecessor ?? {};
  if (renamedTo === undefined || keyAlias === undefined) return true;
  try {
    await handler.rename?.(storage, entry, keyAlias, signal);
    return true;
  } catch (error) {
    if (error instanceof KeyNotFoundError) return true;
    // An alias that somebody else has taken is not worth a rotation that never ends.
    if (!(error instanceof RequestRejectedError)) throw error;
    const details = { key_alias: keyAlias, now: renamedTo, error: error.message };
    logger.log('warn', 'a key could not be given back its alias', details);
    return false;
  }
}
