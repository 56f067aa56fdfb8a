import * as v from 'valibot';
import type { Clock } from '../../sdk/logical/clock.ts';
import { decodeStorageEntry, type Storage, storageEntryJSON } from '../../sdk/logical/storage.ts';
import { EntryCache } from './entry-cache.ts';
import { Mutex } from './mutex.ts';

/** A stored entry is not of the form that this version writes. The content is not shown. */
export class StoredEntryError extends Error {
  override readonly name = 'StoredEntryError';

  constructor(key: string, field: string | null) {
    super(
      `the stored entry "${key}" ${field === null ? 'is' : `has a field "${field}" that is`} not of the form that this ` +
        'version of the plugin writes: delete it and write it anew, or go back to the version that wrote it',
    );
  }
}

/** What kind of entry a store keeps. */
export interface EntryStoreOptions<Entry> {
  readonly schema: v.GenericSchema<unknown, Entry>;
  readonly sealWrap: boolean;
  readonly clock: Clock;
}

/** Entries of one kind by their keys in a mount's storage. */
export class EntryStore<Entry> {
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
    if (stored === undefined) return undefined;
    const result = v.safeParse(this.#options.schema, decodeStorageEntry(stored));
    if (!result.success) throw new StoredEntryError(key, v.getDotPath(result.issues[0]));
    return result.output;
  }

  /** The entry, maybe some seconds old: for issuing keys alone. */
  async readForIssuing(storage: Storage, key: string): Promise<Entry | undefined> {
    return await this.#cache.get(key, () => this.read(storage, key));
  }

  /**
   * Stores what `change` makes of the entry as it is; nothing when it makes nothing of it or throws. Changes come one
   * after another, so none is lost. Tells whether anything was stored.
   */
  async change(
    storage: Storage,
    key: string,
    change: (existing: Entry | undefined) => Entry | undefined,
  ): Promise<boolean> {
    return await this.#changes.run(async () => {
      const entry = change(await this.read(storage, key));
      if (entry === undefined) return false;
      await this.#invalidating(() => storage.put(storageEntryJSON(key, entry, this.#options.sealWrap)));
      return true;
    });
  }

  /** Removes the entry; one that is absent is no error. */
  async delete(storage: Storage, key: string): Promise<void> {
    await this.#changes.run(() => this.#invalidating(() => storage.delete(key)));
  }

  /** Forgets what is kept for issuing. */
  invalidate(): void {
    this.#cache.invalidate();
  }

  async #invalidating(write: () => Promise<void>): Promise<void> {
    this.invalidate();
    try {
      await write();
    } finally {
      this.invalidate();
    }
  }
}
