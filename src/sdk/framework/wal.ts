import * as v from 'valibot';
import { type Clock, systemClock } from '../logical/clock.ts';
import { type Random, systemRandom } from '../logical/random.ts';
import { decodeStorageEntry, type Storage, storageEntryJSON } from '../logical/storage.ts';

/** Where write-ahead entries are stored. Go: `WALPrefix` in sdk/framework/wal.go. */
export const walPrefix = 'wal/';

/** A write-ahead entry: what to undo if an operation stops half way. Go: `WALEntry`. */
export interface WALEntry {
  readonly id: string;
  readonly kind: string;
  /** As it was written, not checked. */
  readonly data: unknown;
  /** Whole seconds since 1970. */
  readonly createdAt: number;
}

const storedEntry = v.object({ type: v.string(), data: v.unknown(), created_at: v.number() });

/**
 * Writes an entry and returns its id. `data` must be representable as JSON. Delete the entry once the operation is
 * done; otherwise a rollback gets it. `sealWrap` asks for the seal's extra encryption, for data that is a secret.
 */
export async function putWAL(
  storage: Storage,
  kind: string,
  data: unknown,
  {
    clock = systemClock,
    random = systemRandom,
    sealWrap = false,
  }: { readonly clock?: Clock; readonly random?: Random; readonly sealWrap?: boolean } = {},
): Promise<string> {
  const id = uuid(random);
  const createdAt = Math.floor(clock.now().getTime() / 1000);
  await storage.put(storageEntryJSON(walPrefix + id, { type: kind, data, created_at: createdAt }, sealWrap));
  return id;
}

/** Reads an entry. If it is not one, throws an error that names its key and never its content. */
export async function getWAL(storage: Storage, id: string): Promise<WALEntry | undefined> {
  const entry = await storage.get(walPrefix + id);
  if (entry === undefined) return undefined;
  const result = v.safeParse(storedEntry, decodeStorageEntry(entry));
  if (!result.success) throw new Error(`the stored entry "${entry.key}" is not a write-ahead entry`);
  const { type: kind, data, created_at: createdAt } = result.output;
  return { id, kind, data, createdAt };
}

/** Removes an entry: its operation is done, or undone. */
export async function deleteWAL(storage: Storage, id: string): Promise<void> {
  await storage.delete(walPrefix + id);
}

/** The ids of all entries. */
export async function listWAL(storage: Storage): Promise<readonly string[]> {
  const keys = await storage.list(walPrefix);
  return keys.map((key) => (key.startsWith(walPrefix) ? key.slice(walPrefix.length) : key));
}

/** Five groups of hex digits, as go-uuid writes them: all 128 bits are random. */
function uuid(random: Random): string {
  const hex = Array.from(random.bytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
