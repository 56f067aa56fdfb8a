import type { SystemView } from '../../sdk/logical/system-view.ts';

/** The bounds of a mount's leases, in seconds. */
export interface MountBounds {
  readonly defaultLeaseTTL: number;
  readonly maxLeaseTTL: number;
}

/** Where the bounds come from. */
export type BoundsSource = Pick<SystemView, 'defaultLeaseTTL' | 'maxLeaseTTL'>;

/** A question to the host, and when it was asked: milliseconds. */
export interface Asked {
  readonly askedAt: number;
  readonly answer: Promise<number>;
}

/** Milliseconds between two questions, however many keys are issued: a question costs as much as a storage read. */
export const betweenMs = 100;

/**
 * The mount's bounds as the host last told them. Issuing uses them at once and asks again meanwhile; renewing uses
 * those of a moment ago. `IssuedKeys` corrects what old bounds got wrong, and asks for the longest lease alone.
 */
export class IssuingBounds {
  readonly #defaultLease: AskedBound;
  readonly #maxLease: AskedBound;

  /** `now` is in milliseconds and never goes back. */
  constructor(system: BoundsSource, now: () => number = () => performance.now()) {
    this.#defaultLease = new AskedBound(() => system.defaultLeaseTTL(), now);
    this.#maxLease = new AskedBound(() => system.maxLeaseTTL(), now);
  }

  /** The bounds, however old; asks if there are none yet. */
  async known(): Promise<MountBounds> {
    const [defaultLeaseTTL, maxLeaseTTL] = [this.#defaultLease.known, this.#maxLease.known];
    if (defaultLeaseTTL !== undefined && maxLeaseTTL !== undefined) return { defaultLeaseTTL, maxLeaseTTL };
    return await bothOf(this.#defaultLease.told(), this.#maxLease.told());
  }

  /**
   * Asks for what was not asked for a moment ago; undefined if nothing is left. A role with a lease of its own does not
   * need the default one, so that stays as it is.
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

  /** Like the host's own, but answers a question of a moment ago without asking again. */
  get recent(): BoundsSource {
    return { defaultLeaseTTL: () => this.#defaultLease.recent(), maxLeaseTTL: () => this.#maxLease.recent() };
  }

  /** The latest question for the longest lease; undefined if there was none, or it failed. */
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

  /** What the host said last, however old; the answer to a first question. */
  async told(): Promise<number> {
    return this.known ?? (await (this.last ?? this.ask()).answer);
  }

  /** The answer to a question of a moment ago, or to one that is asked now. */
  async recent(): Promise<number> {
    return await (this.last === undefined || this.isOld ? this.ask() : this.last).answer;
  }

  ask(): Asked {
    const asked: Asked = { askedAt: this.#now(), answer: this.#askHost() };
    this.last = asked;
    asked.answer.then(
      (seconds) => {
        // Of two questions under way, the later one counts.
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
