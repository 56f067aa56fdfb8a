import { engineSection } from './engine-section.ts';
import { commonGoals, engineGoals, type Goal, isHeld } from './goals.ts';
import { count, number, pairHead, pairRow, spread, table, textTable } from './markdown.ts';
import type { Pauses, Results } from './results.ts';
import type { SideName } from './track.ts';

/** The page's text; `limits` is what is said by hand of goals that are missed. */
export function pageText(results: Results, limits: string): string {
  const { start, size, engines } = results;
  const parts = [
    '# Performance',
    'A read of `creds/` costs a call to LiteLLM and little else. This page shows how much, beside a plugin in Go that does the same kind of work in the same engine.',
    ...measuredParts(results),
    '## Goals',
    ...goalsParts(results),
    '## The process',
    table(pairHead, [
      ...(start === undefined ? [] : [pairRow('start to handshake, ms', start)]),
      ['size of the file, MiB', number(size.ours), number(size.go), number(size.ours / size.go)],
    ]),
    ...pausesParts(results),
    ...Object.entries(engines).map(([name, engine]) => engineSection(name, engine)),
    ...shareParts(results),
    ...profileParts(results),
    ...howTo,
    limits.trim(),
  ];
  return `${parts.join('\n\n')}\n`;
}

function measuredParts({ machine, at, plugin, bun, quick, busy }: Results): readonly string[] {
  const quiet =
    busy.busy === 0
      ? 'Each run waits until they are idle, and they always became so.'
      : `Each run waits until they are idle. ${busy.busy} of ${busy.waits} times other work did not let them, and the run went on.`;
  return [
    `Measured on ${at.slice(0, 10)} on ${machine}. Engine, plugin, upstream and load share these cores. ${quiet}${quick ? ' **This was a short run: its figures are to look at, not to quote.**' : ''}`,
    textTable(
      ['', 'this plugin', 'Go'],
      [
        ['what', `${plugin}, Bun ${bun}`, '`vault-plugin-secrets-terraform` v0.13.0'],
        ['issue', 'one call to the upstream', 'one call to the upstream'],
        ['renew', 'one call, since LiteLLM ends a key by itself', 'no call'],
        ['revoke', 'three calls: block, and half a second later block and delete', 'one call'],
      ],
    ),
    'The upstream answers both at once, so all that is left to measure is the plugin and its engine. Both plugins run in one engine and take turns.',
  ];
}

function goalsParts(results: Results): readonly string[] {
  const common = commonGoals(results);
  const columns = Object.values(results.engines).map((engine) => ({
    title: `${engine.title} ${engine.version}`,
    goals: engineGoals(engine),
  }));
  const all = [...common, ...columns.flatMap(({ goals }) => goals)];
  const held = all.filter((goal) => isHeld(goal)).length;
  const whats = new Map(columns.flatMap(({ goals }) => goals.map((goal) => [goal.what, goal] as const)));
  const row = (goal: Goal, values: readonly (Goal | undefined)[]): readonly string[] => [
    goal.what,
    `${goal.sign} ${goal.goal} ${goal.unit}`,
    ...values.map((value) =>
      value === undefined ? '–' : isHeld(value) ? number(value.value) : `**${number(value.value)}**`,
    ),
  ];
  return [
    `${held} of ${all.length} goals are held. A bold figure misses its goal; [the limits](#what-the-limits-are) say why. "× Go" is a ratio: this plugin's figure divided by Go's.`,
    ...(common.length === 0
      ? []
      : [
          table(
            ['the process alone', 'goal', 'measured'],
            common.map((goal) => row(goal, [goal])),
          ),
        ]),
    ...(whats.size === 0
      ? []
      : [
          table(
            ['in an engine', 'goal', ...columns.map(({ title }) => title)],
            [...whats].map(([what, goal]) =>
              row(
                goal,
                columns.map(({ goals }) => goals.find((one) => one.what === what)),
              ),
            ),
          ),
        ]),
  ];
}

