import { KeyNotFoundError } from '../../litellm/error.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { ClientSource } from '../config/client-source.ts';
import type { ConfigEntry } from '../config/config-entry.ts';
import { keyDuration } from '../lease/grace.ts';
import { youngForSeconds } from '../lease/young-key.ts';
import { type Asked, betweenMs, type IssuingBounds } from './issuing-bounds.ts';

/** A key that was answered with a lease, new or renewed. */
export interface IssuedKey {
  readonly tokenId: string;
  readonly keyAlias: string;
  readonly config: ConfigEntry;
  /** The lease that was answered, in seconds. */
  readonly ttl: number;
  /** How long the lease had run before, in seconds; absent for a new key. */
  readonly age?: number;
}

/** What {@link IssuedKeys} needs. */
export interface IssuedKeysOptions {
  readonly bounds: Pick<IssuingBounds, 'lastAskedMax' | 'askMax'>;
  readonly clients: Pick<ClientSource, 'clientOf'>;
  readonly logger: Logger;
  /** Milliseconds; never goes back. */
  readonly now?: () => number;
  /** Calls `act` after so many milliseconds; gives what cancels that. */
  readonly later?: (act: () => void, milliseconds: number) => () => void;
}

const longestPauseMs = 30_000;
const mostTries = 15;
/** More keys than are issued between two questions. The host cuts its own leases in any case. */
const mostKeys = 4096;
/** If the host is asked sooner after an answer, it may not have made the lease yet. */
const leasedAfterMs = 10;

interface Entry extends IssuedKey {
  readonly age: number;
  readonly answeredAt: number;
  readonly dueAt: number;
  readonly tries: number;
  /** The longest lease, in seconds, that the host gave first after the answer. */
  readonly maxLeaseTTL?: number;
}

/**
 * The keys of the last moment. When the host gets the answer, it cuts the lease to what the mount allows, which may be
 * less than it said before. So it is asked once more right afterwards, unless it was for a later key, and a key that
 * LiteLLM would let outlive its lease is corrected. A later tune does not concern these keys: their leases are made.
 */
export class IssuedKeys {
  readonly #options: Required<IssuedKeysOptions>;
  readonly #stopping = new AbortController();
  #entries: Entry[] = [];
  #cancel: (() => void) | undefined;
  #timerDueAt = Number.POSITIVE_INFINITY;
  #checking: Promise<void> | undefined;

  constructor(options: IssuedKeysOptions) {
    this.#options = { now: () => performance.now(), later: unreferencedTimer, ...options };
  }

  /** Takes a key that is about to be answered. */
  add({ tokenId, keyAlias, config, ttl, age = 0 }: IssuedKey): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#entries.length >= mostKeys) this.#entries.shift();
    const answeredAt = this.#options.now();
    const dueAt = answeredAt + betweenMs;
    this.#entries.push({ tokenId, keyAlias, config, ttl, age, answeredAt, dueAt, tries: 0 });
    this.#checkAt(dueAt);
  }

  /** Stops; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancel?.();
    this.#entries.length = 0;
    await this.#checking;
  }

  /** Checks when the first of the keys is due. */
  #checkLater(): void {
    this.#checkAt(this.#entries.reduce((first, entry) => Math.min(first, entry.dueAt), Number.POSITIVE_INFINITY));
  }

  /** Checks at that time, unless a check is due sooner. */
  #checkAt(dueAt: number): void {
    if (this.#checking !== undefined || dueAt >= this.#timerDueAt || this.#stopping.signal.aborted) return;
    this.#cancel?.();
    this.#timerDueAt = dueAt;
    const check = (): void => {
      this.#cancel = undefined;
      this.#timerDueAt = Number.POSITIVE_INFINITY;
      this.#checking = this.#check().finally(() => {
        this.#checking = undefined;
        this.#checkLater();
      });
    };
    this.#cancel = this.#options.later(check, Math.max(0, dueAt - this.#options.now()));
  }

  async #check(): Promise<void> {
    const now = this.#options.now();
    const asked = this.#askedFor(this.#entries.filter((entry) => entry.dueAt <= now));
    const isJudged = ({ maxLeaseTTL, dueAt, answeredAt, tries }: Entry): boolean =>
      maxLeaseTTL === undefined && asked !== undefined
        ? answeredAt + leasedAfterMs <= asked.askedAt && (tries === 0 || dueAt <= now)
        : dueAt <= now;
    const judged = this.#entries.filter(isJudged);
    this.#entries = this.#entries.filter((entry) => !isJudged(entry));
    const left = await Promise.all(judged.map(async (entry) => this.#checkOne(entry, asked)));
    if (this.#stopping.signal.aborted) return;
    this.#entries.unshift(...left.filter((entry) => entry !== undefined));
  }

  /** A question that was asked after the due leases were made: the latest one, or a new one. */
  #askedFor(due: readonly Entry[]): Asked | undefined {
    const unasked = due.filter(({ maxLeaseTTL }) => maxLeaseTTL === undefined);
    if (unasked.length === 0) return undefined;
    const latest = unasked.reduce((time, { answeredAt }) => Math.max(time, answeredAt), 0);
    const { lastAskedMax: last } = this.#options.bounds;
    return last !== undefined && last.askedAt >= latest + leasedAfterMs ? last : this.#options.bounds.askMax();
  }

  /** Gives the entry if it must be tried again. */
  async #checkOne(entry: Entry, asked: Asked | undefined): Promise<Entry | undefined> {
    let { maxLeaseTTL } = entry;
    const { tokenId, config, ttl, age } = entry;
    try {
      maxLeaseTTL ??= (await asked?.answer) ?? ttl + age;
      if (ttl + age <= maxLeaseTTL) return undefined;
      const change = { duration: keyDuration(Math.max(1, maxLeaseTTL - age), config) };
      await this.#options.clients.clientOf(config).updateKey(tokenId, change, this.#stopping.signal);
      return undefined;
    } catch (error) {
      const ageMs = this.#options.now() - entry.answeredAt;
      // It was revoked. A young key may exist all the same.
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
    const pauseMs = Math.min(betweenMs * 2 ** tries, longestPauseMs);
    return again ? { ...entry, tries, dueAt: this.#options.now() + pauseMs } : undefined;
  }
}

/** A timer that keeps no process alive. */
function unreferencedTimer(act: () => void, milliseconds: number): () => void {
  const timer = setTimeout(act, milliseconds);
  timer.unref();
  return () => clearTimeout(timer);
}
