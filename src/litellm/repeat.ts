import { AnswerBrokenOffError, ConnectionError, DatabaseUnavailableError, RateLimitedError } from './error.ts';
import { UnexpectedAnswerError } from './error.ts';

/** How a call that failed is sent again. */
export interface Repeat {
  /** Milliseconds to wait before. */
  readonly delay: number;
  /** Whether on a fresh connection. */
  readonly fresh: boolean;
}

/** A lost connection says nothing of LiteLLM: twice more, since the pool may hold another dead one. */
const lostRepeats = 2;
/** Milliseconds of the longest wait before each repeat of what an overloaded or a broken LiteLLM refused. */
const backoff: readonly number[] = [300, 900, 2700];
/** What gateways say of a LiteLLM that is not there for the moment. A 500 is LiteLLM's own, and would come again. */
const outages: readonly (number | undefined)[] = [502, 503, 504];

/**
 * Decides, failure by failure, how a call that may happen twice goes on. `random` gives a number from 0 to 1, so that
 * calls that failed together do not come together again.
 */
export function startRepeats(random: () => number): (error: unknown) => Repeat | undefined {
  let lost = 0;
  let refused = 0;
  return (error) => {
    if (isLost(error)) {
      lost += 1;
      return lost > lostRepeats ? undefined : { delay: 0, fresh: true };
    }
    if (!isOutage(error)) return undefined;
    const longest = backoff[refused];
    refused += 1;
    if (longest === undefined) return undefined;
    const spread = longest * (0.5 + random() / 2);
    const told = error instanceof RateLimitedError ? (error.retryAfter ?? 0) * 1000 : 0;
    // What LiteLLM says is the least.
    return { delay: told > 0 ? told + spread / 2 : spread, fresh: false };
  };
}

/** Whether the connection was lost under the call. */
export function isLost(error: unknown): boolean {
  return (error instanceof ConnectionError && error.lost) || error instanceof AnswerBrokenOffError;
}

function isOutage(error: unknown): boolean {
  if (error instanceof RateLimitedError || error instanceof DatabaseUnavailableError) return true;
  return error instanceof UnexpectedAnswerError && outages.includes(error.status);
}
