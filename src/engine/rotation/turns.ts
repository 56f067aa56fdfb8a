import { Mutex } from '../stored/mutex.ts';

interface Line {
  readonly mutex: Mutex;
  /** How many have the turn or wait for it. */
  length: number;
}

/** Runs one piece of work at a time for each name, in the order of asking. A name that nobody wants takes no memory. */
export class Turns {
  readonly #lines = new Map<string, Line>();

  /** Whether somebody has the turn of a name, or waits for it. */
  isTaken(name: string): boolean {
    return this.#lines.has(name);
  }

  /** Runs when all earlier callers for this name are done; their failures are their own. */
  async run<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const line = this.#lines.get(name) ?? { mutex: new Mutex(), length: 0 };
    this.#lines.set(name, line);
    line.length += 1;
    try {
      return await line.mutex.run(work);
    } finally {
      line.length -= 1;
      if (line.length === 0) this.#lines.delete(name);
    }
  }
}
