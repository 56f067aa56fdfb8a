/**
 * What a call is for. `ending` calls take access away (block, delete, and the question whether a key is gone); they
 * always have room.
 */
export type Lane = 'ending' | 'ordinary';

/** How waiting for a turn ended. */
export type Turn = 'turn' | 'time' | 'caller';

/** One caller in a line, with its neighbours, so that it can leave from anywhere at no cost. */
interface Waiter {
  readonly go: () => void;
  before: Waiter | undefined;
  behind: Waiter | undefined;
}

/** A line of callers, first come first served. */
class Line {
  #first: Waiter | undefined;
  #last: Waiter | undefined;

  get empty(): boolean {
    return this.#first === undefined;
  }

  join(go: () => void): Waiter {
    const waiter: Waiter = { go, before: this.#last, behind: undefined };
    if (this.#last === undefined) this.#first = waiter;
    else this.#last.behind = waiter;
    this.#last = waiter;
    return waiter;
  }

  leave(waiter: Waiter): void {
    if (waiter.before === undefined) this.#first = waiter.behind;
    else waiter.before.behind = waiter.behind;
    if (waiter.behind === undefined) this.#last = waiter.before;
    else waiter.behind.before = waiter.before;
  }

  /** Takes the first one out. */
  shift(): Waiter | undefined {
    const first = this.#first;
    if (first !== undefined) this.leave(first);
    return first;
  }
}

/** The longest delay a timer takes. */
const longestTimer = 2 ** 31 - 1;

/**
 * How many calls of a mount may be under way at once: never more than `max`. Ordinary calls leave a quarter of it, and
 * at least one, to those that end keys. A call that finds no room waits in the line of its lane; the ending line goes
 * first. A hedge takes no slot: it replaces a call that is taken for dead and still has its own. A `HedgeGate` allows
 * one at a time, so there is at most one call more than `max` for each gate.
 */
export class CallSlots {
  #max: number;
  #inFlight = 0;
  #ordinaryInFlight = 0;
  readonly #ending = new Line();
  readonly #ordinary = new Line();

  /** @param max - At least 2. */
  constructor(max: number) {
    this.#max = max;
  }

  /** How many calls may be under way. */
  get max(): number {
    return this.#max;
  }

  /** How many calls are under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Changes the bound. Calls under way go on; a wider bound lets waiting ones go at once. */
  resize(max: number): void {
    if (max === this.#max) return;
    this.#max = max;
    this.#letGo();
  }

  /** Takes a slot if one is free and nobody of the lane waits for it. Give it back with {@link release}. */
  tryTake(lane: Lane): boolean {
    if (!this.#hasRoom(lane) || !(lane === 'ending' ? this.#ending : this.#ordinary).empty) return false;
    this.#take(lane);
    return true;
  }

  /** Waits for a slot, for at most so many seconds. Only after `turn` is there one to give back. */
  async wait(lane: Lane, seconds: number, signal?: AbortSignal): Promise<Turn> {
    if (signal?.aborted === true) return 'caller';
    if (this.tryTake(lane)) return 'turn';
    const line = lane === 'ending' ? this.#ending : this.#ordinary;
    return await new Promise((resolve) => {
      const end = (how: Turn): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', gone);
        if (how !== 'turn') line.leave(waiter);
        resolve(how);
      };
      const gone = (): void => end('caller');
      const waiter = line.join(() => end('turn'));
      const timer = setTimeout(() => end('time'), Math.min(seconds * 1000, longestTimer));
      signal?.addEventListener('abort', gone, { once: true });
    });
  }

  /** Gives a slot back; the next in line has it at once. */
  release(lane: Lane): void {
    this.#inFlight -= 1;
    if (lane === 'ordinary') this.#ordinaryInFlight -= 1;
    this.#letGo();
  }

  #take(lane: Lane): void {
    this.#inFlight += 1;
    if (lane === 'ordinary') this.#ordinaryInFlight += 1;
  }

  #hasRoom(lane: Lane): boolean {
    if (this.#inFlight >= this.#max) return false;
    if (lane === 'ending') return true;
    return this.#ending.empty && this.#ordinaryInFlight < this.#max - Math.max(1, Math.floor(this.#max / 4));
  }

  #letGo(): void {
    for (;;) {
      const lane = !this.#ending.empty ? 'ending' : !this.#ordinary.empty ? 'ordinary' : undefined;
      if (lane === undefined || !this.#hasRoom(lane)) return;
      this.#take(lane);
      (lane === 'ending' ? this.#ending : this.#ordinary).shift()?.go();
    }
  }
}
