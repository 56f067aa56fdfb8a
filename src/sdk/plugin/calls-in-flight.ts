import type { CallContext } from './unary.ts';

/** A request that was given up and is not over by then waits for what the mount does besides: milliseconds. */
const patienceMs = 1_000;

/**
 * The requests of one mount that are under way. A mount that is let go gives them up first and waits for them: what
 * they have begun elsewhere they can then still undo. It does not wait long, since one may wait for work of the mount's own
 * that only the mount's end cuts short.
 */
export class CallsInFlight {
  readonly #calls = new Map<Promise<unknown>, CallContext>();

  /** Runs a call and knows of it until it is over. */
  async run<Result>(context: CallContext, call: () => Promise<Result>): Promise<Result> {
    const running = call();
    this.#calls.set(running, context);
    try {
      return await running;
    } finally {
      this.#calls.delete(running);
    }
  }

  /** Aborts what is under way; resolves when all of it is over, whatever became of it, or after a moment. */
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
