/** One sending of a call. */
export interface Sending<T> {
  readonly answer: Promise<T>;
  /** Gives it up and closes its connection. */
  readonly abort: () => void;
}

/**
 * Lets one hedge of a client be under way at a time, so that a LiteLLM that is merely slow does not get every call
 * twice. Others wait for its end: if one connection died without a word, so did others, and a hedge on a connection
 * that works ends soon.
 */
export class HedgeGate {
  #busy = false;
  readonly #waiting = new Set<() => void>();

  /** Calls `go` now, or when those before are done; then call {@link leave}. Gives what cancels the wait. */
  enter(go: () => void): () => void {
    if (this.#busy) {
      this.#waiting.add(go);
      return () => void this.#waiting.delete(go);
    }
    this.#busy = true;
    go();
    return () => undefined;
  }

  /** The hedge is over. */
  leave(): void {
    this.#busy = false;
    for (const go of this.#waiting) {
      this.#waiting.delete(go);
      this.#busy = true;
      go();
      return;
    }
  }
}

/** What a hedged call needs. */
export interface HedgeOptions<T> {
  readonly gate: HedgeGate;
  /**
   * Milliseconds that the first sending has for its answer; undefined: all the time. A promise resolves when the first
   * sending goes out, and never rejects.
   */
  readonly delay: number | Promise<number | undefined>;
  /** Sends it once more on a fresh connection. */
  readonly again: () => Sending<T>;
  /** Whether a failure is an answer. If not, the other sending may still succeed. */
  readonly isAnswer: (error: unknown) => boolean;
}

/**
 * The first answer of a call that is sent again if the first sending has none within the delay. The other sending is
 * given up. Only for calls that may happen twice.
 */
export async function hedged<T>(first: Sending<T>, { gate, delay, again, isAnswer }: HedgeOptions<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let second: Sending<T> | undefined;
  let running = 1;
  let over = false;
  let cancel: () => void = () => undefined;

  const end = (winner: Sending<T>, settle: () => void): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    cancel();
    for (const sending of [first, second]) if (sending !== undefined && sending !== winner) sending.abort();
    settle();
  };
  const follow = (sending: Sending<T>): void => {
    sending.answer.then(
      (value) => end(sending, () => resolve(value)),
      (error: unknown) => {
        running -= 1;
        if (running === 0 || isAnswer(error)) end(sending, () => reject(error));
      },
    );
  };

  let timer: Timer | undefined;
  const hedge = (): void => {
    cancel = gate.enter(() => {
      if (over) {
        gate.leave();
        return;
      }
      second = again();
      running += 1;
      const leave = (): void => gate.leave();
      second.answer.then(leave, leave);
      follow(second);
    });
  };
  const startTimer = (milliseconds: number | undefined): void => {
    if (!over && milliseconds !== undefined) timer = setTimeout(hedge, milliseconds);
  };
  if (typeof delay === 'object') void delay.then(startTimer);
  else startTimer(delay);
  follow(first);
  return await promise;
}
