import type { SystemView } from '../../sdk/logical/system-view.ts';

/** What a mount's leases are bounded by, in seconds. */
export interface MountBounds {
  readonly defaultLeaseTTL: number;
  readonly maxLeaseTTL: number;
}

/** What tells the bounds. */
export type BoundsSource = Pick<SystemView, 'defaultLeaseTTL' | 'maxLeaseTTL'>;

/** A question costs as much as a storage read: between two of them lie as many milliseconds, however many keys are issued. */
export const betweenMs = 50;

/**
 * The mount's bounds as the host last told them. Issuing goes by them at once and asks again meanwhile; what was issued
 * by old ones is corrected (see `IssuedKeys`).
 */
export class IssuingBounds {
  readonly #system: BoundsSource;
  readonly #now: () => number;
  #known: MountBounds | undefined;
  #asking: Promise<MountBounds> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  /** `now` is in milliseconds and never goes back. */
  constructor(system: BoundsSource, now: () => number = () => performance.now()) {
    this.#system = system;
    this.#now = now;
  }

  /** The bounds, however old; asks when there are none yet. */
  async known(): Promise<MountBounds> {
    return this.#known ?? (await (this.#asking ?? this.ask()));
  }

  /** Asks, unless that was done a moment ago: undefined then. */
  askAgain(): Promise<MountBounds> | undefined {
    return this.#now() - this.#askedAt < betweenMs ? undefined : this.ask();
  }

  /** Asks the host. */
  ask(): Promise<MountBounds> {
    this.#askedAt = this.#now();
    const asking = this.#askHost(() => this.#asking === asking);
    this.#asking = asking;
    asking.catch(() => {
      if (this.#asking !== asking) return;
      this.#asking = undefined;
      this.#askedAt = Number.NEGATIVE_INFINITY;
    });
    return asking;
  }

  async #askHost(isLatest: () => boolean): Promise<MountBounds> {
    const [defaultLeaseTTL, maxLeaseTTL] = await Promise.all([
      this.#system.defaultLeaseTTL(),
      this.#system.maxLeaseTTL(),
    ]);
    const bounds = { defaultLeaseTTL, maxLeaseTTL };
    if (isLatest()) this.#known = bounds;
    return bounds;
  }
}
