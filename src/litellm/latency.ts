/** No call is sent again sooner: a silent connection may cost 2 s. Milliseconds. */
const shortestDelay = 1500;
/** A LiteLLM that takes longer is slow, not silent: a second call would only add to its load. Milliseconds. */
const longestDelay = 5000;
/** What was seen longer ago says nothing about now. Milliseconds. */
const memory = 10_000;
/** uvicorn closes a connection that was idle for 5 s: one idle for longer than this is not trusted. Milliseconds. */
const trustedIdleness = 4000;

/**
 * How long LiteLLM takes to answer now, as TCP estimates a round trip (RFC 6298): a mean, and how far answers are from
 * it. `now` is in milliseconds and never goes back.
 */
export class Latency {
  readonly #now: () => number;
  #mean = 0;
  #deviation = 0;
  #lastAnswer: number | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Learns for how many milliseconds a call waited for its answer. */
  answered(milliseconds: number): void {
    if (this.#silence > memory) {
      this.#mean = milliseconds;
      this.#deviation = milliseconds / 2;
    } else {
      this.#deviation += (Math.abs(milliseconds - this.#mean) - this.#deviation) / 4;
      this.#mean += (milliseconds - this.#mean) / 8;
    }
    this.#lastAnswer = this.#now();
  }

  /**
   * Whether the kept connections have been idle for so long that the proxy, or what is in between, may have dropped
   * them.
   */
  get idle(): boolean {
    return this.#lastAnswer !== undefined && this.#silence > trustedIdleness;
  }

  /**
   * After how many milliseconds without an answer a call on a kept connection may be sent again on a fresh one;
   * undefined if that does not help: LiteLLM is slow, or the call goes out on a fresh connection anyway.
   */
  hedgeDelay(): number | undefined {
    if (this.idle) return undefined;
    if (this.#silence > memory) return shortestDelay;
    const delay = Math.max(shortestDelay, this.#mean + 4 * this.#deviation);
    return delay > longestDelay ? undefined : delay;
  }

  /** Milliseconds since the last answer. */
  get #silence(): number {
    return this.#lastAnswer === undefined ? Number.POSITIVE_INFINITY : this.#now() - this.#lastAnswer;
  }
}
