import type { Storage } from '../../sdk/logical/storage.ts';
import type { ConfigEntry } from '../config/config-entry.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import type { KeyEnd } from '../lease/key-on-proxy.ts';

/** The kinds of write-ahead entries of rotations: of the mount's own credential, and of a static role's key. */
export const rotationKinds = ['rotate-root', 'rotate-role'] as const;

/** One of {@link rotationKinds}. */
export type RotationKind = (typeof rotationKinds)[number];

/** Whether a write-ahead entry is a rotation's. */
export function isRotationKind(kind: string): kind is RotationKind {
  return rotationKinds.some((known) => known === kind);
}

/** What rotates. */
export interface RotatingThing {
  readonly kind: RotationKind;
  /** Which of its kind: a static role's name, and empty for the mount's own credential. */
  readonly name: string;
}

/** The key that takes the place of another. */
export interface Successor {
  /** The value, chosen by us, so that a lost answer loses nothing. A secret. */
  readonly key: string;
  /** The sha256 of `key` in hex. */
  readonly tokenId: string;
  readonly keyAlias: string;
}

/** The key whose place is taken. */
export interface Predecessor {
  readonly tokenId: string;
  /** The alias that it has before the rotation, and that it gets back where the rotation is undone. Absent: it has none. */
  readonly keyAlias?: string | undefined;
  /** The alias that it has from before the successor is made; absent: it keeps its own. */
  readonly renamedTo?: string | undefined;
  /**
   * Whether this mount made it, so that nobody else has its value. One that is not ours is let be where it cannot be told any
   * more whether the successor was ever stored.
   */
  readonly ours: boolean;
}

/** What stands in the storage, sealed, from before LiteLLM hears of a rotation until all of it is done or undone. */
export interface RotationEntry {
  /** See {@link RotatingThing}. */
  readonly name: string;
  readonly successor: Successor;
  /** Absent where there is nothing to end: the first key of a role, or of a bootstrap. */
  readonly predecessor?: Predecessor | undefined;
  /** Address of the proxy that both keys are on. */
  readonly proxy: string;
  /** From then on the request that makes the successor must be over, and LiteLLM's "no such key" is believed. */
  readonly rollbackAfter: Date;
  /** Whether making the successor ends the predecessor in the same moment (`/key/regenerate`). */
  readonly replaces: boolean;
  /** What the handler wants to know again after a crash, as JSON. */
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * How the keys of one kind are kept: all that a fresh process needs to finish or to undo what another has left. Every method
 * may be called again for the same entry, and must bear that.
 */
export interface RotationHandler {
  readonly kind: RotationKind;
  /** Token id of the key that is stored now; undefined where none is. Throws when that cannot be told. */
  current(storage: Storage, name: string): Promise<string | undefined>;
  /**
   * Whether LiteLLM has the successor just now. Throws when that cannot be told. Asked where the answer to its making was
   * lost, and after a crash of one that `replaces`.
   */
  exists(storage: Storage, entry: RotationEntry, signal: AbortSignal): Promise<boolean>;
  /** Gives the predecessor an alias. Only called of entries with `renamedTo`; left out by a handler that has none. */
  rename?(storage: Storage, entry: RotationEntry, keyAlias: string, signal: AbortSignal): Promise<void>;
  /**
   * Ends the successor, which was not stored. Throws when it cannot tell that LiteLLM refuses it. See `endKey`, which is
   * most of it.
   */
  discard(storage: Storage, entry: RotationEntry, signal: AbortSignal): Promise<KeyEnd>;
  /** Ends the predecessor, or gives it its last expiry: the successor is stored. Throws when that is not certain. */
  retire(storage: Storage, entry: RotationEntry, signal: AbortSignal): Promise<void>;
  /**
   * Stores the successor by what stands in the entry alone: its making has ended the predecessor, and who was to store it
   * is gone. Only called of entries that `replaces`; left out by a handler that has none.
   */
  adopt?(storage: Storage, entry: RotationEntry, signal: AbortSignal): Promise<void>;
}

/** One rotation, before anything has happened. Made by the caller from what is stored, when its turn has come. */
export interface RotationPlan {
  /** The connection by which the rotation is done, up to its commit. */
  readonly config: Pick<ConfigEntry, 'baseURL' | 'requestTimeout'>;
  readonly successor: Successor;
  readonly predecessor?: Predecessor | undefined;
  /** See {@link RotationEntry}; not unless set. */
  readonly replaces?: boolean;
  /** See {@link RotationEntry}; nothing unless set. */
  readonly details?: Readonly<Record<string, unknown>>;
  /**
   * Asks LiteLLM for the successor, once: never again with the same value. Where the answer is lost and the key turns out
   * to be there, the rotation goes on as if it had come. Throws a `LiteLLMError`, and a `UserMistake` where none was asked for.
   */
  make(signal: AbortSignal): Promise<void>;
  /** Makes sure that the successor does what it must, and learns what is to be stored of it. What it throws undoes the rotation. */
  verify?(signal: AbortSignal): Promise<void>;
  /**
   * Stores the successor in place of the predecessor in one write. Throws {@link SupersededError} where what is stored is no
   * more what the plan was made from, and then has stored nothing. Where it throws anything else it may have stored it: what
   * is stored is read, and it is called again, since to go forward does no harm.
   */
  commit(): Promise<void>;
}

/** What is stored was changed while its key was rotated: nothing was stored, and the rotation is undone. A 400. */
export class SupersededError extends UserMistake {}
