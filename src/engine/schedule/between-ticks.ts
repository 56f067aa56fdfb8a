import type { Clock } from '../../sdk/logical/clock.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { WaitingRotations } from './waiting-rotations.ts';

/** What {@link BetweenTicks} needs. */
export interface BetweenTicksOptions {
  readonly waiting: WaitingRotations;
  readonly clock: Clock;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Starts what is due, and does not wait for it. */
  readonly begin: (storage: Storage) => void;
}

/** The host asks for what is due about this often; the margin is for a late tick. */
const longestMs = 75_000;
/** A timer may fire a little early. */
const marginMs = 10;

/**
 * Starts what becomes due between two ticks of the host at its moment, and not up to a minute later: some clients read
 * a credential when its ttl is over, and then not for a whole period (the Vault Secrets Operator).
 */
export class BetweenTicks {
  readonly #options: BetweenTicksOptions;
  #waking: AbortController | undefined;
  #next = Number.POSITIVE_INFINITY;

  constructor(options: BetweenTicksOptions) {
    this.#options = options;
  }

  /** Waits for the first moment before the next tick, and again after it. Ends an earlier wait. */
  watch(storage: Storage): void {
    this.stop();
    const { waiting, clock } = this.#options;
    const now = clock.now().getTime();
    const next = waiting.firstAfter(now);
    if (next === undefined || next - now > longestMs) return;
    this.#waking = new AbortController();
    this.#next = next;
    void this.#wait(storage, next - now + marginMs, next, this.#waking.signal);
  }

  /** Whether the current wait would sleep through this moment, of something that was put just now. */
  misses(when: Date): boolean {
    const at = when.getTime();
    return at < this.#next && at - this.#options.clock.now().getTime() <= longestMs;
  }

  /** Stops waiting. */
  stop(): void {
    this.#waking?.abort(new Error('nothing is waited for'));
    this.#waking = undefined;
    this.#next = Number.POSITIVE_INFINITY;
  }

  async #wait(storage: Storage, milliseconds: number, next: number, signal: AbortSignal): Promise<void> {
    const { sleep, clock, begin } = this.#options;
    try {
      await sleep(milliseconds, signal);
    } catch {
      return;
    }
    // The clock was set back: the next tick sees to it.
    if (signal.aborted || clock.now().getTime() < next) return;
    begin(storage);
    this.watch(storage);
  }
}
