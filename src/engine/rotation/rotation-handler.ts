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

/** The key that is replaced. */
export interface Predecessor {
  readonly tokenId: string;
  /** The alias that it has before the rotation, and gets back if the rotation is undone. Absent: it has none. */
  readonly keyAlias?: string | undefined;
  /** The alias that it gets before the successor is made; absent: it keeps its own. */
  readonly renamedTo?: string | undefined;
  /**
   * Whether this mount made it, so that nobody else has its value. One that is not ours is left alone if nobody can
   * tell any more whether the successor was ever stored.
   */
  readonly ours: boolean;
}

/** What the storage holds, sealed, from before LiteLLM hears of a rotation until all of it is done or undone. */
export interface RotationEntry {
  /** See {@link RotatingThing}. */
  readonly name: string;
  readonly successor: Successor;
  /** Absent if there is nothing to end: the first key of a role, or of a bootstrap. */
  readonly predecessor?: Predecessor | undefined;
  /** Address of the proxy that both keys are on. */
  readonly proxy: string;
  /** By then the request that makes the successor must be over, and LiteLLM's "no such key" is believed. */
  readonly rollbackAfter: Date;
  /** Whether making the successor ends the predecessor in the same moment (`/key/regenerate`). */
  readonly replaces: boolean;
  /** What the handler needs after a crash, as JSON. */
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * How the keys of one kind are kept: all that a new process needs to finish or undo what another left. Every method may
 * be called again for the same entry, and must allow for that.
 */
export interface RotationHandler {
  readonly kind: RotationKind;
  /** Token id of the stored key; undefined if there is none. Throws if that cannot be told. */
  current(storage: Storage, name: string): Promise<string | undefined>;
  /**
   * Whether LiteLLM has the successor. Throws if that cannot be told. Called if the answer to its making was lost, and
   * after a crash of one that `replaces`.
   */
  exists(storage: Storage, entry: RotationEntry, signal: AbortSignal): Promise<boolean>;
  /** Gives the predecessor an alias. Only called for entries with `renamedTo`; absent in a handler that has none. */
  rename?(storage: Storage, entry: RotationEntry, keyAlias: string, signal: AbortSignal): Promise<void>;
  /**
   * Ends the successor, which was not stored. Throws if it cannot tell that LiteLLM refuses it. See `endKey`, which
   * does most of it.
   */
  discard(storage: Storage, entry: RotationEntry, signal: AbortSignal): Promise<KeyEnd>;
  /** Ends the predecessor, or gives it its last expiry: the successor is stored. Throws if that is not certain. */
  retire(storage: Storage, entry: RotationEntry, signal: AbortSignal): Promise<void>;
  /**
   * Stores the successor from the entry alone: making it ended the predecessor, and whoever was to store it is gone.
   * Only called for entries that `replaces`; absent in a handler that has none.
   */
  adopt?(storage: Storage, entry: RotationEntry, signal: AbortSignal): Promise<void>;
}

/** A rotation before it begins. The caller makes it from what is stored, when its turn comes. */
export interface RotationPlan {
  /** The connection for the rotation, until its commit. */
  readonly config: Pick<ConfigEntry, 'baseURL' | 'requestTimeout'>;
  readonly successor: Successor;
  readonly predecessor?: Predecessor | undefined;
  /** See {@link RotationEntry}; false unless set. */
  readonly replaces?: boolean;
  /** See {@link RotationEntry}; empty unless set. */
  readonly details?: Readonly<Record<string, unknown>>;
  /**
   * Asks LiteLLM for the successor, once: never again with the same value. If the answer is lost and the key exists,
   * the rotation goes on as if it had come. Throws a `LiteLLMError`, and a `UserMistake` if none was asked for.
   */
  make(signal: AbortSignal): Promise<void>;
  /**
   * Checks that the successor does what it must, and learns what to store of it. If it throws, the rotation is undone.
   */
  verify?(signal: AbortSignal): Promise<void>;
  /**
   * Replaces the predecessor by the successor in one write. Throws {@link SupersededError} if what is stored is not
   * what the plan was made from; then it has stored nothing. If it throws anything else, it may have stored the
   * successor: what is stored is read, and it is called again, since going forward does no harm.
   */
  commit(): Promise<void>;
}

/** What is stored changed while its key was rotated: nothing was stored, and the rotation is undone. A 400. */
export class SupersededError extends UserMistake {}
