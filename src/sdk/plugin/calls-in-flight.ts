import type { CallContext } from './unary.ts';

/**
 * The requests of one mount that are under way. A mount that is let go gives them up first and waits for them: what
 * they have begun elsewhere they can then still undo.
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

  /** Aborts what is under way; resolves when all of it is over, whatever became of it. */
  async end(): Promise<void> {
    for (const context of this.#calls.values()) context.abort();
    await Promise.allSettled(this.#calls.keys());
  }
}
