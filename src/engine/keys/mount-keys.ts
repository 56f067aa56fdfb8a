import type { Client } from '../../litellm/client.ts';
import { KeyNotFoundError } from '../../litellm/error.ts';
import type { KeySelection, ListedKey } from '../../litellm/key.ts';
import { keyPages } from '../../litellm/key-list.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import { CodedError } from '../../sdk/logical/error.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { ClientSource } from '../config/client-source.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import { translateFault } from '../fault/translate-fault.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { betweenRoundsMs } from '../lease/end-key.ts';
import type { Sleep } from '../lease/sleep.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { isOfMount, originOf } from './key-origin.ts';

/** What {@link MountKeys} needs. */
export interface MountKeysOptions {
  readonly configs: Pick<EntryStore<ConfigEntry>, 'read'>;
  readonly clients: Pick<ClientSource, 'clientFor'>;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly backendUUID: string;
  /** Whether a key is the one that a static role hands out now. */
  readonly isCurrentKey: (storage: Storage, staticRole: string, tokenId: string) => Promise<boolean>;
}

/** Keys of the mount that live: not deleted, and not expired. A blocked key lives. */
export interface FoundKeys {
  readonly keys: readonly ListedKey[];
  /** How many keys of the proxy were looked at, whoever made them. */
  readonly looked: number;
  /** Whether these were all. */
  readonly complete: boolean;
}

/** One request makes no more calls than this, each for 100 keys, */
const mostPages = 100;
/** and starts none after so many seconds: hosts and clients give a request 60 to 90. */
const mostSeconds = 30;

const internalServerError = 500;

/** The first version that finds a part of an alias. */
const findsAliasParts = { major: 1, minor: 90 } as const;

/**
 * The keys that this mount has made on its proxy. LiteLLM cannot list only those: this reads all keys and leaves the
 * others out, so that nothing here ever concerns another mount's key or a person's. Throws a `UserMistake` or a
 * `CodedError`.
 */
export class MountKeys {
  readonly #options: MountKeysOptions;

  constructor(options: MountKeysOptions) {
    this.#options = options;
  }

  /** The keys of every role, the oldest first. */
  async all(req: Request): Promise<FoundKeys> {
    return await this.#asking(req, (client) => this.#read(client, req.signal, {}, () => true));
  }

  /**
   * The keys of a role, the most spent first. Their aliases have the role's name in them, by which LiteLLM finds them
   * with fewer calls, if its version can.
   */
  async ofRole(req: Request, role: string): Promise<FoundKeys> {
    const isOfRole = (key: ListedKey): boolean => originOf(key).role === role;
    const mostSpent = { order: 'most spent' } as const;
    return await this.#asking(req, async (client, { verified }) => {
      const read = (selection: KeySelection): Promise<FoundKeys> =>
        this.#read(client, req.signal, { ...mostSpent, ...selection }, isOfRole);
      const able = mayFindAliasParts(verified?.version);
      if (able === false) return await read({});
      const found = await read({ aliasPart: `-${role}-` });
      // An older version finds nothing at all for any part.
      return found.looked === 0 && able === undefined ? await read({}) : found;
    });
  }

  /** The key with this alias. */
  async find(req: Request, alias: string): Promise<ListedKey | undefined> {
    return await this.#asking(req, (client) => this.#find(client, req.signal, alias));
  }

  /**
   * Blocks the key with this alias. Throws a `UserMistake` if a static role hands it out. Blocks again half a second
   * later, for an instance of LiteLLM that was just seeing the key for the first time. Tells whether there is such a
   * key.
   */
  async block(req: Request, alias: string): Promise<boolean> {
    return await this.#asking(req, async (client) => {
      const key = await this.#find(client, req.signal, alias);
      if (key !== undefined) await this.#refuseCurrent(req, key);
      if (key === undefined || !(await blocked(client, key, req.signal))) return false;
      await this.#options.sleep(betweenRoundsMs, req.signal);
      await blocked(client, key, req.signal);
      return true;
    });
  }

  /** Readers of a static role would go on getting a key that is refused. */
  async #refuseCurrent({ storage }: Request, key: ListedKey): Promise<void> {
    const { staticRole } = originOf(key);
    if (staticRole === '' || !(await this.#options.isCurrentKey(storage, staticRole, key.tokenId))) return;
    throw new UserMistake(
      `this is the key that static-creds/${staticRole} answers, and nothing was blocked: write rotate-role/${staticRole}, which puts ` +
        `another in its place, or delete static-roles/${staticRole}`,
    );
  }

  async #find(client: Client, signal: AbortSignal, keyAlias: string): Promise<ListedKey | undefined> {
    const { keys } = await this.#read(client, signal, { keyAlias }, ({ alias }) => alias === keyAlias);
    return keys[0];
  }

  async #read(
    client: Client,
    signal: AbortSignal,
    selection: KeySelection,
    matches: (key: ListedKey) => boolean,
  ): Promise<FoundKeys> {
    const { clock, backendUUID } = this.#options;
    const now = clock.now();
    // Keys move between pages while they are read: none counts twice.
    const found = new Map<string, ListedKey>();
    let looked = 0;
    let pages = 0;
    for await (const { keys, totalPages } of keyPages(client, { ...selection, unexpired: true }, { signal })) {
      pages += 1;
      looked += keys.length;
      for (const key of keys) {
        if (isOfMount(key, backendUUID) && isAlive(key, now) && matches(key)) found.set(key.tokenId, key);
      }
      const late = clock.now().getTime() - now.getTime() >= mostSeconds * 1000;
      if (pages < totalPages && (pages >= mostPages || late))
        return { keys: [...found.values()], looked, complete: false };
    }
    return { keys: [...found.values()], looked, complete: true };
  }

  async #asking<T>(req: Request, ask: (client: Client, config: ConfigEntry) => Promise<T>): Promise<T> {
    const { configs, clients, backendUUID } = this.#options;
    const config = await configs.read(req.storage, configKey);
    if (config === undefined) {
      throw new UserMistake('there is no configuration yet: write base_url and master_key to config');
    }
    if (backendUUID === '') {
      const reason = 'the host did not tell the UUID of this mount, by which it knows its keys';
      throw new CodedError(internalServerError, reason);
    }
    try {
      return await ask(clients.clientFor(config), config);
    } catch (error) {
      throw translateFault(error);
    }
  }
}

/** A warning if the keys are not all. */
export function cutWarnings({ looked, complete }: Pick<FoundKeys, 'looked' | 'complete'>): readonly string[] {
  if (complete) return [];
  return [
    `This is cut: LiteLLM has more keys than one request may read, and only ${looked} of them were looked at. Tidy deletes those of this mount that have expired.`,
  ];
}

/** Blocks it, unless its lease has ended meanwhile. */
async function blocked(client: Client, { tokenId }: ListedKey, signal: AbortSignal): Promise<boolean> {
  try {
    await client.blockKey(tokenId, signal);
    return true;
  } catch (error) {
    if (error instanceof KeyNotFoundError) return false;
    throw error;
  }
}

function isAlive({ expires }: ListedKey, now: Date): boolean {
  return expires === undefined || expires > now;
}

/** Undefined if the version is not known. */
function mayFindAliasParts(version: string | undefined): boolean | undefined {
  const [, major, minor] = /^(\d{1,6})\.(\d{1,6})\b/.exec(version ?? '') ?? [];
  if (major === undefined || minor === undefined) return undefined;
  if (Number(major) !== findsAliasParts.major) return Number(major) > findsAliasParts.major;
  return Number(minor) >= findsAliasParts.minor;
}
