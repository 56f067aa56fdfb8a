import { TransactionConflictError } from './error.ts';

/** One stored value. Go: `logical.StorageEntry` in sdk/logical/storage.go. */
export interface StorageEntry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Asks for the seal's extra encryption, if the host has one. */
  readonly sealWrap?: boolean;
}

/**
 * A mount's own storage. A node that must not write refuses a write with `ReadOnlyError`. Go: `logical.Storage` in
 * sdk/logical/storage.go.
 */
export interface Storage {
  /** The keys right below a prefix that is empty or ends in a slash; folders end in a slash. */
  list(prefix: string): Promise<readonly string[]>;
  /**
   * The same in order, from the first key after `after`, which need not exist, and at most `limit` of them; 0 is no
   * limit. Undefined if the host has no pages. Go: `ListPage` of OpenBao's SDK.
   */
  listPage(prefix: string, after: string, limit: number): Promise<readonly string[] | undefined>;
  get(key: string): Promise<StorageEntry | undefined>;
  put(entry: StorageEntry): Promise<void>;
  /** Removes a key; does nothing if it is absent. */
  delete(key: string): Promise<void>;
  /** Begins a transaction; undefined if the host's storage has none. Go: `logical.Transactional` of OpenBao's SDK. */
  beginTx(): Promise<Transaction | undefined>;
}

/**
 * A storage that reads as of one moment, and stores all its writes in {@link Transaction.commit} or none. One of its
 * two methods must be called. Go: `logical.Transaction` of OpenBao's SDK.
 */
export interface Transaction extends Omit<Storage, 'beginTx'> {
  /** Throws `TransactionConflictError` if something that was read has changed; then nothing is stored. */
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

const mostTries = 5;

/**
 * Does work in a transaction, or with the storage itself if that has none. If the work throws, the storage stays as it
 * was. If somebody changed what the work read, it is repeated: it must allow that. Go: `logical.WithTransaction` of
 * OpenBao's SDK, which leaves repeating it to its caller.
 */
export async function withTransaction<Result>(
  storage: Storage,
  work: (storage: Omit<Storage, 'beginTx'>) => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    const transaction = await storage.beginTx();
    if (transaction === undefined) return await work(storage);
    let result: Result;
    try {
      result = await work(transaction);
    } catch (error) {
      // The host forgets it in the end; the error of the work counts.
      await transaction.rollback().catch(() => undefined);
      throw error;
    }
    try {
      await transaction.commit();
      return result;
    } catch (error) {
      if (!(error instanceof TransactionConflictError) || tries === mostTries) throw error;
    }
  }
}

/** An entry whose value is JSON. Go: `logical.StorageEntryJSON`. */
export function storageEntryJSON(key: string, value: unknown, sealWrap = false): StorageEntry {
  return { key, value: new TextEncoder().encode(JSON.stringify(value)), sealWrap };
}

/**
 * The JSON value of an entry, not yet checked. If it is not JSON, throws an error that names the key and never shows
 * the value. Go: `StorageEntry.DecodeJSON`.
 */
export function decodeStorageEntry(entry: StorageEntry): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(entry.value)) as unknown;
  } catch {
    throw new Error(`the stored entry "${entry.key}" is not JSON`);
  }
}
