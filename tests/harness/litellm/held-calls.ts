/** Where a call is held: before it has done anything, or after that and before its answer. */
export type HoldPoint = 'before' | 'after';

/** A call that LiteLLM has been asked and is kept waiting for. */
export interface HeldCall {
  readonly method: string;
  readonly path: string;
  /** Lets it go on, and answer whoever still listens. */
  release(): void;
  /** Closes its connection instead; before its effect that never comes. */
  drop(): void;
}

interface Hold {
  /** The place of a call, or the path of the next one that is asked for. */
  readonly call: number | string;
  readonly point: HoldPoint;
  readonly reached: (held: HeldCall) => void;
}

/** Calls that a server has been told to hold, so that a test can do something at just that moment. */
export class HeldCalls {
  #holds: readonly Hold[] = [];
  readonly #waiting = new Set<() => void>();

  /** Holds one call, by its place in the server's `requests`, which must be still to come. Resolves when it is there. */
  hold(call: number, point: HoldPoint): Promise<HeldCall> {
    const { promise, resolve } = Promise.withResolvers<HeldCall>();
    this.#holds = [...this.#holds, { call, point, reached: resolve }];
    return promise;
  }

  /** Holds the next call to a path. */
  holdPath(path: string, point: HoldPoint): Promise<HeldCall> {
    const { promise, resolve } = Promise.withResolvers<HeldCall>();
    this.#holds = [...this.#holds, { call: path, point, reached: resolve }];
    return promise;
  }

  /** Takes back what has not been reached, and drops what is held. */
  clear(): void {
    this.#holds = [];
    for (const drop of this.#waiting) drop();
  }

  /** Whether a call is to be held there. */
  holds(call: number, point: HoldPoint, path: string): boolean {
    return this.#find(call, point, path) !== undefined;
  }

  /** Waits where a call is to be held there; tells whether it goes on. */
  async pass(call: number, point: HoldPoint, asked: Pick<HeldCall, 'method' | 'path'>): Promise<boolean> {
    const hold = this.#find(call, point, asked.path);
    if (hold === undefined) return true;
    this.#holds = this.#holds.filter((one) => one !== hold);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const drop = (): void => resolve(false);
    this.#waiting.add(drop);
    hold.reached({ ...asked, release: () => resolve(true), drop });
    try {
      return await promise;
    } finally {
      this.#waiting.delete(drop);
    }
  }

  #find(call: number, point: HoldPoint, path: string): Hold | undefined {
    return this.#holds.find((one) => (one.call === call || one.call === path) && one.point === point);
  }
}
