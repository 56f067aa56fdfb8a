import { deleteWAL, putWAL } from '../../sdk/framework/wal.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Random } from '../../sdk/logical/random.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { ClientSource } from '../config/client-source.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import { endKey } from './end-key.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { type LeasedKey, leasedKeyFromJSON, leasedKeyToJSON } from './leased-key.ts';

const walKind = 'key';
/** What is under way when the mount goes gets this long: the host waits for it, and the entries remember the rest. */
const stopAfterMs = 2_000;

/** What {@link AbandonedKeys} needs. */
export interface AbandonedKeysOptions {
  readonly configs: Pick<EntryStore<ConfigEntry>, 'read'>;
  readonly clients: ClientSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * Keys that may exist on the proxy and have no lease: the answer was lost, or nobody was left to take it. A
 * write-ahead entry holds each until it is certain that LiteLLM does not, so that a crash forgets none.
 */
export class AbandonedKeys {
  readonly #options: AbandonedKeysOptions;
  readonly #attempts = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: AbandonedKeysOptions) {
    this.#options = options;
  }

  /** Remembers a key and starts to end it, without making the caller wait for that. Never throws. */
  async abandon(storage: Storage, key: LeasedKey, config: ConfigEntry): Promise<void> {
    let id: string | undefined;
    try {
      id = await putWAL(storage, walKind, leasedKeyToJSON(key), this.#options);
    } catch (error) {
      this.#log('cannot remember a key without a lease, trying to end it now', key, error);
    }
    const attempt = this.#end(storage, key, config, id).finally(() => this.#attempts.delete(attempt));
    this.#attempts.add(attempt);
  }

  /**
   * Ends a remembered key. Throws while that is not certain; the entry stays then. LiteLLM's "no such key" is believed:
   * the request that made the key is long over, but in a mount that is being removed and has no later.
   */
  async rollback(req: Request, kind: string, data: unknown): Promise<void> {
    if (kind !== walKind) throw new Error(`a write-ahead entry of the unknown kind "${kind}"`);
    const config = await this.#options.configs.read(req.storage, configKey);
    await endKey(leasedKeyFromJSON(data, 'a write-ahead entry'), config, this.#options, req.signal);
  }

  /** Resolves when nothing that was started is under way any more, at the latest some seconds from now. */
  async settled(): Promise<void> {
    const timer = setTimeout(() => this.#stopping.abort(), stopAfterMs);
    try {
      await Promise.all(this.#attempts);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A key that is not there yet may still come: its entry is left to the rollback. */
  async #end(storage: Storage, key: LeasedKey, config: ConfigEntry, id: string | undefined): Promise<void> {
    try {
      const end = await endKey(key, config, this.#options, this.#stopping.signal);
      if (end === 'ended' && id !== undefined) await deleteWAL(storage, id);
    } catch (error) {
      this.#log('cannot end a key without a lease yet', key, error);
    }
  }

  #log(message: string, key: LeasedKey, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.log('warn', message, { key_alias: key.keyAlias, proxy: key.proxy, error: reason });
  }
}
