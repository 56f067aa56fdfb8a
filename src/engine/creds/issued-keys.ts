import { KeyNotFoundError } from '../../litellm/error.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { ClientSource } from '../config/client-source.ts';
import type { ConfigEntry } from '../config/config-entry.ts';
import { keyDuration } from '../lease/grace.ts';
import { youngForSeconds } from '../lease/young-key.ts';
import { betweenMs, type IssuingBounds, type MountBounds } from './issuing-bounds.ts';

/** A key that was answered with a lease. */
export interface IssuedKey {
  readonly tokenId: string;
  readonly keyAlias: string;
  readonly config: ConfigEntry;
  /** The lease that was answered, in seconds. */
  readonly ttl: number;
}

/** What {@link IssuedKeys} needs. */
export interface IssuedKeysOptions {
  readonly bounds: Pick<IssuingBounds, 'ask'>;
  readonly clients: Pick<ClientSource, 'clientOf'>;
  readonly logger: Logger;
  /** Milliseconds, never going back. */
  readonly now?: () => number;
  /** Acts so many milliseconds from now; gives what takes that back. */
  readonly later?: (act: () => void, milliseconds: number) => () => void;
}

const longestPauseMs = 30_000;
const mostTries = 15;
/** More than are issued between two questions; the host cuts its own leases in any case. */
const mostKeys = 4096;

interface Entry extends IssuedKey {
  readonly answeredAt: number;
  readonly tries: number;
  /** The longest lease, in seconds, that the host told first after the answer. */
  readonly maxLeaseTTL?: number;
}

/**
 * The keys of the last moment. The host cuts a lease to what the mount allows when it gets the answer, which may be less
 * than what it said before; so it is asked once more right afterwards, and a key that LiteLLM would let outlive that is
 * corrected. What the mount is tuned to later is none of these keys' business: their leases are made.
 */
export class IssuedKeys {
  readonly #options: Required<IssuedKeysOptions>;
  readonly #stopping = new AbortController();
  readonly #entries: Entry[] = [];
  #cancel: (() => void) | undefined;
  #checking: Promise<void> | undefined;

  constructor(options: IssuedKeysOptions) {
    this.#options = { now: () => performance.now(), later: unreferencedTimer, ...options };
  }

  /** Takes a key that is about to be answered. */
  add({ tokenId, keyAlias, config, ttl }: IssuedKey): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#entries.length >= mostKeys) this.#entries.shift();
    this.#entries.push({ tokenId, keyAlias, config, ttl, answeredAt: this.#options.now(), tries: 0 });
    this.#checkLater();
  }

  /** Stops; resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancel?.();
    this.#entries.length = 0;
    await this.#checking;
  }

  #checkLater(): void {
    const idle = this.#cancel === undefined && this.#checking === undefined;
    if (!idle || this.#entries.length === 0 || this.#stopping.signal.aborted) return;
    const fewestTries = this.#entries.reduce((fewest, { tries }) => Math.min(fewest, tries), mostTries);
    const check = (): void => {
      this.#cancel = undefined;
      this.#checking = this.#check().finally(() => {
        this.#checking = undefined;
        this.#checkLater();
      });
    };
    this.#cancel = this.#options.later(check, Math.min(betweenMs * 2 ** fewestTries, longestPauseMs));
  }

  async #check(): Promise<void> {
    const entries = this.#entries.splice(0);
    const asks = entries.some(({ maxLeaseTTL }) => maxLeaseTTL === undefined);
    const bounds = asks ? this.#options.bounds.ask() : undefined;
    const left = await Promise.all(entries.map(async (entry) => this.#checkOne(entry, bounds)));
    if (this.#stopping.signal.aborted) return;
    this.#entries.unshift(...left.filter((entry) => entry !== undefined));
  }

  /** Gives the entry where it has to be tried again. */
  async #checkOne(entry: Entry, bounds: Promise<MountBounds> | undefined): Promise<Entry | undefined> {
    let { maxLeaseTTL } = entry;
    const { tokenId, config, ttl } = entry;
    try {
      maxLeaseTTL ??= (await bounds)?.maxLeaseTTL ?? ttl;
      if (ttl <= maxLeaseTTL) return undefined;
      const change = { duration: keyDuration(maxLeaseTTL, config) };
      await this.#options.clients.clientOf(config).updateKey(tokenId, change, this.#stopping.signal);
      return undefined;
    } catch (error) {
      const ageMs = this.#options.now() - entry.answeredAt;
      // It was revoked. A young one may be there all the same.
      if (error instanceof KeyNotFoundError && ageMs >= youngForSeconds * 1000) return undefined;
      return this.#failed(maxLeaseTTL === undefined ? entry : { ...entry, maxLeaseTTL }, error);
    }
  }

  #failed(entry: Entry, error: unknown): Entry | undefined {
    if (this.#stopping.signal.aborted) return undefined;
    const tries = entry.tries + 1;
    const again = tries < mostTries;
    const message = 'cannot shorten a key to what its mount allows now';
    this.#options.logger.log(again ? 'debug' : 'warn', again ? `${message}, and will try again` : message, {
      key_alias: entry.keyAlias,
      proxy: entry.config.baseURL,
      error: error instanceof Error ? error.message : String(error),
    });
    return again ? { ...entry, tries } : undefined;
  }
}

/** A timer that keeps no process alive. */
function unreferencedTimer(act: () => void, milliseconds: number): () => void {
  const timer = setTimeout(act, milliseconds);
  timer.unref();
  return () => clearTimeout(timer);
}
