import { stat } from 'node:fs/promises';
import { openBao } from '../../e2e/engines/openbao.ts';
import { vault } from '../../e2e/engines/vault.ts';
import { builtVersion, pluginBinary } from '../../e2e/harness/plugin.ts';
import { describeMachine } from '../machine.ts';
import type { BenchOptions, ComparedPart, Length } from '../options.ts';
import {
  measureFirst,
  measureMemory,
  measureModels,
  measureMounts,
  measureScale,
  type PartContext,
  startTrack,
} from './parts.ts';
import { buildPrograms, startUpstream } from './programs.ts';
import { disturbed } from './quiet.ts';
import { race, type RaceLength } from './race.ts';
import { type EngineResults, readResults, type Results, writeResults } from './results.ts';
import { measureStart } from './start.ts';

const raceLengths = {
  short: { rounds: 3, warmUp: 4000, keys: { 1: 200, 8: 600, 32: 600 } },
  quick: { rounds: 1, warmUp: 2000, keys: { 1: 300, 8: 1000, 32: 1000 } },
  full: { rounds: 7, warmUp: 4000, keys: { 1: 500, 8: 1500, 32: 1500 } },
} as const satisfies Record<Length, RaceLength>;

/** Measures the parts in each engine, and keeps what was measured after each where it is to be kept. */
export async function compare(
  { compared, engines, length, patienceMs, write }: Extract<BenchOptions, { action: 'run' }>,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<Results> {
  disturbed.patienceMs = patienceMs;
  await using programs = await buildPrograms(signal);
  await using upstream = await startUpstream(programs);
  const former = write ? await readResults() : undefined;
  const mebibytes = async (path: string): Promise<number> => (await stat(path)).size / 1024 / 1024;
  let results: Results = {
    ...former,
    machine: describeMachine(),
    at: new Date().toISOString(),
    plugin: await builtVersion(),
    bun: Bun.version,
    quick: length !== 'full',
    busy: { waits: disturbed.waits, busy: disturbed.busy },
    size: { ours: await mebibytes(pluginBinary), go: await mebibytes(programs.terraform) },
    engines: { ...former?.engines },
  };
  const keep = async (found: Partial<Results>): Promise<void> => {
    results = { ...results, ...found, busy: { waits: disturbed.waits, busy: disturbed.busy } };
    if (write) await writeResults(results);
  };
  if (compared.includes('start')) {
    await keep({ start: await measureStart(programs, length === 'full' ? 41 : 11, signal) });
  }
  for (const name of engines) {
    const engine = name === 'openbao' ? openBao() : vault();
    const context: PartContext = { programs, engine, upstream: upstream.url, signal, tell };
    const { version } = await engine.program({ report: tell, signal });
    for (const part of compared) {
      if (part === 'start') continue;
      tell(`${engine.title} ${version}: ${part}`);
      const found = await measurePart(part, context, length);
      const { [name]: before } = results.engines;
      await keep({
        engines: { ...results.engines, [name]: { ...before, title: engine.title, version, ...found } },
      });
    }
  }
  return results;
}

async function measurePart(
  part: Exclude<ComparedPart, 'start'>,
  context: PartContext,
  length: Length,
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
