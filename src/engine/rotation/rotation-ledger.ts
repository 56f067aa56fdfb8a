import { deleteWAL, getWAL, listWAL, putWAL } from '../../sdk/framework/wal.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Random } from '../../sdk/logical/random.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import { rotationEntryFromJSON, rotationEntryToJSON } from './rotation-entry.ts';
import { isRotationKind, type RotatingThing, type RotationEntry, type RotationKind } from './rotation-handler.ts';

/** A rotation that is under way, or was left half done, with its entry. */
export interface OpenRotation {
  /** The id of its write-ahead entry. */
  readonly id: string;
  readonly kind: RotationKind;
  readonly entry: RotationEntry;
  /** Whether it is certain that LiteLLM has not made the successor, and will not. */
  notMade: boolean;
  /** Whether LiteLLM may still give the predecessor its other alias. */
  renameLost: boolean;
  /** Whether the successor was stored, whatever is stored now. */
  committed: boolean;
  /** When a write was last tried of which nobody knows whether it was, or will be, carried out. */
  undecidedSince?: Date;
  /** Whether the log has it that it cannot be settled. */
  told: boolean;
}

/** A rotation of which only the entry is known. */
export function foundRotation(id: string, kind: RotationKind, entry: RotationEntry): OpenRotation {
  // The request to change the alias may have been sent twice, and one of them may be carried out late.
  const renameLost = entry.predecessor?.renamedTo !== undefined;
  return { id, kind, entry, notMade: false, renameLost, committed: false, told: false };
}

/** No more rotations than these are remembered as settled. */
const mostSettled = 4096;

/** What {@link RotationLedger} needs. */
export interface RotationLedgerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * The write-ahead entries of rotations. Those of earlier processes are looked for once: later ones are all of this
 * process.
 */
export class RotationLedger {
  readonly #options: RotationLedgerOptions;
  /** By the successor's token id. */
  readonly #open = new Map<string, OpenRotation>();
  readonly #settled = new Set<string>();
  #scan: Promise<void> | undefined;

  constructor(options: RotationLedgerOptions) {
    this.#options = options;
  }

  /** Finds all that earlier processes left, unless it is known. Throws if the storage cannot be read. */
  async scan(storage: Storage): Promise<void> {
    const scan = (this.#scan ??= this.#read(storage));
    try {
      await scan;
    } catch (error) {
      if (this.#scan === scan) this.#scan = undefined;
      throw error;
    }
  }

  /** Those of one thing, or all; those under way included. */
  open(thing?: RotatingThing): readonly OpenRotation[] {
    const all = [...this.#open.values()];
    if (thing === undefined) return all;
    return all.filter(({ kind, entry }) => kind === thing.kind && entry.name === thing.name);
  }

  /** By the successor's token id. */
  find(tokenId: string): OpenRotation | undefined {
    return this.#open.get(tokenId);
  }

  /** Whether this process has settled it. The host may have read its entry just before. */
  isSettled(tokenId: string): boolean {
    return this.#settled.has(tokenId);
  }

  /** Writes the entry. Throws if it cannot. */
  async begin(storage: Storage, kind: RotationKind, entry: RotationEntry): Promise<OpenRotation> {
    const id = await putWAL(storage, kind, rotationEntryToJSON(entry), { ...this.#options, sealWrap: true });
    const open: OpenRotation = { id, kind, entry, notMade: true, renameLost: false, committed: false, told: false };
    this.#open.set(entry.successor.tokenId, open);
    return open;
  }

  /** Writes an entry for the same successor in place of another. Throws if it cannot: then the former one holds. */
  async replace(storage: Storage, open: OpenRotation, entry: RotationEntry): Promise<void> {
    const id = await putWAL(storage, open.kind, rotationEntryToJSON(entry), { ...this.#options, sealWrap: true });
    await deleteWAL(storage, open.id);
    this.#open.set(entry.successor.tokenId, { ...open, id, entry });
  }

  /** Removes the entry of what is done or undone. Throws if it cannot: then the next settling finds it so. */
  async end(storage: Storage, { id, entry }: OpenRotation): Promise<void> {
    await deleteWAL(storage, id);
    this.settled(entry.successor.tokenId);
  }

  /** It is done or undone, and somebody else removes its entry. */
  settled(tokenId: string): void {
    this.#open.delete(tokenId);
    if (this.#settled.size >= mostSettled) this.#settled.clear();
    this.#settled.add(tokenId);
  }

  async #read(storage: Storage): Promise<void> {
    for (const id of await listWAL(storage)) {
      const stored = await getWAL(storage, id);
      if (stored === undefined || !isRotationKind(stored.kind)) continue;
      try {
        const entry = rotationEntryFromJSON(stored.data);
        const { tokenId } = entry.successor;
        if (this.#open.has(tokenId) || this.#settled.has(tokenId)) continue;
        this.#open.set(tokenId, foundRotation(id, stored.kind, entry));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#options.logger.log('error', 'cannot read what a rotation has left', { entry: id, error: reason });
      }
    }
  }
}
