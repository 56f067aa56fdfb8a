import * as v from 'valibot';
import { deleteWAL, putWAL } from '../../sdk/framework/wal.ts';
import type { LogLevel } from '../../sdk/logical/logger.ts';
import type { Random } from '../../sdk/logical/random.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { ClientSource } from '../config/client-source.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import type { BackgroundWork } from './background-work.ts';
import { endKey, type EndKeyOptions } from './end-key.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { KeysInMaking, rollbackAfter } from './keys-in-making.ts';
import { type LeasedKey, leasedKeyFromJSON, leasedKeyToJSON } from './leased-key.ts';

const walKind = 'key';
/** The key may still appear, and a proxy that is down may return: LiteLLM is asked again 2, 5 and 15 s later. */
const pausesMs: readonly number[] = [2_000, 3_000, 10_000];
/** Keys beyond this number are left to the rollback. */
const mostAskedAgain = 256;

/** What the entry of a key in the making has besides the key; older versions do not know it. */
const inMaking = v.object({ rollback_after: v.pipe(v.string(), v.isoTimestamp()) });

/** What {@link AbandonedKeys} needs. */
export interface AbandonedKeysOptions extends EndKeyOptions {
  readonly clients: ClientSource;
  readonly configs: Pick<EntryStore<ConfigEntry>, 'read'>;
  readonly background: BackgroundWork;
  readonly random: Random;
}

/**
 * Keys that may exist on the proxy without a lease: the answer was lost, nobody was left to take it, or their
 * revocation could not delete them. A write-ahead entry keeps each until it is certain that LiteLLM does not have it,
 * so a crash forgets none.
 */
export class AbandonedKeys {
  readonly #options: AbandonedKeysOptions;
  readonly #inMaking: KeysInMaking;
  #askedAgain = 0;

  constructor(options: AbandonedKeysOptions) {
    this.#options = options;
    this.#inMaking = new KeysInMaking(options.clock);
  }

  /** Writes an entry for a key that may end up without a lease, and returns its id. Throws if it cannot. */
  async remember(storage: Storage, key: LeasedKey): Promise<string> {
    return await putWAL(storage, walKind, leasedKeyToJSON(key), this.#options);
  }

  /**
   * Like `remember`, for a key that is about to be made. No rollback touches it until it is forgotten or abandoned; in
   * another process, not before its request must be over. Throws if it cannot.
   */
  async rememberInMaking(storage: Storage, key: LeasedKey, requestTimeout: number): Promise<string> {
    const { clock } = this.#options;
    const after = rollbackAfter(clock.now(), requestTimeout);
    this.#inMaking.begin(key.tokenId, after);
    try {
      const data = { ...leasedKeyToJSON(key), rollback_after: after.toISOString() };
      const id = await putWAL(storage, walKind, data, this.#options);
      this.#inMaking.written(key.tokenId, id);
      return id;
    } catch (error) {
      this.#inMaking.giveUp(key.tokenId, undefined);
      throw error;
    }
  }

  /** Removes the entry of a key that has a lease, or is gone. Throws if it cannot. */
  async forget(storage: Storage, id: string): Promise<void> {
    let removed = false;
    try {
      await deleteWAL(storage, id);
      removed = true;
    } finally {
      this.#inMaking.end(id, removed);
    }
  }

  /** Remembers a key and ends it in the background. `id` names its entry, if it has one. Never throws. */
  async abandon(storage: Storage, key: LeasedKey, config: ConfigEntry, id?: string): Promise<void> {
    this.#inMaking.giveUp(key.tokenId, id);
    const remembered = id ?? (await this.#tryToRemember(storage, key));
    this.#options.background.run(() => this.#end(storage, key, config, remembered));
  }

  /**
   * Ends a remembered key. Throws while that is not certain, or while the key may still be in the making; then the
   * entry stays. LiteLLM's "no such key" is believed: the request that made the key is over, unless the mount is being
   * removed, which has no later.
   */
  async rollback(req: Request, kind: string, data: unknown): Promise<void> {
    if (kind !== walKind) throw new Error(`a write-ahead entry of the unknown kind "${kind}"`);
    const key = leasedKeyFromJSON(data, 'a write-ahead entry');
    this.#refuseInMaking(key, req, data);
    const config = await this.#options.configs.read(req.storage, configKey);
    await endKey(key, config, this.#options, req.signal);
  }

  #refuseInMaking(key: LeasedKey, req: Request, data: unknown): void {
    if (this.#inMaking.has(key.tokenId)) {
      throw new Error(`a request is making the key "${key.keyAlias}" just now, and will end it or forget it`);
    }
    const stored = v.safeParse(inMaking, data);
    // A mount that is being removed has no later, and whoever made the key is gone.
    if (!stored.success || Object.hasOwn(req.data, 'immediate')) return;
    const { rollback_after: after } = stored.output;
    if (this.#options.clock.now() >= new Date(after)) return;
    throw new Error(`another process may still be making the key "${key.keyAlias}", until ${after}`);
  }

  async #end(storage: Storage, key: LeasedKey, config: ConfigEntry, id: string | undefined): Promise<void> {
    const { background, sleep } = this.#options;
    let remembered = id;
    if (await this.#tryToEnd(storage, key, config, remembered, 'warn')) return;
    if (this.#askedAgain < mostAskedAgain) {
      this.#askedAgain += 1;
      try {
        for (const pause of pausesMs) {
          await sleep(pause, background.closing);
          remembered ??= await this.#tryToRemember(storage, key);
          if (await this.#tryToEnd(storage, key, config, remembered, 'debug')) return;
        }
      } catch {
        // The mount closes.
      } finally {
        this.#askedAgain -= 1;
      }
    }
    remembered ??= await this.#tryToRemember(storage, key);
  }

  /** Tells whether the key was found and ended. One that is not there may still appear. */
  async #tryToEnd(
    storage: Storage,
    key: LeasedKey,
    config: ConfigEntry,
    id: string | undefined,
    level: LogLevel,
  ): Promise<boolean> {
    try {
      const { clients, background } = this.#options;
      // The configuration that the key was made with may no longer be the stored one.
      const options = { ...this.#options, clients: { clientFor: (made: ConfigEntry) => clients.clientOf(made) } };
      const end = await endKey(key, config, options, background.stopped);
      if (end === 'already gone') return false;
    } catch (error) {
      this.#log(level, 'cannot end a key without a lease yet', key, error);
      return false;
    }
    // If the entry stays, the rollback finds it out of date.
    if (id !== undefined) await this.forget(storage, id).catch(() => undefined);
    return true;
  }

  async #tryToRemember(storage: Storage, key: LeasedKey): Promise<string | undefined> {
    try {
      return await this.remember(storage, key);
    } catch (error) {
      this.#log('warn', 'cannot remember a key without a lease, trying to end it now', key, error);
      return undefined;
    }
  }

  #log(level: LogLevel, message: string, key: LeasedKey, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.log(level, message, { key_alias: key.keyAlias, proxy: key.proxy, error: reason });
  }
}
