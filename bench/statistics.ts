/** What a row of measurements comes to. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** How many measurements there were. */
  readonly runs: number;
}

/** The summary of at least one measurement. @throws RangeError for none */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) throw new RangeError('there is no summary of no measurement');
  return { median: median(sorted), min, max, runs: sorted.length };
}

/** The value that so many of a hundred do not exceed. @throws RangeError for none */
export function percentile(values: readonly number[], hundredths: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((sorted.length * hundredths) / 100) - 1)];
  if (value === undefined) throw new RangeError('there is no percentile of no measurement');
  return value;
}

/** The middle value, or the mean of the two in the middle. */
function median(sorted: readonly number[]): number {
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return (lower + upper) / 2;
}
