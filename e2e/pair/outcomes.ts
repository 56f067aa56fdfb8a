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
  const head = ['Redis', 'ended by', 'key there', 'instance', 'trials', 'median s', 'worst s', 'over 1 s'];
  const lines = rows.map(({ redis, way, state, instance, seconds }) => [
    redis ? 'yes' : 'no',
    way,
    state,
    instance,
    String(seconds.length),
    medianOf(seconds).toFixed(2),
    Math.max(0, ...seconds).toFixed(2),
    String(laterThan(seconds, 1)),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)));
  return [head, ...lines]
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
