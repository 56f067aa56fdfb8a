import { type LoadOptions, type Run, runLoad } from './load.ts';
import type { Programs } from './programs.ts';
import { type SideName, sideNames, sidesInTurns, type Track } from './track.ts';

const operations = ['issue', 'renew', 'revoke'] as const;
export type Operation = (typeof operations)[number];
const clientCounts = [1, 8, 32] as const;
export type ClientCount = (typeof clientCounts)[number];

/** One operation by so many clients, round by round. */
export interface RaceRow {
  readonly operation: Operation;
  readonly clients: ClientCount;
  readonly rounds: readonly Readonly<Record<SideName, Run>>[];
}

/** The race, and the engine's own kv read under the same load. */
export interface Race {
  readonly warmUp: number;
  readonly keys: Readonly<Record<ClientCount, number>>;
  readonly rows: readonly RaceRow[];
  readonly floor: readonly { readonly clients: ClientCount; readonly rounds: readonly Run[] }[];
}

/** What is raced: an operation that takes the leases of another one stands behind it. */
export type RaceEntry = readonly [operation: Operation, clients: ClientCount];

/** Every operation by every number of clients. */
export const allEntries: readonly RaceEntry[] = clientCounts.flatMap((clients) =>
  operations.map((operation): RaceEntry => [operation, clients]),
);

/** How long the race is. */
export interface RaceLength {
  readonly entries: readonly RaceEntry[];
  /** At the most. */
  readonly rounds: number;
  /** Whether the rounds so far tell enough. */
  readonly enough?: (rows: readonly RaceRow[]) => boolean;
  /** The numbers of clients that read the engine's own kv. */
  readonly floor: readonly ClientCount[];
  /** Keys that each plugin issues, renews and revokes before anything is counted. */
  readonly warmUp: number;
  readonly keys: Readonly<Record<ClientCount, number>>;
}

/** Both plugins issue, renew and revoke in turns, in one engine; who begins changes with each round. */
export async function race(
  programs: Programs,
  track: Track,
  length: RaceLength,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<Race> {
  const creds = { ours: await track.mount('ours', 'ours'), go: await track.mount('go', 'go') };
  await track.write('sys/mounts/floor', { type: 'kv', options: { version: '1' } });
  await track.write('floor/bench', { key: 'test-not-a-real-value-0000000000000000', models: 'gpt-4o-mini' });
  const ask = (side: SideName, operation: Operation, clients: number, count: number): Promise<Run> =>
    runLoad(programs, track, loadOf(side, operation, { path: creds[side], clients, count, signal }));

  for (const side of sideNames) {
    for (const operation of operations) await ask(side, operation, 8, length.warmUp);
  }
  const rows = length.entries.map(([operation, clients]) => ({
    operation,
    clients,
    rounds: [] as Record<SideName, Run>[],
  }));
  const floor = length.floor.map((clients) => ({ clients, rounds: [] as Run[] }));
  for (let round = 0; round < length.rounds; round++) {
    if (round > 0 && length.enough?.(rows) === true) break;
    for (const { operation, clients, rounds } of rows) {
      const runs: Partial<Record<SideName, Run>> = {};
      for (const side of sidesInTurns(round)) runs[side] = await ask(side, operation, clients, length.keys[clients]);
      const { ours, go } = runs;
      if (ours === undefined || go === undefined) continue;
      rounds.push({ ours, go });
      tell(`round ${round + 1}: ${operation}, ${clients} clients: ${told(ours, go)}`);
    }
    for (const { clients, rounds } of floor) {
      const load = { operation: 'read', paths: ['floor/bench'], clients, count: length.keys[clients], signal } as const;
      rounds.push(await runLoad(programs, track, load));
    }
  }
  const { warmUp, keys } = length;
  return { warmUp, keys, rows, floor };
}

function loadOf(
  side: SideName,
  operation: Operation,
  { path, clients, count, signal }: { path: string; clients: number; count: number; signal: AbortSignal },
): LoadOptions {
  const load = { side, clients, leases: `leases-${side}`, signal };
  return operation === 'issue' ? { ...load, operation: 'read', paths: [path], count } : { ...load, operation };
}

/** Two runs in one line, for whoever waits. */
export function told(ours: Run, go: Run): string {
  const of = (name: 'rate' | 'p50' | 'p99' | 'cpu', digits: number): string =>
    `${name} ${ours[name].toFixed(digits)} / ${go[name].toFixed(digits)} = ${(ours[name] / go[name]).toFixed(2)}`;
  return [of('rate', 0), of('p50', 2), of('p99', 2), of('cpu', 3)].join('; ');
}
