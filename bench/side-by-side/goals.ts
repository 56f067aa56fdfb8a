import { summarize } from '../statistics.ts';
import type { Run } from './load.ts';
import type { ClientCount, Operation, RaceRow } from './race.ts';
import type { EngineResults, Memory, Pairs, Results } from './results.ts';

const raceNames = { rate: 'rate', p50: 'p50', p99: 'p99', cpu: 'processor time' } as const;

/** What a figure should come to, and what it did. */
export interface Goal {
  readonly what: string;
  readonly sign: '≥' | '≤';
  readonly goal: number;
  readonly unit: string;
  readonly value: number;
}

/** Whether a goal is held; `slack` is what may be missing of it: 0.5 is half. */
export function isHeld({ sign, goal, value }: Goal, slack = 1): boolean {
  return sign === '≥' ? value >= goal * slack : value <= goal / slack;
}

/** Ours through Go's of each round. */
export function ratios({ rounds }: RaceRow, name: 'rate' | 'p50' | 'p99' | 'cpu'): readonly number[] {
  // A tick of the kernel's is the least processor time that is counted.
  const value = (run: Run): number => Math.max(run[name], name === 'cpu' ? 0.01 : 0);
  return rounds.map(({ ours, go }) => value(ours) / value(go));
}

/** The same of figures that were taken in pairs. */
export function pairRatios({ ours, go }: Pairs): readonly number[] {
  return ours.map((value, round) => value / (go[round] ?? Number.NaN));
}

/** The middle of some figures. */
export function median(values: readonly number[]): number {
  return summarize(values).median;
}

const raceAims: readonly (readonly [Operation, ClientCount, 'rate' | 'p99' | 'cpu', '≥' | '≤', number])[] = [
  ['issue', 1, 'rate', '≥', 1.15],
  ['issue', 8, 'rate', '≥', 0.95],
  ['issue', 32, 'rate', '≥', 1.05],
  ['issue', 8, 'p99', '≤', 1.3],
  ['issue', 32, 'p99', '≤', 1.3],
  ['issue', 1, 'cpu', '≤', 0.7],
  ['issue', 8, 'cpu', '≤', 1],
  ['issue', 32, 'cpu', '≤', 1],
  ['renew', 8, 'rate', '≥', 0.8],
  ['revoke', 8, 'rate', '≥', 0.8],
];

/** How the rounds of a run become one figure: with `best` the best one counts, since that a machine is busy for a while is no loss. */
export interface Judging {
  readonly best?: boolean;
}

/** The goals of the race, as far as it was run. */
export function raceGoals(rows: readonly RaceRow[], { best = false }: Judging = {}): readonly Goal[] {
  return raceAims.flatMap(([operation, clients, name, sign, goal]) => {
    const row = rows.find((one) => one.operation === operation && one.clients === clients);
    if (row === undefined || row.rounds.length === 0) return [];
    const what = `${operation}, ${clients} client${clients === 1 ? '' : 's'}: ${raceNames[name]}`;
    const all = ratios(row, name);
    return [{ what, sign, goal, unit: '× Go', value: best ? bestOf(all, sign) : median(all) }];
  });
}

/** The goals of one engine, as far as their parts were run. */
export function engineGoals(
  { race, first, memory, mounts, models }: EngineResults,
  judging: Judging = {},
): readonly Goal[] {
  const goals: Goal[] = [...raceGoals(race?.rows ?? [], judging)];
  const add = (what: string, sign: '≥' | '≤', goal: number, unit: string, value: number): void => {
    goals.push({ what, sign, goal, unit, value });
  };
  if (first !== undefined) add('first 100 reads: rate', '≥', 0.8, '× Go', median(pairRatios(first.rate)));
  if (memory !== undefined) {
    const of = (name: keyof Memory): number => median(memory.rounds.ours.map((round) => round[name]));
    add('memory: peak', '≤', 105, 'MiB', of('peak'));
    add(`memory: after ${memory.keys.toLocaleString('en-US')} keys`, '≤', 80, 'MiB', of('issued'));
    add('memory: at rest', '≤', 80, 'MiB', of('rested'));
    add('memory: idle', '≤', 68, 'MiB', of('idle'));
  }
  if (mounts !== undefined) {
    const { mounts: count, one, all, before, after } = mounts;
    add(`${count} mounts: memory more`, '≤', 20, 'MiB', after.ours - before.ours);
    const kept = median(all.ours.map((rate, round) => rate / (one.ours[round] ?? Number.NaN)));
    add(`${count} mounts: rate, through that of one`, '≥', 0.95, '×', kept);
  }
  if (models !== undefined) {
    add(`${models.models.toLocaleString('en-US')} models: keys a second`, '≥', 300, '/s', median(models.rate));
  }
  return goals;
}

function bestOf(values: readonly number[], sign: Goal['sign']): number {
  return sign === '≥' ? Math.max(...values) : Math.min(...values);
}

/** The goals that no engine has to do with. */
export function commonGoals({ start, pauses }: Results, { best = false }: Judging = {}): readonly Goal[] {
  const goals: Goal[] = [];
  if (start !== undefined) {
    const of = (values: readonly number[]): number => (best ? Math.min(...values) : median(values));
    goals.push({
      what: 'start to handshake',
      sign: '≤',
      goal: 1.2,
      unit: '× Go',
      value: of(start.ours) / of(start.go),
    });
  }
  if (pauses !== undefined) {
    const longest = Math.max(...pauses.rounds.ours.map((round) => round.longest));
    goals.push({ what: 'longest pause', sign: '≤', goal: 12, unit: 'ms', value: longest });
  }
  return goals;
}
