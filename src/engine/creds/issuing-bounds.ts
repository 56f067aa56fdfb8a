import type { SystemView } from '../../sdk/logical/system-view.ts';

/** What a mount's leases are bounded by, in seconds. */
export interface MountBounds {
  readonly defaultLeaseTTL: number;
  readonly maxLeaseTTL: number;
}

/** What tells the bounds. */
export type BoundsSource = Pick<SystemView, 'defaultLeaseTTL' | 'maxLeaseTTL'>;

/** A question to the host, and when it was asked: milliseconds. */
export interface Asked {
  readonly askedAt: number;
  readonly answer: Promise<number>;
}

/** A question costs as much as a storage read: between two of them lie as many milliseconds, however many keys are issued. */
export const betweenMs = 100;

/**
 * The mount's bounds as the host last told them. Issuing goes by them at once and asks again meanwhile, and renewing by those
 * of a moment ago; what was issued or renewed by old ones is corrected (see `IssuedKeys`, which asks for the longest lease alone).
 */
export class IssuingBounds {
  readonly #defaultLease: AskedBound;
  readonly #maxLease: AskedBound;

  /** `now` is in milliseconds and never goes back. */
  constructor(system: BoundsSource, now: () => number = () => performance.now()) {
    this.#defaultLease = new AskedBound(() => system.defaultLeaseTTL(), now);
    this.#maxLease = new AskedBound(() => system.maxLeaseTTL(), now);
  }

  /** The bounds, however old; asks when there are none yet. */
  async known(): Promise<MountBounds> {
    const [defaultLeaseTTL, maxLeaseTTL] = [this.#defaultLease.known, this.#maxLease.known];
    if (defaultLeaseTTL !== undefined && maxLeaseTTL !== undefined) return { defaultLeaseTTL, maxLeaseTTL };
    return await bothOf(this.#defaultLease.told(), this.#maxLease.told());
  }

  /**
   * Asks for what was not asked for a moment ago: undefined where nothing is left. A role with a lease of its own has no
   * use for the default one, and that stays as it is known then.
   */
  askAgain({ needsDefault }: { readonly needsDefault: boolean }): Promise<MountBounds> | undefined {
    const asksDefault = needsDefault && this.#defaultLease.isOld;
    const asksMax = this.#maxLease.isOld;
    if (!asksDefault && !asksMax) return undefined;
    return bothOf(
      asksDefault ? this.#defaultLease.ask().answer : this.#defaultLease.told(),
      asksMax ? this.#maxLease.ask().answer : this.#maxLease.told(),
    );
  }

  /** As the host's own, but a question that was asked a moment ago is not asked again: its answer is given. */
  get recent(): BoundsSource {
    return { defaultLeaseTTL: () => this.#defaultLease.recent(), maxLeaseTTL: () => this.#maxLease.recent() };
  }

  /** The latest question for the longest lease; undefined where there was none, or it failed. */
  get lastAskedMax(): Asked | undefined {
    return this.#maxLease.last;
  }

  /** Asks for the longest lease. */
  askMax(): Asked {
    return this.#maxLease.ask();
  }
}

/** One of the bounds. */
class AskedBound {
  readonly #askHost: () => Promise<number>;
  readonly #now: () => number;
  known: number | undefined;
  last: Asked | undefined;

  constructor(askHost: () => Promise<number>, now: () => number) {
    this.#askHost = askHost;
    this.#now = now;
  }

  get isOld(): boolean {
    return this.last === undefined || this.#now() - this.last.askedAt >= betweenMs;
  }

  /** What was told last, however old; of a first question the answer. */
  async told(): Promise<number> {
    return this.known ?? (await (this.last ?? this.ask()).answer);
  }

  /** What was told to a question of a moment ago, or to one that is asked now. */
  async recent(): Promise<number> {
    return await (this.last === undefined || this.isOld ? this.ask() : this.last).answer;
  }

  ask(): Asked {
    const asked: Asked = { askedAt: this.#now(), answer: this.#askHost() };
    this.last = asked;
    asked.answer.then(
      (seconds) => {
        // Of two answers under way the one that was asked for later holds.
        if (this.last === asked) this.known = seconds;
      },
      () => {
        if (this.last === asked) this.last = undefined;
      },
    );
    return asked;
  }
}

async function bothOf(defaultLease: Promise<number>, maxLease: Promise<number>): Promise<MountBounds> {
  const [defaultLeaseTTL, maxLeaseTTL] = await Promise.all([defaultLease, maxLease]);
  return { defaultLeaseTTL, maxLeaseTTL };
}
