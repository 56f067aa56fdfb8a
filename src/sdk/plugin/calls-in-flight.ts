import type { CallContext } from './unary.ts';

/**
 * Milliseconds. A request that was given up may wait for other work of the mount: longer than this is not waited for.
 */
const patienceMs = 1_000;

/**
 * The requests of one mount that are under way. A mount that closes first aborts them and waits, so that they can still
 * undo what they began elsewhere. It does not wait long: a request may wait for work of the mount that only the mount's
 * end stops.
 */
export class CallsInFlight {
  readonly #calls = new Map<Promise<unknown>, CallContext>();

  /** Runs a call, and remembers it until it is over. */
  async run<Result>(context: CallContext, call: () => Promise<Result>): Promise<Result> {
    const running = call();
    this.#calls.set(running, context);
    try {
      return await running;
    } finally {
      this.#calls.delete(running);
    }
  }

  /** Aborts the calls; resolves when all are over, however they end, or after a moment. */
  async end(): Promise<void> {
    for (const context of this.#calls.values()) context.abort();
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, patienceMs);
    try {
      await Promise.race([Promise.allSettled(this.#calls.keys()), over]);
    } finally {
      clearTimeout(timer);
    }
  }
}
