import { stat } from 'node:fs/promises';
import { openBao } from '../../e2e/engines/openbao.ts';
import { vault } from '../../e2e/engines/vault.ts';
import { builtVersion, pluginBinary } from '../../e2e/harness/plugin.ts';
import { describeMachine } from '../machine.ts';
import { measureShare } from '../measure-added.ts';
import { type BenchOptions, type EnginePart, engineParts, type ProcessPart, processParts } from '../options.ts';
import { isHeld, raceGoals } from './goals.ts';
import {
  measureFirst,
  measureMemory,
  measureModels,
  measureMounts,
  measureScale,
  type PartContext,
  startTrack,
} from './parts.ts';
import { measurePauses } from './pauses.ts';
import { buildPrograms, type Programs, startUpstream } from './programs.ts';
import { disturbed } from './quiet.ts';
import { allEntries, race, type RaceLength, type RaceRow } from './race.ts';
import { type EngineResults, readResults, type Results, writeResults } from './results.ts';
import { measureStart } from './start.ts';

type RunOptions = Extract<BenchOptions, { action: 'run' }>;

/** What was measured, and what could not be. */
export interface Compared {
  readonly results: Results;
  readonly failures: readonly { readonly part: string; readonly why: string }[];
}

const raceLengths = {
  // As short as what it is to tell allows: a gross loss. A machine that is busy for a while gets another round.
  short: {
    entries: [
      ['issue', 1],
      ['issue', 8],
      ['renew', 8],
      ['revoke', 8],
    ],
    rounds: 3,
    enough: noGrossLoss,
    floor: [],
    warmUp: 4000,
    keys: { 1: 300, 8: 1500, 32: 1500 },
  },
  quick: { entries: allEntries, rounds: 1, floor: [1, 8, 32], warmUp: 2000, keys: { 1: 300, 8: 1000, 32: 1000 } },
  full: { entries: allEntries, rounds: 5, floor: [1, 8, 32], warmUp: 4000, keys: { 1: 500, 8: 1500, 32: 1500 } },
} as const satisfies Record<RunOptions['length'], RaceLength>;

/**
 * Measures the parts, those of an engine in each engine, and keeps what was measured after each where it is to be kept. A part that
 * fails takes nothing away from the others.
 */
export async function compare(
  options: RunOptions,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<Compared> {
  const { compared, engines, length, patienceMs, write } = options;
  disturbed.patienceMs = patienceMs;
  await using programs = await buildPrograms(signal);
  await using upstream = await startUpstream(programs);
  const former = write ? await readResults() : undefined;
  // A run of all begins anew; one of some parts changes these, and the page still tells how the others were measured.
  const before = engineParts.every((part) => compared.includes(part)) && engines.length > 1 ? undefined : former;
  const busySoFar = (): Results['busy'] => ({
    waits: (before?.busy.waits ?? 0) + disturbed.waits,
    busy: (before?.busy.busy ?? 0) + disturbed.busy,
  });
  const mebibytes = async (path: string): Promise<number> => (await stat(path)).size / 1024 / 1024;
  let results: Results = {
    ...former,
    machine: describeMachine(),
    at: new Date().toISOString(),
    plugin: await builtVersion(),
    bun: Bun.version,
    quick: length !== 'full' || before?.quick === true,
    busy: busySoFar(),
    size: { ours: await mebibytes(pluginBinary), go: await mebibytes(programs.terraform) },
    engines: { ...before?.engines },
  };
  const failures: Compared['failures'][number][] = [];
  const measure = async (part: string, work: () => Promise<Partial<Results>>): Promise<void> => {
    signal.throwIfAborted();
    tell(part);
    try {
      const found = await work();
      results = { ...results, ...found, busy: busySoFar() };
      if (write) await writeResults(results);
    } catch (error) {
      signal.throwIfAborted();
      const why = String(error);
      failures.push({ part, why });
      tell(`${part} could not be measured: ${why}`);
    }
  };
  for (const part of processParts.filter((name) => compared.includes(name))) {
    await measure(part, () => measureProcess(part, programs, upstream.url, options, signal, tell));
  }
  for (const name of engines) {
    const engine = name === 'openbao' ? openBao() : vault();
    const context: PartContext = { programs, engine, upstream: upstream.url, signal, tell };
    for (const part of engineParts.filter((one) => compared.includes(one))) {
      await measure(`${part} in ${engine.title}`, async () => {
        const { version } = await engine.program({ report: tell, signal });
        const found = await measureInEngine(part, context, length);
        const { [name]: measured } = results.engines;
        return { engines: { ...results.engines, [name]: { ...measured, title: engine.title, version, ...found } } };
      });
    }
  }
  return { results, failures };
}

async function measureProcess(
  part: ProcessPart,
  programs: Programs,
  upstream: string,
  { length, proxy }: RunOptions,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<Partial<Results>> {
  const full = length === 'full';
  switch (part) {
    case 'start':
      return { start: await measureStart(programs, full ? 41 : 11, signal) };
    case 'pauses': {
      const lengths = full ? { rounds: 5, warmUp: 4000, keys: 10_000 } : { rounds: 2, warmUp: 2000, keys: 3000 };
      return await measurePauses(programs, upstream, lengths, signal, tell);
    }
    case 'litellm': {
      if (proxy === undefined) return {};
      const runs = full
        ? { rounds: 9, pairsPerRound: 50, warmUp: 1500 }
        : { rounds: 3, pairsPerRound: 20, warmUp: 300 };
      return { litellm: await measureShare(proxy, runs, signal) };
    }
  }
}

async function measureInEngine(
  part: EnginePart,
  context: PartContext,
  length: RunOptions['length'],
): Promise<Partial<EngineResults>> {
  const full = length === 'full';
  switch (part) {
    case 'race': {
      await using track = await startTrack(context);
      return { race: await race(context.programs, track, raceLengths[length], context.signal, context.tell) };
    }
    case 'first':
      return await measureFirst(context, full ? 9 : 3);
    case 'memory':
      return await measureMemory(context, { rounds: full ? 3 : 1, keys: full ? 10_000 : 2000, rest: full ? 10 : 3 });
    case 'mounts':
      return await measureMounts(context, { rounds: full ? 5 : 1, mounts: 50, keys: full ? 2000 : 500 });
    case 'models':
      return await measureModels(context, { rounds: full ? 5 : 1, models: 5000, keys: full ? 500 : 200 });
    case 'scale':
      return await measureScale(context, {
        leases: full ? 100_000 : 4000,
        steps: full ? 5 : 2,
        roles: full ? [1, 100, 1000] : [1, 100],
      });
  }
}

function noGrossLoss(rows: readonly RaceRow[]): boolean {
  return raceGoals(rows, { best: true }).every((goal) => isHeld(goal, 0.5));
}
