/** What is under way when the mount goes gets this long: the host waits for it. */
const stopAfterMs = 2_000;
/** What is cut off then gets this long to write down what it did not get to. */
const lastWordMs = 300;

/** The work of a mount that no request waits for. It is over when the mount is gone, or shortly after. */
export class BackgroundWork {
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #stopped = new AbortController();
  readonly #hooks = new Set<() => void>();

  /** Aborts when the mount begins to go: what is not begun by then had better not begin. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Aborts when the time of a mount that goes is up. */
  get stopped(): AbortSignal {
    return this.#stopped.signal;
  }

  /** Starts a piece of work, which deals with its own faults. */
  run(work: () => Promise<void>): void {
    const running = work()
      .catch(() => undefined)
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Calls back when the mount begins to go, at once when it has begun to; gives what takes that back. */
  onClosing(hook: () => void): () => void {
    if (this.closing.aborted) hook();
    else this.#hooks.add(hook);
    return () => void this.#hooks.delete(hook);
  }

  /** The mount goes: resolves when nothing is under way any more, at the latest some seconds from now. */
  async settled(): Promise<void> {
    this.#closing.abort();
    for (const hook of this.#hooks) hook();
    this.#hooks.clear();
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const stop = setTimeout(() => this.#stopped.abort(), stopAfterMs);
    const giveUp = setTimeout(resolve, stopAfterMs + lastWordMs);
    try {
      await Promise.race([this.#allDone(), over]);
    } finally {
      clearTimeout(stop);
      clearTimeout(giveUp);
    }
  }

  async #allDone(): Promise<void> {
    // What is under way may start more.
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
