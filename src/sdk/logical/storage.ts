import { TransactionConflictError } from './error.ts';

/** One stored value. Go: `logical.StorageEntry` in sdk/logical/storage.go. */
export interface StorageEntry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Asks for the seal's extra encryption where the host has one. */
  readonly sealWrap?: boolean;
}

/**
 * A mount's own storage. A write on a node that must not write is refused with `ReadOnlyError`.
 * Go: `logical.Storage` in sdk/logical/storage.go.
 */
export interface Storage {
  /** The keys right below a prefix that is empty or ends in a slash; folders end in a slash. */
  list(prefix: string): Promise<readonly string[]>;
  /**
   * The same in order, from the first key after `after` on, which need not be there, and at most `limit` of them; 0 is no
   * limit. Undefined where the host has no pages. Go: `ListPage` of OpenBao's SDK.
   */
  listPage(prefix: string, after: string, limit: number): Promise<readonly string[] | undefined>;
  get(key: string): Promise<StorageEntry | undefined>;
  put(entry: StorageEntry): Promise<void>;
  /** Removes a key; one that is absent is no error. */
  delete(key: string): Promise<void>;
  /** Begins a transaction; undefined where the host's storage has none. Go: `logical.Transactional` of OpenBao's SDK. */
  beginTx(): Promise<Transaction | undefined>;
}

/**
 * A storage whose reads are of one moment, and whose writes are all made by {@link Transaction.commit} or not at all. One
 * of its two methods must be called. Go: `logical.Transaction` of OpenBao's SDK.
 */
export interface Transaction extends Omit<Storage, 'beginTx'> {
  /** Throws `TransactionConflictError` where something that was read is not as it was; nothing is stored then. */
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

const mostTries = 5;

/**
 * Does work in a transaction, or with the storage itself where that has none. What the work throws leaves the storage as
 * it was. Where another has changed what the work has read, it is done anew: it must bear that.
 * Go: `logical.WithTransaction` of OpenBao's SDK, which leaves doing it anew to its caller.
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
      // The host forgets it in the end; what the work has thrown is what counts.
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
 * The JSON value of an entry, not yet checked. Throws an error that names the key, and never
 * shows the value, when it is not JSON. Go: `StorageEntry.DecodeJSON`.
 */
export function decodeStorageEntry(entry: StorageEntry): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(entry.value)) as unknown;
  } catch {
    throw new Error(`the stored entry "${entry.key}" is not JSON`);
  }
}
