/** Often enough to keep a busy process small. A young collection takes some milliseconds. */
const requestsBetween = 250;
/** A full collection takes three times as long and finds what the young ones have left. */
const collectionsToFull = 8;
/** A collection takes longer the more there is to look through: a tenth of a second with thousands of requests. */
const usualMilliseconds = 10;

/** How garbage is collected. */
export interface Collections {
  /** Looks only through what was made since the last collection. */
  readonly young: () => void;
  /** Looks through everything. */
  readonly full: () => void;
}

/**
 * Collects garbage every few hundred requests, after the answer that makes it due. Every eighth collection is full. Bun
 * by itself lets a process that holds 7 MB grow past 140 MB under load before it collects. A collection that takes
 * longer than usual makes the next one as much rarer, since every request waits for it. `now` is in milliseconds.
 */
export function createGarbageCollection(
  { young, full }: Collections,
  now: () => number = () => performance.now(),
): { requestAnswered(): void } {
  let left = requestsBetween;
  let collections = 0;
  const timed = (): void => {
    const begin = now();
    collections += 1;
    if (collections % collectionsToFull === 0) full();
    else young();
    const times = Math.max(1, (now() - begin) / usualMilliseconds);
    left += Math.round(requestsBetween * (times - 1));
  };
  return {
    requestAnswered() {
      left -= 1;
      if (left > 0) return;
      left = requestsBetween;
      setImmediate(timed);
    },
  };
}
