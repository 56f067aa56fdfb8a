import * as v from 'valibot';
import type { Clock } from '../../sdk/logical/clock.ts';
import { CodedError } from '../../sdk/logical/error.ts';
import {
  decodeStorageEntry,
  type Storage,
  type StorageEntry,
  storageEntryJSON,
  withTransaction,
} from '../../sdk/logical/storage.ts';
import { EntryCache } from './entry-cache.ts';
import { Mutex } from './mutex.ts';

const internalServerError = 500;

/**
 * A stored entry does not have the form that this version writes. The content is not shown. It has a status, since a
 * host may show an error without one only as "internal error".
 */
export class StoredEntryError extends CodedError {
  override readonly name = 'StoredEntryError';

  /** `field` is the name in the storage; null for the entry as a whole. */
  constructor(key: string, field: string | null, options?: ErrorOptions) {
    super(
      internalServerError,
      `the stored entry "${key}" ${field === null ? 'is' : `has a field "${field}" that is`} not of the form that this ` +
        'version of the plugin writes: write it again in full, delete it, or go back to the version that wrote it',
      options,
    );
  }
}

/** What kind of entry a store keeps. */
export interface EntryStoreOptions<Entry> {
  /** For an object; names that it does not know are left alone. */
  readonly schema: v.GenericSchema<unknown, Entry>;
  readonly sealWrap: boolean;
  readonly clock: Clock;
}

/** Entries of one kind by their keys in a mount's storage. */
export class EntryStore<Entry extends object> {
  readonly #options: EntryStoreOptions<Entry>;
  readonly #cache: EntryCache<Entry>;
  readonly #changes = new Mutex();

  constructor(options: EntryStoreOptions<Entry>) {
    this.#options = options;
    this.#cache = new EntryCache(options.clock);
  }

  /** The entry as it is stored. Throws {@link StoredEntryError}. */
  async read(storage: Storage, key: string): Promise<Entry | undefined> {
    const stored = await storage.get(key);
    return stored && this.#parsed(key, this.#decoded(stored));
  }

  /** Whether there is an entry, even one that cannot be read. */
  async exists(storage: Storage, key: string): Promise<boolean> {
    return (await storage.get(key)) !== undefined;
  }

  /** The entry, maybe some seconds old: only for issuing, renewing and revoking keys. */
  async readForIssuing(storage: Storage, key: string): Promise<Entry | undefined> {
    return await this.#cache.get(key, () => this.read(storage, key));
  }

  /**
   * Stores what `change` makes of the entry as it is; nothing if it gives undefined or throws. For an entry that cannot
   * be read, `overwrite` makes a whole one, given the names in it; without `overwrite`, that throws
   * {@link StoredEntryError}. Other names in the entry are kept: a newer version may have written them, and will look
   * for them. Changes come one after another, each in a transaction if the storage has them, so none is lost: `change`
   * may be called again. Tells whether anything was stored.
   */
  async change(
    storage: Storage,
    key: string,
    change: (existing: Entry | undefined) => Entry | undefined,
    overwrite?: (unreadable: StoredEntryError, names: readonly string[]) => Entry | undefined,
  ): Promise<boolean> {
    return await this.#changes.run(() =>
      this.#invalidating(() =>
        withTransaction(storage, async (view) => {
          const stored = await view.get(key);
          const { entry, others } = this.#changed(key, stored, change, overwrite);
          if (entry === undefined) return false;
          await view.put(storageEntryJSON(key, { ...others, ...entry }, this.#options.sealWrap));
          return true;
        }),
      ),
    );
  }

  /** Removes the entry, if there is one. */
  async delete(storage: Storage, key: string): Promise<void> {
    await this.#changes.run(() => this.#invalidating(() => storage.delete(key)));
  }

  /** Forgets what is kept for keys. */
  invalidate(): void {
    this.#cache.invalidate();
  }

  /** What becomes of an entry, and what else it holds. */
  #changed(
    key: string,
    stored: StorageEntry | undefined,
    change: (existing: Entry | undefined) => Entry | undefined,
    overwrite?: (unreadable: StoredEntryError, names: readonly string[]) => Entry | undefined,
  ): { readonly entry: Entry | undefined; readonly others: object } {
    if (stored === undefined) return { entry: change(undefined), others: {} };
    let others: object = {};
    let existing: Entry;
    try {
      const json = this.#decoded(stored);
      if (isObject(json)) others = json;
      existing = this.#parsed(key, json);
    } catch (error) {
      if (!(error instanceof StoredEntryError) || overwrite === undefined) throw error;
      return { entry: overwrite(error, Object.keys(others)), others };
    }
    return { entry: change(existing), others };
  }

  #decoded(stored: StorageEntry): unknown {
    try {
      return decodeStorageEntry(stored);
    } catch (cause) {
      throw new StoredEntryError(stored.key, null, { cause });
    }
  }

  #parsed(key: string, json: unknown): Entry {
    if (!isObject(json)) throw new StoredEntryError(key, null);
    const result = v.safeParse(this.#options.schema, json);
    if (!result.success) throw new StoredEntryError(key, v.getDotPath(result.issues[0]));
    return result.output;
  }

  async #invalidating<Result>(write: () => Promise<Result>): Promise<Result> {
    this.invalidate();
    try {
      return await write();
    } finally {
      this.invalidate();
    }
  }
}

/** valibot accepts a list as an object. */
function isObject(json: unknown): json is object {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
