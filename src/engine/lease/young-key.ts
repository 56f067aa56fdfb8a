import { KeyNotFoundError } from '../../litellm/error.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Sleep } from './sleep.ts';

/**
 * LiteLLM may read from a replica of its database, which lags: for so many seconds it may not find a key that exists.
 */
export const youngForSeconds = 60;
/** The pauses before LiteLLM is asked again, in the same request, about a young key that it does not find. */
const pausesMs: readonly number[] = [500, 1_000, 2_000];

/** LiteLLM does not find a key that it made a moment ago. That is not believed, so nothing is known of the key. */
export class YoungKeyNotFoundError extends Error {
  override readonly name = 'YoungKeyNotFoundError';

  constructor({ keyAlias }: FindOptions['key'], cause: KeyNotFoundError) {
    super(
      `LiteLLM does not find the key "${keyAlias}", which it made less than ${youngForSeconds} s ago. A replica of its database ` +
        `may lag behind (DATABASE_URL_READ_REPLICA): try again in a moment (${cause.message})`,
      { cause },
    );
  }
}

/** Whether a key is so young that LiteLLM may not find it yet. One without a known issue time is not. */
export function isYoung(issueTime: Date | undefined, clock: Clock): boolean {
  // A clock that was set back must not keep a key young.
  return issueTime !== undefined && Math.abs(clock.now().getTime() - issueTime.getTime()) < youngForSeconds * 1000;
}

/** What {@link untilFound} needs. */
export interface FindOptions {
  readonly key: { readonly keyAlias: string };
  /** See {@link isYoung}. */
  readonly young: boolean;
  /** Whether LiteLLM says that the key was deleted, which is more than not finding it. */
  readonly isDeleted: () => Promise<boolean>;
  readonly sleep: Sleep;
  readonly signal: AbortSignal | undefined;
}

/**
 * Does something to a key on the proxy, and retries for seconds while LiteLLM does not find a young one. Throws
 * `KeyNotFoundError` if that is believed, and {@link YoungKeyNotFoundError} if not.
 */
export async function untilFound<Result>(act: () => Promise<Result>, options: FindOptions): Promise<Result> {
  const { key, young, isDeleted, sleep, signal } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof KeyNotFoundError) || !young || (await isDeleted())) throw error;
      const pause = pausesMs[attempt];
      if (pause === undefined) throw new YoungKeyNotFoundError(key, error);
      await sleep(pause, signal);
    }
  }
}
