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
  /** Not to find it means nothing yet: see `isYoung`. */
  readonly young: boolean;
  readonly sleep: Sleep;
  readonly logger: Logger;
}

/**
 * A key, where it lives. Blocking is heard by every instance of the proxy, deleting is not: so both, in this order. A
 * call that races the block on an instance that sees the key for the first time can still make that one accept it, for
 * as long as it keeps what it knows (`user_api_key_cache_ttl`): so a second round, half a second later.
 */
export class KeyOnProxy {
  readonly #options: KeyOnProxyOptions;

  constructor(options: KeyOnProxyOptions) {
    this.#options = options;
  }

  /**
   * The first round: the key is refused from now on. A block that fails does not keep the key from being deleted, and
   * then nothing is left to do. Throws when it cannot tell that the key is refused.
   */
  async refuse(signal?: AbortSignal): Promise<KeyEnd | 'blocked'> {
    try {
      return (await this.#block(signal)) ? 'blocked' : 'already gone';
    } catch (error) {
      if (!mayDeleteStill(error, signal)) throw error;
      return await this.#deleteUnblocked(error, signal);
    }
  }

  /** The second round. Throws when it cannot tell that the key is deleted. */
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
      // The delete's own fault says more than the question about it.
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

/** Asks whether a key was deleted; false when the answer does not tell. `absentIsDeleted`: it is enough not to find it. */
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

/** Whether a delete may succeed where something else failed: not when nobody waits for it, or nothing could be sent. */
function mayDeleteStill(error: unknown, signal: AbortSignal | undefined): error is LiteLLMError {
  if (!(error instanceof LiteLLMError) || error instanceof RequestAbortedError || signal?.aborted === true)
    return false;
  return error.status !== undefined || error.outcomeUnknown;
}

/** Of two faults the one that LiteLLM itself put in words; the first of equals. */
function plainer(first: unknown, second: unknown): unknown {
  return first instanceof UnexpectedAnswerError && !(second instanceof UnexpectedAnswerError) ? second : first;
}
