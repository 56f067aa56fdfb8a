import type { Clock } from '../../sdk/logical/clock.ts';

/** Milliseconds: more than it takes to read and remove an entry, and than two clocks differ. */
const slack = 60_000;

/** From when a process that does not know the request may roll back the entry of its key. */
export function rollbackAfter(now: Date, requestTimeout: number): Date {
  // Making the key and changing its lifetime: each waits for its turn as long as its call may take.
  return new Date(now.getTime() + 4 * requestTimeout * 1000 + slack);
}

/** Keys with a write-ahead entry that this process is making. */
export class KeysInMaking {
  readonly #clock: Clock;
  readonly #rollbackAfter = new Map<string, Date>();
  readonly #tokenIds = new Map<string, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(tokenId: string): boolean {
    return this.#rollbackAfter.has(tokenId);
  }

  /** Takes a key whose entry is about to be written. */
  begin(tokenId: string, rollbackAfterTime: Date): void {
    this.#rollbackAfter.set(tokenId, rollbackAfterTime);
  }

  /** Takes the id of a key's entry. */
  written(tokenId: string, entry: string): void {
    this.#tokenIds.set(entry, tokenId);
  }

  /**
   * The key of an entry is made. If the entry was `removed` close to the time from which it may be rolled back, the key
   * stays here: a rollback that read the entry just before may still come with it.
   */
  end(entry: string, removed: boolean): void {
    const tokenId = this.#tokenIds.get(entry);
    if (tokenId === undefined) return;
    this.#tokenIds.delete(entry);
    const late = (this.#rollbackAfter.get(tokenId)?.getTime() ?? 0) - this.#clock.now().getTime() < slack;
    if (!removed || !late) this.#rollbackAfter.delete(tokenId);
  }

  /** The key is given up: a rollback may end it. */
  giveUp(tokenId: string, entry: string | undefined): void {
    if (entry !== undefined) this.#tokenIds.delete(entry);
    this.#rollbackAfter.delete(tokenId);
  }
}
