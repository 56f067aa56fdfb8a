/** Lets one piece of work run at a time, in the order of asking. Go: `sync.Mutex`. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs when all earlier callers are done; their failures are their own. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return await turn;
  }
}
