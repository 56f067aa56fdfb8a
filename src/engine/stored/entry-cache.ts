import type { Clock } from '../../sdk/logical/clock.ts';

/**
 * An invalidation can be missed (a notice from another node is lost, a snapshot is restored): nothing is trusted
 * longer.
 */
const lifetimeSeconds = 10;
/** If there are more entries than this, all are loaded again: the memory stays bounded. */
const maxEntries = 10_000;

interface Cached<Entry> {
  readonly value: Promise<Entry | undefined>;
  readonly loadedAt: number;
}

/**
 * Stored entries only for issuing, renewing and revoking keys, so that these usually ask the storage nothing. Reads,
 * lists and existence checks must not use it. A change raises the generation: what is being loaded meanwhile goes to
 * those who wait for it, and is not kept.
 */
export class EntryCache<Entry> {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Cached<Entry>>();
  #generation = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The entry of a key, loaded if necessary. What is absent, and what fails, is not kept. */
  async get(key: string, load: () => Promise<Entry | undefined>): Promise<Entry | undefined> {
    const now = this.#clock.now().getTime() / 1000;
    const cached = this.#entries.get(key);
    // A clock that was set back must not make an entry live longer.
    if (cached && Math.abs(now - cached.loadedAt) < lifetimeSeconds) return await cached.value;

    if (this.#entries.size >= maxEntries) this.#entries.clear();
    const generation = this.#generation;
    const value = load();
    const loading = { value, loadedAt: now };
    this.#entries.set(key, loading);
    const forget = (): void => {
      if (this.#entries.get(key) === loading) this.#entries.delete(key);
    };
    try {
      const entry = await value;
      if (entry === undefined || generation !== this.#generation) forget();
      return entry;
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** Forgets everything. Call it before and after a write, whether the write failed or not. */
  invalidate(): void {
    this.#generation += 1;
    this.#entries.clear();
  }
}
