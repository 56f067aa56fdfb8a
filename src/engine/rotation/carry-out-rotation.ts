import { LiteLLMError } from '../../litellm/error.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import { ReadOnlyError, TransactionConflictError } from '../../sdk/logical/error.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import type { Sleep } from '../lease/sleep.ts';
import { type RotationHandler, type RotationPlan, SupersededError } from './rotation-handler.ts';
import type { OpenRotation } from './rotation-ledger.ts';

/** Milliseconds before a commit is repeated if nobody knows whether it was stored. */
const commitPausesMs: readonly number[] = [200, 1_000];

/** What carrying a rotation out needs. */
export interface CarryOutOptions {
  readonly handler: RotationHandler;
  readonly storage: Storage;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly logger: Logger;
}

/**
 * Makes the successor of a rotation whose entry is written, and stores it. If that fails, it notes in `open` what is
 * known, and throws.
 */
export async function carryOutRotation(
  open: OpenRotation,
  plan: RotationPlan,
  options: CarryOutOptions,
): Promise<void> {
  const { signal, logger } = options;
  await rename(open, options);
  await make(open, plan, options);
  try {
    await plan.verify?.(signal);
  } catch (error) {
    // There is no way back: the predecessor is gone.
    if (!open.entry.replaces) throw error;
    const { keyAlias } = open.entry.successor;
    logger.log('warn', 'a key that has replaced another could not be verified, and is stored all the same', {
      key_alias: keyAlias,
      error: error instanceof Error ? error.message : String(error),
    });
  }
  signal.throwIfAborted();
  await commit(open, plan, options);
  open.committed = true;
}

async function rename(open: OpenRotation, { handler, storage, signal }: CarryOutOptions): Promise<void> {
  const { renamedTo } = open.entry.predecessor ?? {};
  if (renamedTo === undefined) return;
  try {
    await handler.rename?.(storage, open.entry, renamedTo, signal);
  } catch (error) {
    open.renameLost = !hadNoEffect(error);
    throw error;
  }
}

async function make(
  open: OpenRotation,
  plan: RotationPlan,
  { handler, storage, signal }: CarryOutOptions,
): Promise<void> {
  open.notMade = false;
  try {
    await plan.make(signal);
  } catch (error) {
    open.notMade = hadNoEffect(error);
    if (open.notMade || !(await handler.exists(storage, open.entry, signal).catch(() => false))) throw error;
  }
}

async function commit(
  open: OpenRotation,
  plan: RotationPlan,
  { handler, storage, signal, clock, sleep }: CarryOutOptions,
): Promise<void> {
  const { entry } = open;
  for (let tries = 0; ; tries++) {
    try {
      await plan.commit();
      return;
    } catch (error) {
      const current = await handler.current(storage, entry.name).catch(() => undefined);
      if (current === entry.successor.tokenId) return;
      if (storedNothing(error)) throw error;
      open.undecidedSince = clock.now();
      const pause = commitPausesMs[tries];
      if (pause === undefined) throw error;
      await sleep(pause, signal);
    }
  }
}

/** Whether it is certain that LiteLLM did not do what it was asked, and will not. */
function hadNoEffect(error: unknown): boolean {
  return error instanceof UserMistake || (error instanceof LiteLLMError && !error.outcomeUnknown);
}

/** Whether it is certain that a write was not carried out, and will not be. */
function storedNothing(error: unknown): boolean {
  return (
    error instanceof SupersededError || error instanceof ReadOnlyError || error instanceof TransactionConflictError
  );
}
