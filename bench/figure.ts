import { percentile, type Summary, summarize } from './statistics.ts';

/** What figures are counted in. */
export type Unit = 'ms' | 'calls' | '/s';

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

/** The p50 and p99 of what was timed, round by round, in milliseconds; the target is one for the p99. */
export function latencyFigures(
  what: string,
  rounds: readonly (readonly number[])[],
  { runs, target }: Pick<Figure, 'runs' | 'target'> = {},
): readonly Figure[] {
  const of = (hundredths: number): Figure['summary'] => summarize(rounds.map((times) => percentile(times, hundredths)));
  const counted = runs === undefined ? {} : { runs };
  const held = target === undefined ? {} : { target: Math.round(target * 10) / 10 };
  return [
    { what: `${what}: p50`, unit: 'ms', summary: of(50), ...counted },
    { what: '  p99', unit: 'ms', summary: of(99), ...counted, ...held },
  ];
}

/** Tells whether a figure's median holds its target; undefined where there is none. */
export function holds({ summary, target }: Figure): boolean | undefined {
  return target === undefined ? undefined : summary.median <= target;
}
