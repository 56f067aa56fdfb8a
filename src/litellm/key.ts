/** A key to make. The caller chooses the key itself, so that its id is known whatever comes back. */
export interface GenerateKeyRequest {
  /** Begins with `sk-`; must never have been used before. */
  readonly key: string;
  readonly keyAlias: string;
  /** Whole seconds from now. */
  readonly duration: number;
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * What else the key gets, by LiteLLM's own names and as JSON. A `max_budget` (US dollars) or any other limit of 0
   * refuses all calls; absent, there is none. `models` absent or empty are all.
   */
  readonly params: Readonly<Record<string, unknown>>;
}

/** A key to make without an end; its metadata may come from another key. */
export interface LastingKeyRequest extends Pick<GenerateKeyRequest, 'key' | 'keyAlias' | 'params'> {
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A key as LiteLLM made it, which may differ from what was asked for. */
export interface GeneratedKey {
  readonly tokenId: string;
  readonly keyAlias: string;
  readonly models: readonly string[];
  /** US dollars; absent: no limit. */
  readonly maxBudget?: number;
  readonly expires: Date;
  /** Whole seconds from now until `expires`, by LiteLLM's clock if its answer tells the time; never too few. */
  readonly lifetime: number;
  /** The whole answer, without the key: what LiteLLM made of all that was asked for, by its own names. */
  readonly told: Readonly<Record<string, unknown>>;
}

/**
 * A key that was to have no end. If LiteLLM has a bound of its own (`upperbound_key_generate_params`), the key has an
 * end all the same.
 */
export interface LastingKey extends Omit<GeneratedKey, 'expires' | 'lifetime'> {
  readonly expires?: Date;
  /** As in `GeneratedKey`, if there is an `expires`. */
  readonly lifetime?: number;
}

/** A key that has a new value. */
export interface RegeneratedKey {
  readonly tokenId: string;
  /** Absent: never. */
  readonly expires?: Date;
}

/** How a key is made. */
export interface GenerateOptions {
  /** On a fresh connection, not on a kept one. */
  readonly fresh?: boolean;
  /** Without waiting for a turn, in addition to calls that have one: it replaces a request that is taken for dead. */
  readonly extra?: boolean;
  /** Called when the request goes out, after the wait for its turn. */
  readonly onSent?: () => void;
}

/** A key whose end was moved. */
export type UpdatedKey = Pick<GeneratedKey, 'expires' | 'lifetime'>;

/** What LiteLLM tells of a key. */
export interface KeyInfo {
  /**
   * `active`, `expired`, `revoked` (blocked), `deleted`, or what a newer LiteLLM adds; empty if an older one does not
   * tell.
   */
  readonly status: string;
  readonly alias?: string;
  readonly models: readonly string[];
  /** US dollars; absent: no limit. */
  readonly maxBudget?: number;
  /** Absent: never. */
  readonly expires?: Date;
  readonly blocked: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** US dollars. */
  readonly spend: number;
}

/** Which keys to list: `page` from 1, `size` from 1 to 100. */
export interface ListKeysQuery extends KeySelection {
  readonly page: number;
  readonly size: number;
}

/** Which of all keys, and in which order. */
export interface KeySelection {
  /** In full. */
  readonly keyAlias?: string;
  /**
   * A part of the alias, in any case of letters. LiteLLM before 1.90 reads it as a whole alias, which finds nothing.
   */
  readonly aliasPart?: string;
  /** Leaves out expired keys, if LiteLLM can; older versions return them all the same. */
  readonly unexpired?: boolean;
  /** The oldest first unless set. */
  readonly order?: 'oldest' | 'most spent';
}

/**
 * A key in a list, which has other people's keys too. What a key does not have, or has in an unknown form, is absent.
 */
export interface ListedKey {
  readonly tokenId: string;
  readonly alias?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Absent: never, as far as is known. */
  readonly expires?: Date;
  readonly createdAt?: Date;
  /** The same as `createdAt` until the key is changed, blocked or, in some versions, used. */
  readonly updatedAt?: Date;
  /** When it was last used; older versions do not tell. */
  readonly lastActive?: Date;
  /** US dollars. */
  readonly spend?: number;
  readonly blocked: boolean;
  /** Empty: all. */
  readonly models: readonly string[];
  /** Those that are set, by LiteLLM's names. */
  readonly limits: Readonly<Record<string, string | number>>;
  /** The user that it belongs to. */
  readonly userId?: string;
  /** The team that it belongs to. */
  readonly teamId?: string;
}

/** One page of keys: with expired ones unless left out, without deleted ones. */
export interface KeyPage {
  readonly keys: readonly ListedKey[];
  readonly totalCount: number;
  readonly currentPage: number;
  readonly totalPages: number;
}
