import { TransactionConflictError } from '../../src/sdk/logical/error.ts';
import type { Storage, StorageEntry, Transaction } from '../../src/sdk/logical/storage.ts';

/** The calls that a {@link MemoryStorage} counts. */
export type StorageCall = 'list' | 'get' | 'put' | 'delete' | 'begin' | 'commit' | 'rollback';

const noCalls = { list: 0, get: 0, put: 0, delete: 0, begin: 0, commit: 0, rollback: 0 };

/** What a {@link MemoryStorage} offers beside what every host does; OpenBao does, Vault does not. */
export interface MemoryStorageOptions {
  readonly transactional?: boolean;
  readonly paged?: boolean;
}

/** A storage in memory that counts its calls and can be made to fail. */
export class MemoryStorage implements Storage {
  /** How often each method was called, failed calls included. */
  readonly calls: Record<StorageCall, number> = { ...noCalls };
  /** Called before each call takes effect; what it throws fails the call. */
  intercept: ((call: StorageCall, key: string) => void | Promise<void>) | undefined;
  readonly #entries = new Map<string, StorageEntry>();
  readonly #options: MemoryStorageOptions;

  constructor(options: MemoryStorageOptions = {}) {
    this.#options = options;
  }

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
    Object.assign(this.calls, noCalls);
  }

  async list(prefix: string): Promise<readonly string[]> {
    await this.#count('list', prefix);
    const below = this.keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    return [...new Set(below.map((key) => (key.includes('/') ? key.slice(0, key.indexOf('/') + 1) : key)))];
  }

  async listPage(prefix: string, after: string, limit: number): Promise<readonly string[] | undefined> {
    if (this.#options.paged !== true) return undefined;
    const keys = (await this.list(prefix)).filter((key) => key > after);
    return limit > 0 ? keys.slice(0, limit) : keys;
  }

  /** A transaction that fails where an entry that it has read is not as it was. */
  async beginTx(): Promise<Transaction | undefined> {
    if (this.#options.transactional !== true) return undefined;
    await this.#count('begin', '');
    const read = new Map<string, StorageEntry | undefined>();
    const written = new Map<string, StorageEntry | undefined>();
    return {
      list: (prefix) => this.list(prefix),
      listPage: (prefix, after, limit) => this.listPage(prefix, after, limit),
      get: async (key) => {
        if (written.has(key)) return written.get(key);
        const entry = await this.get(key);
        read.set(key, this.#entries.get(key));
        return entry;
      },
      put: async (entry) => {
        await this.#count('put', entry.key);
        written.set(entry.key, { ...entry, value: entry.value.slice() });
      },
      delete: async (key) => {
        await this.#count('delete', key);
        written.set(key, undefined);
      },
      commit: async () => {
        await this.#count('commit', '');
        const changed = [...read].some(([key, entry]) => this.#entries.get(key) !== entry);
        if (changed) throw new TransactionConflictError('transaction commit failed');
        for (const [key, entry] of written) {
          if (entry === undefined) this.#entries.delete(key);
          else this.#entries.set(key, entry);
        }
      },
      rollback: async () => await this.#count('rollback', ''),
    };
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
