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
  get(key: string): Promise<StorageEntry | undefined>;
  put(entry: StorageEntry): Promise<void>;
  /** Removes a key; one that is absent is no error. */
  delete(key: string): Promise<void>;
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
