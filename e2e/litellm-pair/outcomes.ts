import type { Attempt } from './trial.ts';

/** What trials of one kind came to. */
export interface Row extends Attempt {
  readonly redis: boolean;
  /** For how many seconds each key was accepted. */
  readonly seconds: readonly number[];
}

/** How many of the keys were still accepted later than `limit` seconds after their end. */
export const laterThan = (seconds: readonly number[], limit: number): number =>
  seconds.filter((one) => one > limit).length;

/** The rows as a table of plain text. */
export function tableOf(rows: readonly Row[]): string {
  return Bun.inspect.table(
    rows.map(({ redis, way, state, instance, seconds }) => ({
      Redis: redis ? 'yes' : 'no',
      'ended by': way,
      'key there': state,
      instance,
      trials: seconds.length,
      'median s': medianOf(seconds).toFixed(2),
      'worst s': Math.max(0, ...seconds).toFixed(2),
      'over 1 s': laterThan(seconds, 1),
    })),
  );
}

function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
