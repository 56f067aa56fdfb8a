import type { Sleep } from '../../src/engine/lease/sleep.ts';
import type { Clock } from '../../src/sdk/logical/clock.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that a test turns by hand. Who sleeps by it is woken at once, or, once it is held, when it is turned far enough. */
export class FakeClock implements Clock {
  #now = new Date('2030-01-01T00:00:00Z').getTime();
  #held = false;
  readonly #sleepers = new Set<Sleeper>();
  readonly #watchers = new Set<() => void>();

  now(): Date {
    return new Date(this.#now);
  }

  /** Goes forward by so many seconds. */
  advance(seconds: number): void {
    this.#now += seconds * 1000;
    this.#wake();
  }

  /** From now on a sleep lasts until the clock is turned. */
  hold(): void {
    this.#held = true;
  }

  /** From now on a sleep takes no time, and who sleeps is woken. */
  flow(): void {
    this.#held = false;
    this.#wake();
  }

  /** Resolves when at least so many sleep. */
  async asleep(count = 1): Promise<void> {
    while (this.#sleepers.size < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#watchers.add(resolve);
      await promise;
    }
  }

  /** For whatever takes a {@link Sleep}. */
  readonly sleep: Sleep = async (milliseconds, signal) => {
    signal?.throwIfAborted();
    if (!this.#held) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper: Sleeper = { until: this.#now + milliseconds, wake: resolve };
    const onAbort = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#sleepers.add(sleeper);
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
    try {
      await promise;
    } finally {
      this.#sleepers.delete(sleeper);
      signal?.removeEventListener('abort', onAbort);
    }
  };

  #wake(): void {
    for (const sleeper of this.#sleepers) {
      if (this.#held && sleeper.until > this.#now) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}
