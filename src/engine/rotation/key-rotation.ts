import type { Clock } from '../../sdk/logical/clock.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Random } from '../../sdk/logical/random.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { BackgroundWork } from '../lease/background-work.ts';
import type { Sleep } from '../lease/sleep.ts';
import type { RotatingThing, RotationHandler, RotationKind, RotationPlan } from './rotation-handler.ts';

/** What {@link KeyRotation} needs. */
export interface KeyRotationOptions {
  readonly background: BackgroundWork;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
  readonly logger: Logger;
}

/**
 * Puts one key in the place of another, so that whatever fails in between, and whenever the process dies, one value is
 * stored and works, and no other key of ours is left in the end:
 *
 * 1. what an earlier rotation of the same thing has left is finished or undone;
 * 2. a write-ahead entry holds the successor's value;
 * 3. the predecessor gets another alias, where it is to;
 * 4. LiteLLM makes the successor, and it is verified;
 * 5. one write stores the successor: that is the commit;
 * 6. the predecessor is ended, or given its last expiry;
 * 7. the entry is removed.
 *
 * Recovery goes by what is stored: the successor, then forward (6, 7); otherwise back, which ends the successor and gives
 * the predecessor its alias again. One mount has one, for all that rotates in it.
 */
export declare class KeyRotation {
  constructor(options: KeyRotationOptions);

  /** Takes the handler of a kind; each kind has one, and all are there before the first request. */
  handle(handler: RotationHandler): void;

  /**
   * Rotates a key, once it is its turn: two calls are two rotations, one after the other. `plan` is called when its turn has
   * come and nothing is left of earlier ones; what it throws changes nothing. From the write-ahead entry on the rotation runs
   * to its end or its undoing, whatever becomes of the caller, which has to wait for that. Gives warnings of what is still to
   * be done, and will be by itself. Throws what `plan`, `make`, `verify` and `commit` throw, a `LiteLLMError` as it came,
   * once all is undone or is left to the recovery.
   */
  rotate(
    storage: Storage,
    thing: RotatingThing,
    plan: (signal: AbortSignal) => Promise<RotationPlan>,
  ): Promise<readonly string[]>;

  /**
   * Does something to what is stored of a thing while nothing rotates it, and after what earlier rotations have left is
   * finished or undone: a static role is deleted so, for one. Throws where that cannot be done yet, and what `work` throws.
   */
  exclusively<Result>(
    storage: Storage,
    thing: RotatingThing,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result>;

  /**
   * Finishes or undoes what processes before this one and failed rotations have left, as far as that can be told now; the
   * rest is tried again by the next call. Never throws: it logs. For initialize and periodic of a node that may write.
   */
  recover(storage: Storage): Promise<void>;

  /** Does that for one entry of the host's rollback, and throws while it is not done. The caller removes the entry. */
  rollback(req: Request, kind: RotationKind, data: unknown): Promise<void>;
}
