/** Why something was not rotated that should have been, until it is. */
export interface RotationFailure {
  /** When it first failed. */
  readonly since: Date;
  readonly attempts: number;
  /** Of the last attempt. */
  readonly message: string;
  readonly nextTry: Date;
}

/** One that waits to be rotated. */
export interface Waiting {
  readonly name: string;
  /** When to look at it. */
  readonly when: Date;
  /** When `when` was computed. */
  readonly seen: Date;
  readonly failure?: RotationFailure;
}

const firstRetryMs = 60_000;
const lastRetryMs = 3_600_000;

/**
 * What waits to be rotated, by name, only in memory. A search for what is due goes through all: 10,000 take a
 * millisecond.
 */
export class WaitingRotations {
  readonly #waiting = new Map<string, Waiting>();

  /** How many there are. */
  get size(): number {
    return this.#waiting.size;
  }

  /** The one with this name. */
  get(name: string): Waiting | undefined {
    return this.#waiting.get(name);
  }

  /** Replaces the one with the same name. */
  put(waiting: Waiting): void {
    this.#waiting.set(waiting.name, waiting);
  }

  /** Does nothing if it is not there. */
  remove(name: string): void {
    this.#waiting.delete(name);
  }

  /** As they are now. */
  all(): readonly Waiting[] {
    return [...this.#waiting.values()];
  }

  /** Removes all of them. */
  clear(): void {
    this.#waiting.clear();
  }

  /** Those to look at now, the one that waited longest first. */
  due(now: Date): readonly Waiting[] {
    const due = this.all().filter(({ when }) => when.getTime() <= now.getTime());
    return due.toSorted((a, b) => a.when.getTime() - b.when.getTime());
  }

  /** The first moment after this one that something waits for, in milliseconds; undefined if nothing does. */
  firstAfter(now: number): number | undefined {
    let first: number | undefined;
    for (const { when } of this.#waiting.values()) {
      const at = when.getTime();
      if (at > now && (first === undefined || at < first)) first = at;
    }
    return first;
  }

  /** Puts back one that failed: to be tried in a minute, and then after twice as long each time, up to an hour. */
  putBackFailed(waiting: Waiting, error: unknown, now: Date): RotationFailure {
    const attempts = (waiting.failure?.attempts ?? 0) + 1;
    const pause = Math.min(firstRetryMs * 2 ** (attempts - 1), lastRetryMs);
    const nextTry = new Date(now.getTime() + pause);
    const message = error instanceof Error ? error.message : String(error);
    const failure = { since: waiting.failure?.since ?? now, attempts, message, nextTry };
    this.put({ ...waiting, when: nextTry, failure });
    return failure;
  }
}
