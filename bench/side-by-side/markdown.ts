import { percentile } from '../statistics.ts';
import { median, pairRatios } from './goals.ts';
import type { Pairs } from './results.ts';

/** A table as Markdown, with figures in all columns but the first. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return lines(head, '--:', rows);
}

/** A table of words. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return lines(head, '---', rows);
}

function lines(head: readonly string[], rule: '--:' | '---', rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : rule))), ...rows.map(line)].join('\n');
}

/** The head of a table whose rows are made by {@link pairRow}. */
export const pairHead = ['', 'this plugin', 'Go', 'ratio'] as const;

/** Figures that were taken in pairs: ours, Go's, and ours through Go's. */
export function pairRow(what: string, pairs: Pairs): readonly string[] {
  return [what, spread(pairs.ours), spread(pairs.go), spread(pairRatios(pairs))];
}

/** A figure with as many digits as tell something. */
export function number(value: number): string {
  const size = Math.abs(value);
  return size >= 1000 ? count(value) : value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** A whole number. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A median, with the middle half of what was measured where that is more than one figure. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const middle = number(median(values));
  if (values.length === 1) return middle;
  return `${middle} (${number(percentile(values, 25))}–${number(percentile(values, 75))})`;
}
