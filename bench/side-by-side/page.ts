import { percentile, summarize } from '../statistics.ts';
import { commonGoals, engineGoals, type Goal, isHeld, median, pairRatios, ratios } from './goals.ts';
import type { RaceRow } from './race.ts';
import type { EngineResults, Memory, Pairs, Results, ScaleStep } from './results.ts';
import { sideNames } from './track.ts';

/** A table as Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

function number(value: number): string {
  const size = Math.abs(value);
  return size >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** A median, with the middle half of what was measured where that is more than one figure. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const middle = number(median(values));
  if (values.length === 1) return middle;
  return `${middle} (${number(percentile(values, 25))}–${number(percentile(values, 75))})`;
}

function goalsTable(goals: readonly Goal[]): string {
  return table(
    ['goal', 'is to be', 'was', 'held'],
    goals.map((goal) => [
      goal.what,
      `${goal.sign} ${goal.goal} ${goal.unit}`,
      `${number(goal.value)} ${goal.unit}`,
      isHeld(goal) ? 'yes' : '**no**',
    ]),
  );
}

function raceRow(row: RaceRow): readonly string[] {
  const of = (name: 'rate' | 'p50' | 'p99' | 'cpu'): string => {
    const [ours, go] = sideNames.map((side) => median(row.rounds.map((round) => round[side][name])));
    return `${spread(ratios(row, name))}<br>${number(ours ?? 0)} / ${number(go ?? 0)}`;
  };
  return [`${row.operation}, ${row.clients}`, of('rate'), of('p50'), of('p99'), of('cpu')];
}

function pairRow(what: string, pairs: Pairs): readonly string[] {
  return [what, spread(pairs.ours), spread(pairs.go), spread(pairRatios(pairs))];
}

function memoryRows({ memory }: EngineResults): readonly (readonly string[])[] {
  if (memory === undefined) return [];
  const names = {
    idle: 'idle',
    peak: 'peak',
    issued: `after ${memory.keys.toLocaleString('en-US')} keys`,
    rested: `${memory.rest} s later`,
  };
  return Object.entries(names).map(([name, what]) => {
    const of = (side: (typeof sideNames)[number]): readonly number[] =>
      memory.rounds[side].map((round) => round[name as keyof Memory]);
    return pairRow(`memory ${what}, MiB`, { ours: of('ours'), go: of('go') });
  });
}

function scaleTable(head: string, steps: readonly ScaleStep[]): string {
  return table(
    [head, 'keys a second', 'p99, ms', 'processor time for 1,000, s', 'memory, MiB'],
    steps.map(({ count, rate, p99, cpu, rss }) => [
      count.toLocaleString('en-US'),
      number(rate),
      number(p99),
      number(cpu),
      number(rss),
    ]),
  );
}

function engineSection(name: string, results: EngineResults): string {
  const { title, version, race, first, mount, mounts, models, leases, roles } = results;
  const parts: string[] = [`## In ${title} ${version}`, goalsTable(engineGoals(results))];
  if (race !== undefined) {
    parts.push(
      `![rates](performance/rate-${name}.svg)\n\n![processor time](performance/cpu-${name}.svg)`,
      `Ours through Go's: the median of ${race.rows[0]?.rounds.length ?? 0} rounds, the middle half of them in brackets, and below it ours / Go's. ` +
        "Requests a second, milliseconds, and seconds of the plugin's processor time for 1,000 requests with all that they cause.",
      table(['operation, clients', 'rate', 'p50', 'p99', 'processor time'], race.rows.map(raceRow)),
      "The floor, a read of the engine's own kv by the same load: " +
        race.floor
          .map(
            ({ clients, rounds }) =>
              `${number(median(rounds.map(({ rate }) => rate)))} a second (p50 ${number(median(rounds.map(({ p50 }) => p50)))} ms) by ${clients}`,
          )
          .join(', ') +
        `. The load itself takes ${number(summarize(race.rows.flatMap((row) => row.rounds.flatMap(({ ours, go }) => [ours.loadCPU, go.loadCPU]))).median)} s of processor time for 1,000 requests.`,
    );
  }
  const pairs = [
    ...(first === undefined
      ? []
      : [
          pairRow('first 100 reads of a process, a second', first.rate),
          pairRow('first 100 reads, p99, ms', first.p99),
          pairRow('first 100 reads, processor time for 1,000, s', first.cpu),
        ]),
    ...(mount === undefined ? [] : [pairRow('mount and configuration, ms', mount)]),
    ...memoryRows(results),
    ...(mounts === undefined
      ? []
      : [
          pairRow('keys a second on one mount, 8 clients', mounts.one),
          pairRow(`keys a second on ${mounts.mounts} mounts`, mounts.all),
          [
            `memory of ${mounts.mounts - 1} mounts more, MiB`,
            number(mounts.after.ours - mounts.before.ours),
            number(mounts.after.go - mounts.before.go),
            '',
          ],
        ]),
  ];
  if (pairs.length > 0) parts.push(table(['', 'ours', 'Go', "ours through Go's"], pairs));
  if (models !== undefined) {
    parts.push(
      `A role of ${models.models.toLocaleString('en-US')} models: ${spread(models.rate)} keys a second by 8 clients and ${spread(models.cpu)} s of processor time for 1,000, beside ${spread(models.plainRate)} keys a second of a role of one model. The engine's own kv read of as many names comes to ${spread(models.floor)} a second.`,
    );
  }
  if (leases !== undefined && leases.length > 0)
    parts.push(`![scale](performance/scale-${name}.svg)`, scaleTable('leases outstanding', leases));
  if (roles !== undefined && roles.length > 0) parts.push(scaleTable('roles read in turns', roles));
  return parts.join('\n\n');
}

/** The page's text; `limits` is what is said of goals that are not met. */
export function pageText(results: Results, limits: string): string {
  const { machine, at, plugin, bun, quick, busy, size, start, litellm, profile } = results;
  const parts = [
    '# Performance',
    `Side by side in one engine: this plugin (${plugin}, Bun ${bun}) and HashiCorp's vault-plugin-secrets-terraform v0.13.0, which is written in Go, with an upstream in Go that answers both at once. \`just bench\` measures it and writes this page; \`just bench --help\` tells how to run parts of it.`,
    `Measured ${at.slice(0, 10)} on ${machine}. Engine, plugin, upstream and load share these cores, each run waits until they are idle, and the two plugins take turns. ${busy.busy === 0 ? 'They always became idle.' : `${busy.busy} of ${busy.waits} times they did not in the time that was waited for it, since other work ran on the machine.`}${quick ? ' **A short run: figures to look at, not to quote.**' : ''}`,
    "The work is not the same. A read makes one call to its upstream on both sides, but ours answers for the key's life: its renewal calls LiteLLM, where Go's calls nobody, and its revocation makes three calls (block, and half a second later block and delete), where Go's makes one.",
    table(
      ['', 'ours', 'Go', "ours through Go's"],
      [
        ...(start === undefined ? [] : [pairRow('start to handshake, ms', start)]),
        ['size of the file, MiB', number(size.ours), number(size.go), number(size.ours / size.go)],
      ],
    ),
    ...(start === undefined ? [] : [goalsTable(commonGoals(results))]),
    ...(profile === undefined
      ? []
      : [
          '## Where the time of a read goes',
          `![a read's time, part by part](performance/profile.svg)`,
          `Made by \`just profile\`: 8 clients read keys for some seconds and Bun's sampling profiler looks on. ${number(profile.total)} µs of processor time a read, of which the profiler sees what the JavaScript thread does; garbage collection and compilation beside it are the rest.`,
        ]),
    ...(litellm === undefined
      ? []
      : [
          '## With a real LiteLLM',
          `LiteLLM ${litellm.version}, one client, ${litellm.pairs} pairs in turns: LiteLLM itself takes ${number(litellm.direct)} ms for a key, and through plugin and gRPC it takes ${number(litellm.through)} ms, so ${number(((litellm.through - litellm.direct) / litellm.through) * 100)} % of a key's time is ours.`,
        ]),
    ...Object.entries(results.engines).map(([name, engine]) => engineSection(name, engine)),
    limits.trim(),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
