import type { Clock } from '../../sdk/logical/clock.ts';

/** Invalidation can be missed (a notice from another node is lost, a snapshot is restored): nothing is trusted longer. */
const lifetimeSeconds = 10;
/** More roles than this in ten seconds are loaded again; the memory stays bounded. */
const maxEntries = 10_000;

interface Cached<Entry> {
  readonly value: Promise<Entry | undefined>;
  readonly loadedAt: number;
}

/**
 * Stored entries for issuing, renewing and revoking keys alone, so that the ordinary way asks the storage nothing. Reads,
 * lists and existence checks must not use it. A change raises the generation: what was being loaded meanwhile is handed to
 * those who wait for it, and not kept.
 */
export class EntryCache<Entry> {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Cached<Entry>>();
  #generation = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The entry of a key, loaded if need be. What is absent and what fails is not kept. */
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

  /** Forgets everything; call it before and after a write, whether the write failed or not. */
  invalidate(): void {
    this.#generation += 1;
    this.#entries.clear();
  }
}
