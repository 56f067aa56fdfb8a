import type { Clock } from '../../sdk/logical/clock.ts';
import { ReadOnlyError } from '../../sdk/logical/error.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { Rotating } from './rotating.ts';
import type { Waiting, WaitingRotations } from './waiting-rotations.ts';

/** What {@link DueRotations} needs. */
export interface DueRotationsOptions {
  readonly rotating: Rotating;
  readonly waiting: WaitingRotations;
  readonly clock: Clock;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
  /** Aborts when nothing more may start. */
  readonly closing: AbortSignal;
  /** Called if the storage of this node refuses writes. */
  readonly onReadOnly: () => void;
}

/** The host asks for what is due about this often. */
const tickMs = 60_000;
/** From the start of one rotation to the next: many that are due are spread over a tick or more. */
const leastGapMs = 50;
const mostGapMs = 250;
/** Between two actions on the same thing, such as the end of a former key and the next rotation. */
const leastPauseMs = 2_000;
/** How many rotate at once. */
const mostAtOnce = 4;

/** Rotates what is due, few at a time and spread, so that nobody who reads a credential meanwhile waits. */
export class DueRotations {
  readonly #options: DueRotationsOptions;
  readonly #underWay = new Map<string, Promise<void>>();
  #beginning: Promise<void> | undefined;

  constructor(options: DueRotationsOptions) {
    this.#options = options;
  }

  /** Starts to rotate all that is due, and what becomes due meanwhile. Does nothing if that is under way. */
  begin(storage: Storage): void {
    this.#beginning ??= this.#beginAll(storage).finally(() => {
      this.#beginning = undefined;
    });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#beginning !== undefined || this.#underWay.size > 0) {
      await this.#beginning;
      await Promise.all(this.#underWay.values());
    }
  }

  /** Puts one back whose rotation or reading failed, and logs it. */
  fail(one: Waiting, error: unknown): void {
    const { rotating, waiting, clock, logger } = this.#options;
    const { attempts, message, nextTry } = waiting.putBackFailed(one, error, clock.now());
    logger.log('warn', `cannot rotate a ${rotating.what}`, {
      ...{ name: one.name, attempts, next_try: nextTry.toISOString(), error: message },
    });
  }

  async #beginAll(storage: Storage): Promise<void> {
    try {
      for (let due = this.#due(); due.length > 0; due = this.#due()) await this.#beginEach(storage, due);
    } catch {
      // Only the closing of the mount throws here.
    }
  }

  #due(): readonly Waiting[] {
    const { waiting, clock } = this.#options;
    return waiting.due(clock.now()).filter(({ name }) => !this.#underWay.has(name));
  }

  async #beginEach(storage: Storage, due: readonly Waiting[]): Promise<void> {
    const { closing, sleep, waiting } = this.#options;
    const gapMs = Math.min(Math.max(tickMs / due.length, leastGapMs), mostGapMs);
    for (const [index, one] of due.entries()) {
      if (index > 0) await sleep(gapMs, closing);
      while (this.#underWay.size >= mostAtOnce) await Promise.race(this.#underWay.values());
      closing.throwIfAborted();
      // Meanwhile it may have been put again or removed.
      if (waiting.get(one.name) === one) this.#beginOne(storage, one);
    }
  }

  #beginOne(storage: Storage, one: Waiting): void {
    const rotation = this.#rotateOne(storage, one).finally(() => this.#underWay.delete(one.name));
    this.#underWay.set(one.name, rotation);
  }

  async #rotateOne(storage: Storage, one: Waiting): Promise<void> {
    const { rotating, waiting, clock, closing, onReadOnly } = this.#options;
    const { name, seen } = one;
    try {
      const now = clock.now();
      const due = await rotating.next(storage, name, { now, seen });
      if (closing.aborted) return;
      if (due === undefined || due.getTime() > now.getTime()) {
        this.#putBack(one, due, seen);
        return;
      }
      await rotating.rotate(storage, name, { now, seen }, closing);
      const rotated = clock.now();
      const next = await rotating.next(storage, name, { now: rotated, seen: rotated });
      this.#putBack(one, next && notAtOnce(next, rotated), rotated);
    } catch (error) {
      if (error instanceof ReadOnlyError) onReadOnly();
      else if (!closing.aborted && waiting.get(name) === one) this.fail(one, error);
    }
  }

  /** What was put or removed meanwhile stays as it is: the storage is asked before each rotation anyway. */
  #putBack(one: Waiting, when: Date | undefined, seen: Date): void {
    const { waiting } = this.#options;
    if (waiting.get(one.name) !== one) return;
    if (when === undefined) waiting.remove(one.name);
    else waiting.put({ name: one.name, when, seen });
  }
}

/** What comes next keeps its moment. What is due again already waits, however long this took. */
function notAtOnce(next: Date, rotated: Date): Date {
  const pause = next.getTime() <= rotated.getTime() ? tickMs : leastPauseMs;
  return new Date(Math.max(next.getTime(), rotated.getTime() + pause));
}
