import type { Summary } from './statistics.ts';

/** What figures are counted in. */
export type Unit = 'ms' | 'MB' | 'calls' | '/s' | 'files';

/** One line of the report. */
export interface Figure {
  readonly what: string;
  readonly unit: Unit;
  readonly summary: Summary;
  /** How many measurements, where it is not simply a number. */
  readonly runs?: string;
  /** The median is held against it; without one the figure is there for comparison. */
  readonly target?: number;
}

/** The figures of one measurement, and what one should know to read them. */
export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
}

/** Tells whether a figure's median holds its target; undefined where there is none. */
export function holds({ summary, target }: Figure): boolean | undefined {
  return target === undefined ? undefined : summary.median <= target;
}
