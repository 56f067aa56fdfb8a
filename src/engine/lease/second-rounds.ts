import type { Logger } from '../../sdk/logical/logger.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { ConfigEntry } from '../config/config-entry.ts';
import type { AbandonedKeys } from './abandoned-keys.ts';
import type { BackgroundWork } from './background-work.ts';
import { betweenRoundsMs, type SecondRound } from './end-key.ts';
import type { LeasedKey } from './leased-key.ts';
import type { Sleep } from './sleep.ts';

/** What {@link SecondRounds} needs. */
export interface SecondRoundsOptions {
  readonly abandoned: Pick<AbandonedKeys, 'remember' | 'forget' | 'abandon'>;
  readonly background: BackgroundWork;
  readonly sleep: Sleep;
  readonly logger: Logger;
}

/** A key that is refused, and what is left to do about it. */
export interface RefusedKey {
  readonly key: LeasedKey;
  readonly config: ConfigEntry;
  readonly storage: Storage;
  readonly secondRound: SecondRound;
}

/**
 * Beyond this number, the caller waits. A closing mount must finish those that wait in its time. It does: they were
 * blocked in the last half second, and their second rounds take at most twice as many calls.
 */
const mostWaiting = 1024;

/**
 * The second rounds of revoked keys. A write-ahead entry remembers each that fails or that a closing mount cuts off.
 */
export class SecondRounds {
  readonly #options: SecondRoundsOptions;
  #waiting = 0;

  constructor(options: SecondRoundsOptions) {
    this.#options = options;
  }

  /**
   * Runs the second round in the background. If too many wait already, the caller waits, and this throws what the round
   * throws.
   */
  async start(refused: RefusedKey, signal: AbortSignal): Promise<void> {
    const { background, sleep } = this.#options;
    if (this.#waiting >= mostWaiting) {
      await sleep(betweenRoundsMs, signal);
      await refused.secondRound(signal);
      return;
    }
    this.#waiting += 1;
    background.run(async () => {
      try {
        await this.#finish(refused);
      } finally {
        this.#waiting -= 1;
      }
    });
  }

  async #finish({ key, config, storage, secondRound }: RefusedKey): Promise<void> {
    const { abandoned, background, sleep } = this.#options;
    let remembered: Promise<string | undefined> | undefined;
    // A closing mount may run out of time, and afterwards its storage may be out of reach.
    const remember = (): void => {
      remembered ??= abandoned.remember(storage, key).catch((error: unknown) => {
        this.#warn('cannot remember a blocked key, which is being deleted', key, error);
        return undefined;
      });
    };
    const done = background.onClosing(remember);
    try {
      await sleep(betweenRoundsMs, background.stopped);
      await secondRound(background.stopped);
      const id = await remembered;
      // If the entry stays, the rollback finds it out of date.
      if (id !== undefined) await abandoned.forget(storage, id).catch(() => undefined);
    } catch (error) {
      this.#warn('a revoked key is blocked, and cannot be deleted yet', key, error);
      if (background.closing.aborted) remember();
      else await abandoned.abandon(storage, key, config);
      await remembered;
    } finally {
      done();
    }
  }

  #warn(message: string, key: LeasedKey, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.log('warn', message, { key_alias: key.keyAlias, proxy: key.proxy, error: reason });
  }
}
