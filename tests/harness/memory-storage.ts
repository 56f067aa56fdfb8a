import type { Storage, StorageEntry } from '../../src/sdk/logical/storage.ts';

/** The calls that a {@link MemoryStorage} counts. */
export type StorageCall = 'list' | 'get' | 'put' | 'delete';

/** A storage in memory that counts its calls and can be made to fail. */
export class MemoryStorage implements Storage {
  /** How often each method was called, failed calls included. */
  readonly calls: Record<StorageCall, number> = { list: 0, get: 0, put: 0, delete: 0 };
  /** Called before each call takes effect; what it throws fails the call. */
  intercept: ((call: StorageCall, key: string) => void | Promise<void>) | undefined;
  readonly #entries = new Map<string, StorageEntry>();

  /** All keys, sorted. */
  get keys(): readonly string[] {
    return [...this.#entries.keys()].toSorted();
  }

  /** The number of all calls. */
  get totalCalls(): number {
    return Object.values(this.calls).reduce((sum, count) => sum + count, 0);
  }

  /** Sets all counters to zero. */
  resetCalls(): void {
    Object.assign(this.calls, { list: 0, get: 0, put: 0, delete: 0 });
  }

  async list(prefix: string): Promise<readonly string[]> {
    await this.#count('list', prefix);
    const below = this.keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    return [...new Set(below.map((key) => (key.includes('/') ? key.slice(0, key.indexOf('/') + 1) : key)))];
  }

  async get(key: string): Promise<StorageEntry | undefined> {
    await this.#count('get', key);
    const entry = this.#entries.get(key);
    return entry && { ...entry, value: entry.value.slice() };
  }

  async put(entry: StorageEntry): Promise<void> {
    await this.#count('put', entry.key);
    this.#entries.set(entry.key, { ...entry, value: entry.value.slice() });
  }

  async delete(key: string): Promise<void> {
    await this.#count('delete', key);
    this.#entries.delete(key);
  }

  /** The JSON value under a key, uncounted; undefined when there is none. */
  peek(key: string): unknown {
    const entry = this.#entries.get(key);
    return entry && (JSON.parse(new TextDecoder().decode(entry.value)) as unknown);
  }

  /** The whole entry under a key, uncounted. */
  peekEntry(key: string): StorageEntry | undefined {
    return this.#entries.get(key);
  }

  async #count(call: StorageCall, key: string): Promise<void> {
    this.calls[call]++;
    await this.intercept?.(call, key);
  }
}
