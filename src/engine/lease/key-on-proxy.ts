import type { Client } from '../../litellm/client.ts';
import {
  ConnectionError,
  KeyNotFoundError,
  LiteLLMError,
  RequestAbortedError,
  UnexpectedAnswerError,
} from '../../litellm/error.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Sleep } from './sleep.ts';
import { untilFound } from './young-key.ts';

/** How a key ended: by this call, or before it. */
export type KeyEnd = 'ended' | 'already gone';

/** What {@link KeyOnProxy} is made of. */
export interface KeyOnProxyOptions {
  readonly client: Client;
  readonly key: { readonly tokenId: string; readonly keyAlias: string; readonly proxy: string };
  /** Not finding it means nothing yet: see `isYoung`. */
  readonly young: boolean;
  readonly sleep: Sleep;
  readonly logger: Logger;
}

/**
 * A key on its proxy. Every instance of the proxy learns of a block, but not of a deletion: so block, then delete. An
 * instance that sees the key for the first time during the block can still accept it, for as long as it remembers the
 * key (`user_api_key_cache_ttl`): so a second round half a second later.
 */
export class KeyOnProxy {
  readonly #options: KeyOnProxyOptions;

  constructor(options: KeyOnProxyOptions) {
    this.#options = options;
  }

  /**
   * The first round: the key is refused from now on. If the block fails, the key is deleted all the same, and nothing
   * is left to do. Throws if it cannot tell that the key is refused.
   */
  async refuse(signal?: AbortSignal): Promise<KeyEnd | 'blocked'> {
    try {
      return (await this.#block(signal)) ? 'blocked' : 'already gone';
    } catch (error) {
      if (!mayDeleteStill(error, signal)) throw error;
      return await this.#deleteUnblocked(error, signal);
    }
  }

  /** The second round. Throws if it cannot tell that the key is deleted. */
  async finish(signal?: AbortSignal): Promise<void> {
    try {
      await this.#block(signal);
    } catch (error) {
      if (!mayDeleteStill(error, signal)) throw error;
      this.#warn('a key that is blocked already could not be blocked a second time, deleting it', error);
    }
    await this.#delete(signal);
  }

  async #deleteUnblocked(blockFault: Error, signal: AbortSignal | undefined): Promise<KeyEnd> {
    let found: boolean;
    try {
      found = await this.#delete(signal);
    } catch (deleteFault) {
      throw signal?.aborted === true ? blockFault : plainer(blockFault, deleteFault);
    }
    if (!found) return 'already gone';
    this.#warn(
      'deleted a key that could not be blocked: other instances of the proxy may accept it for up to user_api_key_cache_ttl',
      blockFault,
    );
    return 'ended';
  }

  async #block(signal: AbortSignal | undefined): Promise<boolean> {
    const { client, key } = this.#options;
    return await this.#found(() => client.blockKey(key.tokenId, signal), signal);
  }

  async #delete(signal: AbortSignal | undefined): Promise<boolean> {
    const { client, key, young } = this.#options;
    try {
      return await this.#found(() => client.deleteKey(key.tokenId, signal), signal);
    } catch (error) {
      const unclear =
        error instanceof UnexpectedAnswerError || (error instanceof ConnectionError && error.outcomeUnknown);
      // The error of the delete says more than that of the question.
      if (!unclear || !(await isDeleted(client, key.tokenId, !young, signal))) throw error;
      return true;
    }
  }

  /** Does something to the key; tells whether LiteLLM had it. */
  async #found(act: () => Promise<void>, signal: AbortSignal | undefined): Promise<boolean> {
    const { client, key, young, sleep } = this.#options;
    try {
      await untilFound(act, {
        key,
        young,
        isDeleted: () => isDeleted(client, key.tokenId, false, signal),
        sleep,
        signal,
      });
      return true;
    } catch (error) {
      if (error instanceof KeyNotFoundError) return false;
      throw error;
    }
  }

  #warn(message: string, error: unknown): void {
    const { logger, key } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    logger.log('warn', message, { key_alias: key.keyAlias, proxy: key.proxy, error: reason });
  }
}

/** Asks whether a key was deleted; false if the answer does not tell. `absentIsDeleted`: not finding it is enough. */
export async function isDeleted(
  client: Pick<Client, 'keyInfo'>,
  tokenId: string,
  absentIsDeleted: boolean,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    return (await client.keyInfo(tokenId, signal)).status === 'deleted';
  } catch (error) {
    return absentIsDeleted && error instanceof KeyNotFoundError;
  }
}

/** Whether a delete may succeed after another failure: not if nobody waits for it, or nothing could be sent. */
function mayDeleteStill(error: unknown, signal: AbortSignal | undefined): error is LiteLLMError {
  if (!(error instanceof LiteLLMError) || error instanceof RequestAbortedError || signal?.aborted === true)
    return false;
  return error.status !== undefined || error.outcomeUnknown;
}

/** Of two errors, the one in LiteLLM's own words; otherwise the first. */
function plainer(first: unknown, second: unknown): unknown {
  return first instanceof UnexpectedAnswerError && !(second instanceof UnexpectedAnswerError) ? second : first;
}
