/** Rare enough not to be felt (one collection takes some milliseconds), and often enough to keep a busy process small. */
const requestsBetween = 250;
/** A collection takes as long as there is to look through: with thousands of requests under way, a tenth of a second. */
const usualMilliseconds = 10;

/**
 * Collects garbage every few hundred requests, after the answer that makes it due. Bun by itself lets a process that
 * holds 7 MB grow past 140 MB under load before it collects. What takes longer than usual is done as much more rarely:
 * every request that is under way waits for it. `now` is in milliseconds.
 */
export function createGarbageCollection(
  collect: () => void,
  now: () => number = () => performance.now(),
): { requestAnswered(): void } {
  let left = requestsBetween;
  const timed = (): void => {
    const begin = now();
    collect();
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
