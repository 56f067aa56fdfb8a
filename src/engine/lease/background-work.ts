/** Work under way when the mount closes gets this long: the host waits for it. */
const stopAfterMs = 2_000;
/** Work that is cut off then gets this long to write down what is left. */
const lastWordMs = 300;

/** The work of a mount that no request waits for. It ends with the mount, or shortly after. */
export class BackgroundWork {
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #stopped = new AbortController();
  readonly #hooks = new Set<() => void>();

  /** Aborts when the mount begins to close: begin nothing new then. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Aborts when the time of a closing mount is up. */
  get stopped(): AbortSignal {
    return this.#stopped.signal;
  }

  /** Starts a piece of work, which handles its own errors. */
  run(work: () => Promise<void>): void {
    const running = work()
      .catch(() => undefined)
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Calls `hook` when the mount begins to close, at once if it has begun; gives what cancels that. */
  onClosing(hook: () => void): () => void {
    if (this.closing.aborted) hook();
    else this.#hooks.add(hook);
    return () => void this.#hooks.delete(hook);
  }

  /** Closes: resolves when nothing is under way, at the latest some seconds from now. */
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
    // Work under way may start more.
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
