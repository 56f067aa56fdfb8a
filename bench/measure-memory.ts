import type { Figure, Section } from './figure.ts';
import type { LiteLLM } from './litellm.ts';
import { issueMany, startOpenBao } from './openbao.ts';
import { type ProcessMemory, readProcessMemory } from './process-memory.ts';
import { summarize } from './statistics.ts';

/** How often memory is measured, each time with a new engine and a new plugin, and after how many keys. */
export interface MemoryRuns {
  readonly starts: number;
  readonly keys: number;
  /** Seconds without a request, before a figure that is called idle. */
  readonly rest: number;
}

interface Measured {
  readonly version: string;
  readonly idle: ProcessMemory;
  readonly issued: ProcessMemory;
  readonly rested: ProcessMemory;
}

const clients = 8;
const targets = { idle: 80, issued: 130 } as const;

/** The plugin's memory under a real OpenBao: idle, and after keys were issued. */
export async function measureMemory(litellm: LiteLLM, runs: MemoryRuns, signal: AbortSignal): Promise<Section> {
  const all: Measured[] = [];
  for (let start = 0; start < runs.starts; start++) {
    signal.throwIfAborted();
    all.push(await measureOnce(litellm, runs, signal));
  }
  const keys = `after ${runs.keys.toLocaleString('en-US')} keys`;
  return {
    title: `Memory of the plugin under OpenBao ${all[0]?.version ?? ''}`,
    figures: [
      ...figures(
        `idle, ${runs.rest} s after mount and configuration`,
        all.map(({ idle }) => idle),
        targets.idle,
      ),
      ...figures(
        keys,
        all.map(({ issued }) => issued),
        targets.issued,
      ),
      ...figures(
        `${keys} and ${runs.rest} s of rest`,
        all.map(({ rested }) => rested),
      ),
      ...optional(
        'peak of all that: RSS',
        all.map(({ rested }) => rested.peak),
      ),
    ],
    notes: [
      `a new engine and a new plugin each time; the keys were issued by ${clients} clients at once`,
      'MB is 10^6 bytes; the targets are held against RSS, which counts the pages of the binary that were touched: those are',
      '  the file in the page cache, given up when memory is short, and there once however many processes run it. PSS counts',
      '  them by share; anonymous is what the plugin alone takes from the machine',
    ],
  };
}

async function measureOnce(litellm: LiteLLM, { keys, rest }: MemoryRuns, signal: AbortSignal): Promise<Measured> {
  await using openBao = await startOpenBao(litellm, signal);
  await restFor(rest, signal);
  const idle = await readProcessMemory(openBao.pluginPid);
  await issueMany(openBao, { count: keys, clients, signal }, () => undefined);
  const issued = await readProcessMemory(openBao.pluginPid);
  await restFor(rest, signal);
  return { version: openBao.version, idle, issued, rested: await readProcessMemory(openBao.pluginPid) };
}

async function restFor(seconds: number, signal: AbortSignal): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    signal.throwIfAborted();
    await Bun.sleep(1000);
  }
}

function figures(what: string, measured: readonly ProcessMemory[], target?: number): readonly Figure[] {
  return [
    {
      what: `${what}: RSS`,
      unit: 'MB',
      summary: summarize(measured.map(({ rss }) => rss)),
      ...(target === undefined ? {} : { target }),
    },
    ...optional(
      '  PSS',
      measured.map(({ pss }) => pss),
    ),
    ...optional(
      '  anonymous',
      measured.map(({ anonymous }) => anonymous),
    ),
  ];
}

/** No figure where the system does not tell. */
function optional(what: string, values: readonly (number | undefined)[]): readonly Figure[] {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? [] : [{ what, unit: 'MB', summary: summarize(known) }];
}
