import type { Clock } from '../../sdk/logical/clock.ts';
import { ReadOnlyError } from '../../sdk/logical/error.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import { BetweenTicks } from './between-ticks.ts';
import { DueRotations } from './due-rotations.ts';
import type { Rotating } from './rotating.ts';
import { type RotationFailure, WaitingRotations } from './waiting-rotations.ts';

/** What a {@link RotationQueue} needs. */
export interface RotationQueueOptions {
  readonly rotating: Rotating;
  /** Whether this node is the one that rotates. */
  readonly isActive: () => Promise<boolean>;
  readonly clock: Clock;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
}

/** How many are read from the storage at once when the queue is filled. */
const mostReads = 4;
/** A clock that goes back by less is being corrected: what is due comes that much later. */
const bearableMs = 30_000;

/**
 * When to rotate what, in the memory of the node that rotates, so that nobody reads everything each minute. It is
 * filled from the storage, and asks it once more before each rotation: nothing rotates twice after a restart, a
 * failover or a change of the clock. What fails is tried again, less and less often. Go: `rotateCredentials` of the
 * database engine, which rotates all that is due one after another.
 */
export class RotationQueue {
  readonly #options: RotationQueueOptions;
  readonly #waiting = new WaitingRotations();
  readonly #closing = new AbortController();
  readonly #due: DueRotations;
  readonly #between: BetweenTicks;
  #storage: Storage | undefined;
  #filling: Promise<void> | undefined;
  #filled = false;
  /** Changes when everything is dropped: a reading under way then fills nothing. */
  #generation = 0;
  /** Milliseconds: the latest that the clock has shown. */
  #latest = Number.NEGATIVE_INFINITY;

  constructor(options: RotationQueueOptions) {
    this.#options = options;
    const waiting = this.#waiting;
    this.#due = new DueRotations({
      ...options,
      waiting,
      closing: this.#closing.signal,
      onReadOnly: () => this.#drop(),
    });
    this.#between = new BetweenTicks({ ...options, waiting, begin: (storage) => this.#due.begin(storage) });
  }

  /** How many wait, or are being rotated. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Why it is not rotated; undefined if nothing is wrong, and on a node that does not rotate. */
  failure(name: string): RotationFailure | undefined {
    return this.#waiting.get(name)?.failure;
  }

  /** Starts to fill the queue, and does not wait for it: for a mount that starts. */
  start(storage: Storage): void {
    this.#fill(storage);
  }

  /** When to rotate it by what was stored just now; undefined: never. Ends a failure. */
  put(name: string, when: Date | undefined): void {
    if (when === undefined) {
      this.remove(name);
      return;
    }
    this.#waiting.put({ name, when, seen: this.#now() });
    if (this.#storage !== undefined && this.#between.misses(when)) this.#between.watch(this.#storage);
  }

  /** It is gone, or no longer rotates by itself. */
  remove(name: string): void {
    this.#waiting.remove(name);
  }

  /**
   * Starts to rotate what is due, then at its moment what becomes due, and does not wait for it. The host calls this
   * about once a minute. A node that does not rotate forgets everything, and reads it again once it does.
   */
  async run(storage: Storage): Promise<void> {
    if (!(await this.#options.isActive())) {
      this.#drop();
      return;
    }
    const latest = this.#latest;
    const now = this.#now().getTime();
    if (now < latest - bearableMs) {
      const { logger, rotating } = this.#options;
      logger.log('warn', 'the clock was set back: reading again when to rotate', { what: rotating.what });
      this.#latest = now;
      this.#forgetReading();
    }
    if (this.#filled) this.#begin(storage);
    else this.#fill(storage, () => this.#begin(storage));
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#filling;
    await this.#due.idle();
  }

  /** Closes: starts nothing more, and resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#closing.abort(new Error('the mount is closing'));
    this.#between.stop();
    await this.idle();
    this.#drop();
  }

  #now(): Date {
    const now = this.#options.clock.now();
    this.#latest = Math.max(this.#latest, now.getTime());
    return now;
  }

  #begin(storage: Storage): void {
    this.#due.begin(storage);
    this.#storage = storage;
    this.#between.watch(storage);
  }

  #drop(): void {
    this.#forgetReading();
    this.#waiting.clear();
  }

  #forgetReading(): void {
    this.#storage = undefined;
    this.#between.stop();
    this.#generation += 1;
    this.#filled = false;
  }

  #fill(storage: Storage, onFilled?: () => void): void {
    if (this.#closing.signal.aborted) return;
    this.#filling ??= this.#read(storage)
      .then(() => {
        if (this.#filled) onFilled?.();
      })
      .finally(() => {
        this.#filling = undefined;
      });
  }

  async #read(storage: Storage): Promise<void> {
    const { rotating, isActive, logger } = this.#options;
    const generation = this.#generation;
    const isOver = (): boolean => this.#closing.signal.aborted || this.#generation !== generation;
    try {
      if (!(await isActive())) return;
      const before = this.#waiting.all();
      const names = new Set(await rotating.list(storage));
      for (const one of before) if (!names.has(one.name) && this.#waiting.get(one.name) === one) this.remove(one.name);
      const left = names.values();
      const readSome = async (): Promise<void> => {
        for (const name of left) if (!isOver()) await this.#learn(storage, name, isOver);
      };
      await Promise.all(Array.from({ length: mostReads }, readSome));
      if (isOver()) return;
      this.#filled = true;
      logger.log('debug', 'it is known when to rotate', { what: rotating.what, count: this.size });
    } catch (error) {
      if (error instanceof ReadOnlyError || isOver()) return;
      const reason = error instanceof Error ? error.message : String(error);
      const fields = { what: rotating.what, error: reason };
      logger.log('warn', 'cannot find out when to rotate, and will try again', fields);
    }
  }

  /** What is put or removed while the storage is read is newer. What cannot be read fails like a rotation. */
  async #learn(storage: Storage, name: string, isOver: () => boolean): Promise<void> {
    const before = this.#waiting.get(name);
    const isOld = (): boolean => isOver() || this.#waiting.get(name) !== before;
    const now = this.#now();
    try {
      const when = await this.#options.rotating.next(storage, name, { now, seen: now });
      if (isOld()) return;
      if (when === undefined) this.remove(name);
      else this.#waiting.put({ name, when, seen: now });
    } catch (error) {
      if (error instanceof ReadOnlyError) throw error;
      if (!isOld()) this.#due.fail({ name, when: now, seen: now }, error);
    }
  }
}