function pausesParts({ pauses }: Results): readonly string[] {
  if (pauses === undefined) return [];
  const { clients, keys, rounds } = pauses;
  const of = (side: SideName, name: keyof Pauses): readonly number[] => rounds[side].map((round) => round[name]);
  const pairs = (what: string, name: keyof Pauses) => pairRow(what, { ours: of('ours', name), go: of('go', name) });
  return [
    '### Pauses',
    `While ${clients} clients issue ${count(keys)} keys, a program asks the process every millisecond over gRPC whether it is well. The slowest answer is the longest pause. No engine takes part. The cores are shared with load and upstream, so a part of each pause is waiting for a core: Go's figures show how much.`,
    table(pairHead, [
      pairs('half of the answers come within, ms', 'p50'),
      pairs('999 of 1,000 within, ms', 'p999'),
      pairs('the slowest of a round, ms', 'longest'),
      [
        'the slowest of all, ms',
        number(Math.max(...of('ours', 'longest'))),
        number(Math.max(...of('go', 'longest'))),
        '',
      ],
      pairs('keys a second meanwhile', 'rate'),
    ]),
  ];
}

function shareParts({ litellm }: Results): readonly string[] {
  if (litellm === undefined) return [];
  const { at, version, direct, through, added, pairs } = litellm;
  return [
    '## With a real LiteLLM',
    `Of the time that a client waits for a key, **${number(((through - direct) / through) * 100)} %** is the plugin's. Measured on ${at.slice(0, 10)} with LiteLLM ${version}, one client and ${pairs} pairs: a key asked of LiteLLM directly, and a key through the plugin, in turns.`,
    table(
      ['', 'ms, at the median'],
      [
        ['LiteLLM asked directly', number(direct)],
        ['through the plugin', number(through)],
        ['what the plugin adds, in each of the rounds', spread(added)],
      ],
    ),
  ];
}

function profileParts({ profile }: Results): readonly string[] {
  if (profile === undefined) return [];
  const { reads, total, parts } = profile;
  const largest = parts
    .slice(0, 3)
    .map(({ purpose, part, micros }) => `${part} (${purpose}, ${micros.toFixed(0)} µs)`)
    .join(', ');
  const sum = (purpose: string): number =>
    parts.filter((one) => one.purpose === purpose).reduce((all, { micros }) => all + micros, 0);
  return [
    '## Where the time of a read goes',
    `![A read's processor time, part by part](performance/profile.svg)`,
    `A read takes ${count(total)} µs of processor time, the mean of ${count(reads)} reads by 8 clients. The secrets engine itself takes ${sum('the secrets engine').toFixed(0)} µs of them, the call to LiteLLM ${sum('the call to LiteLLM').toFixed(0)} µs, the connection to the engine ${sum('the connection to the engine').toFixed(0)} µs. Under the profiler all of it takes longer than otherwise, so look at the shares. The largest parts are ${largest}.`,
    '`npm run profile` makes the picture. It runs the plugin from its sources under Bun\'s sampling profiler, in a real OpenBao, and writes `dist/profile.cpuprofile` too. To read that file, open it in the "Performance" panel of Chrome\'s developer tools, in Visual Studio Code or in [speedscope](https://www.speedscope.app).',
    [
      '- A sample says what the JavaScript thread does at that moment. It counts for the file that the code is in, and a native function counts for the file that calls it.',
      '- In the flame graph, width is time. Look for what is wide, not for what is deep.',
      '- The profiler sees one thread. What the process takes beyond that is the part "other threads".',
      '- Change one thing, run it again and compare the same part. A difference below 5 µs says nothing. `npm run bench -- race --quick` shows whether the change is seen from outside.',
    ].join('\n'),
  ];
}

const howTo: readonly string[] = [
  '## Measure it yourself',
  'You need Linux, Go 1.25 or later and two idle cores. All of it takes some forty minutes.',
  // The mark is for the test that types what the pages show.
  '<!-- not run: it takes forty minutes; its short form is run with every change -->',
  ['```sh', 'npm run build', 'npm run bench', '```'].join('\n'),
  'This measures in OpenBao and then in Vault, and writes this page, its pictures and `docs/performance/results.json`. What is measured is kept after each part, and a part that fails takes nothing away from the others.',
  textTable(
    ['command', 'what it does'],
    [
      ['`npm run bench -- race --engine vault`', 'one part in one engine'],
      ['`npm run bench -- --quick`', 'all of it with fewer rounds: to look at, not to quote; writes no page'],
      ['`npm run bench -- --short`', 'whether the plugin has become grossly slower, in a minute or two: for CI'],
      [
        '`npm run bench -- litellm --litellm URL`',
        'the share of a real LiteLLM; `LITELLM_MASTER_KEY` has its master key',
      ],
      ['`npm run bench -- added hung rotation`', 'this plugin alone; `--help` tells what each measures'],
      ['`npm run bench -- --page`', 'the page again, from what was measured last'],
    ],
  ),
  '`--short` compares the best of at most three rounds with half of each goal, so a busy machine does not fail it.',
];
