import { median, ratios } from './goals.ts';
import { count, number, pairHead, pairRow, spread, table } from './markdown.ts';
import type { Race, RaceRow } from './race.ts';
import type { EngineResults, Memory, ScaleStep } from './results.ts';
import { type SideName, sideNames } from './track.ts';

/** What the page tells of one engine, as far as it was measured. */
export function engineSection(name: string, results: EngineResults): string {
  const { title, version, race, models, leases = [], roles = [] } = results;
  const pairs = pairRows(results);
  const parts = [
    `## In ${title} ${version}`,
    ...(race === undefined ? [] : raceParts(name, race)),
    ...(pairs.length === 0 ? [] : [table(pairHead, pairs)]),
    ...(models === undefined ? [] : modelsParts(models)),
    ...(leases.length === 0 && roles.length === 0 ? [] : [`### Scale in ${title}`]),
    ...(leases.length === 0
      ? []
      : [
          '8 clients issue keys, and no lease ends. The last row has them all outstanding.',
          `![Rate, processor time and memory over leases outstanding](performance/scale-${name}.svg)`,
          scaleTable('leases', leases),
        ]),
    ...(roles.length === 0 ? [] : ['The same with more and more roles, read in turns:', scaleTable('roles', roles)]),
  ];
  return parts.join('\n\n');
}

function raceParts(name: string, { rows, floor }: Race): readonly string[] {
  const loads = rows.flatMap((row) => row.rounds.flatMap(({ ours, go }) => [ours.loadCPU, go.loadCPU]));
  const floors = floor.filter(({ rounds }) => rounds.length > 0);
  return [
    `![Requests a second](performance/rate-${name}.svg)`,
    `![Processor time](performance/cpu-${name}.svg)`,
    `The first number is the ratio: this plugin's figure divided by Go's, ${roundsText(rows[0]?.rounds.length ?? 0)}. Below it are the two figures. The rate is in requests a second, p50 and p99 are in milliseconds. Processor time is what the plugin's process takes for 1,000 requests and all that they cause, in seconds.`,
    table(['operation, clients', 'rate', 'p50', 'p99', 'processor time'], rows.map(raceRow)),
    ...(floors.length === 0
      ? []
      : [
          `The engine alone sets the floor: it answers a read of its own kv store ${floors
            .map(({ clients, rounds }) => {
              const of = (figure: 'rate' | 'p50'): string => number(median(rounds.map((round) => round[figure])));
              return `${of('rate')} times a second to ${clients} client${clients === 1 ? '' : 's'} (p50 ${of('p50')} ms)`;
            })
            .join(', ')}. The load takes ${number(median(loads))} s of processor time for 1,000 requests.`,
        ]),
  ];
}

function roundsText(rounds: number): string {
  return rounds === 1 ? 'of one round' : `the median of ${rounds} rounds, with the middle half of them in brackets`;
}

function raceRow(row: RaceRow): readonly string[] {
  const of = (name: 'rate' | 'p50' | 'p99' | 'cpu'): string => {
    const [ours = 0, go = 0] = sideNames.map((side) => median(row.rounds.map((round) => round[side][name])));
    return `${spread(ratios(row, name))}<br>${number(ours)} / ${number(go)}`;
  };
  return [`${row.operation}, ${row.clients}`, of('rate'), of('p50'), of('p99'), of('cpu')];
}

function pairRows({ first, mount, memory, mounts }: EngineResults): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  if (first !== undefined) {
    rows.push(
      pairRow('first 100 reads of a process: rate', first.rate),
      pairRow('first 100 reads: p99, ms', first.p99),
      pairRow('first 100 reads: processor time for 1,000, s', first.cpu),
    );
  }
  if (mount !== undefined) rows.push(pairRow('first mount, with configuration and role, ms', mount));
  if (memory !== undefined) {
    const names = {
      idle: 'idle',
      peak: 'at its peak',
      issued: `after ${count(memory.keys)} keys`,
      rested: `${memory.rest} s later`,
    } as const satisfies Record<keyof Memory, string>;
    const of = (side: SideName, name: keyof Memory): readonly number[] => memory.rounds[side].map((one) => one[name]);
    for (const name of ['idle', 'peak', 'issued', 'rested'] as const) {
      rows.push(pairRow(`memory ${names[name]}, MiB`, { ours: of('ours', name), go: of('go', name) }));
    }
  }
  if (mounts !== undefined) {
    const { before, after } = mounts;
    rows.push(
      pairRow('keys a second on one mount, 8 clients', mounts.one),
      pairRow(`keys a second on ${mounts.mounts} mounts`, mounts.all),
      [
        `memory that ${mounts.mounts - 1} more mounts take, MiB`,
        number(after.ours - before.ours),
        number(after.go - before.go),
        '',
      ],
    );
  }
  return rows;
}

function modelsParts(models: NonNullable<EngineResults['models']>): readonly string[] {
  return [
    `A role of ${count(models.models)} models, by 8 clients:`,
    table(
      ['', 'answers a second'],
      [
        [`a key of that role (${spread(models.cpu)} s of processor time for 1,000)`, spread(models.rate)],
        ['a key of a role with one model', spread(models.plainRate)],
        ["the engine's own kv, with an answer of that size", spread(models.floor)],
      ],
    ),
  ];
}

function scaleTable(head: string, steps: readonly ScaleStep[]): string {
  return table(
    [head, 'keys a second', 'p99, ms', 'processor time for 1,000, s', 'memory, MiB'],
    steps.map((step) => [count(step.count), number(step.rate), number(step.p99), number(step.cpu), number(step.rss)]),
  );
}
