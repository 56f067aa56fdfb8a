import { AnswerBrokenOffError, ConnectionError, DatabaseUnavailableError, RateLimitedError } from './error.ts';
import { UnexpectedAnswerError } from './error.ts';

/** How a failed call is sent again. */
export interface Repeat {
  /** Milliseconds to wait before. */
  readonly delay: number;
  /** Whether on a fresh connection. */
  readonly fresh: boolean;
}

/** A lost connection says nothing of LiteLLM: twice more, since the pool may hold another dead one. */
const lostRepeats = 2;
/** Milliseconds: the longest wait before each repeat of what an overloaded or broken LiteLLM refused. */
const backoff: readonly number[] = [300, 900, 2700];
/** What gateways say while LiteLLM is down. A 500 is LiteLLM's own, and would come again. */
const outages: readonly (number | undefined)[] = [502, 503, 504];

/**
 * Decides, failure by failure, how to repeat a call that may happen twice. `random` gives a number from 0 to 1, so that
 * calls that failed together are not repeated together.
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
    // What LiteLLM says is the minimum.
    return { delay: told > 0 ? told + spread / 2 : spread, fresh: false };
  };
}

/** Whether the connection was lost during the call. */
export function isLost(error: unknown): boolean {
  return (error instanceof ConnectionError && error.lost) || error instanceof AnswerBrokenOffError;
}

function isOutage(error: unknown): boolean {
  if (error instanceof RateLimitedError || error instanceof DatabaseUnavailableError) return true;
  return error instanceof UnexpectedAnswerError && outages.includes(error.status);
}
