import type { Engine } from '../../e2e/engines/engine.ts';
import { benchRole } from '../litellm.ts';
import { type Run, runLoad } from './load.ts';
import { readRSS } from './process-figures.ts';
import type { Programs } from './programs.ts';
import { untilIdle } from './quiet.ts';
import type { EngineResults, Memory, ScaleStep } from './results.ts';
import { type SideName, sideNames, sidesInTurns, Track } from './track.ts';

/** What every part works with. */
export interface PartContext {
  readonly programs: Programs;
  readonly engine: Engine;
  readonly upstream: string;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

const clients = 8;

/** Starts an engine for one part. */
export async function startTrack({ engine, programs, upstream, signal }: PartContext): Promise<Track> {
  return await Track.start(engine, programs, upstream, { signal });
}

/** The first 100 reads of a process, again and again, in turns; and how long the first mount takes. */
export async function measureFirst(
  context: PartContext,
  rounds: number,
): Promise<Pick<EngineResults, 'first' | 'mount'>> {
  const { programs, signal, tell } = context;
  await using track = await startTrack(context);
  const first = { rate: sides(), p99: sides(), cpu: sides() };
  const mount = sides();
  for (let round = 0; round < rounds; round++) {
    for (const side of sidesInTurns(round)) {
      await untilIdle(signal);
      // The process ends with the last mount.
      if (round > 0) await track.server.api('DELETE', `sys/mounts/${side}`);
      const begin = performance.now();
      const path = await track.mount(side, side);
      mount[side].push(performance.now() - begin);
      await track.restart(side);
      const run = await runLoad(programs, track, {
        side,
        operation: 'read',
        paths: [path],
        clients: 1,
        count: 100,
        signal,
      });
      first.rate[side].push(run.rate);
      first.p99[side].push(run.p99);
      first.cpu[side].push(run.cpu);
    }
    tell(
      `first 100 reads, round ${round + 1}: ${first.rate.ours.at(-1)?.toFixed(0)} / ${first.rate.go.at(-1)?.toFixed(0)} a second`,
    );
  }
  return { first, mount };
}

/** Memory, each time with a new engine and one plugin in it. */
export async function measureMemory(
  context: PartContext,
  { rounds, keys, rest }: { readonly rounds: number; readonly keys: number; readonly rest: number },
): Promise<Pick<EngineResults, 'memory'>> {
  const { programs, signal, tell } = context;
  const all: Record<SideName, Memory[]> = { ours: [], go: [] };
  for (let round = 0; round < rounds; round++) {
    for (const side of sidesInTurns(round)) {
      await using track = await startTrack(context);
      const path = await track.mount(side, side);
      await Bun.sleep(rest * 1000);
      const pid = await track.pid(side);
      const idle = (await readRSS(pid)).rss;
      await runLoad(programs, track, { side, operation: 'read', paths: [path], clients, count: keys, signal });
      const issued = (await readRSS(pid)).rss;
      await Bun.sleep(rest * 1000);
      const { rss, peak } = await readRSS(pid);
      all[side].push({ idle, issued, rested: rss, peak });
      tell(
        `memory of ${side}: idle ${idle.toFixed(0)}, issued ${issued.toFixed(0)}, rested ${rss.toFixed(0)}, peak ${peak.toFixed(0)} MiB`,
      );
    }
  }
  return { memory: { keys, rest, rounds: all } };
}

/** One mount, and many on the same process, in turns. */
export async function measureMounts(
  context: PartContext,
  { rounds, mounts, keys }: { readonly rounds: number; readonly mounts: number; readonly keys: number },
): Promise<Pick<EngineResults, 'mounts'>> {
  const { programs, signal, tell } = context;
  await using track = await startTrack(context);
  const paths: Record<SideName, string[]> = { ours: [], go: [] };
  const before = { ours: 0, go: 0 };
  const after = { ours: 0, go: 0 };
  const one = sides();
  const all = sides();
  const ask = async (side: SideName, some: readonly string[]): Promise<Run> =>
    runLoad(programs, track, { side, operation: 'read', paths: some, clients, count: keys, signal });
  for (const side of sideNames) {
    paths[side].push(await track.mount(side, `${side}-0`));
    await ask(side, paths[side]);
    before[side] = (await readRSS(await track.pid(side))).rss;
    for (let mount = 1; mount < mounts; mount++) paths[side].push(await track.mount(side, `${side}-${mount}`));
    await ask(side, paths[side]);
    await untilIdle(signal);
    after[side] = (await readRSS(await track.pid(side))).rss;
  }
  for (let round = 0; round < rounds; round++) {
    for (const side of sidesInTurns(round)) {
      one[side].push((await ask(side, paths[side].slice(0, 1))).rate);
      all[side].push((await ask(side, paths[side])).rate);
      tell(
        `${mounts} mounts of ${side}, round ${round + 1}: ${one[side].at(-1)?.toFixed(0)} on one, ${all[side].at(-1)?.toFixed(0)} on all`,
      );
    }
  }
  return { mounts: { mounts, one, all, before, after } };
}

/** A role of many models, in turns with one of a single model. */
export async function measureModels(
  context: PartContext,
  { rounds, models, keys }: { readonly rounds: number; readonly models: number; readonly keys: number },
): Promise<Pick<EngineResults, 'models'>> {
  const { programs, signal, tell } = context;
  await using track = await startTrack(context);
  const plain = await track.mount('ours', 'ours');
  const names = Array.from({ length: models }, (_, index) => `provider/model-of-some-family-${index}`);
  // As one text: engines refuse JSON with thousands of strings.
  await track.write('ours/roles/many', { models: names.join(','), ttl: 3600 });
  const ask = async (path: string): Promise<Run> =>
    runLoad(programs, track, { side: 'ours', operation: 'read', paths: [path], clients, count: keys, signal });
  // What the engine itself takes for an answer of that size.
  await track.write('sys/mounts/floor', { type: 'kv', options: { version: '1' } });
  await track.write('floor/many', { models: names.join(',') });
  await ask(plain);
  await ask('ours/creds/many');
  const rate: number[] = [];
  const cpu: number[] = [];
  const plainRate: number[] = [];
  const floor: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const many = await ask('ours/creds/many');
    rate.push(many.rate);
    cpu.push(many.cpu);
    plainRate.push((await ask(plain)).rate);
    const floorLoad = { operation: 'read', paths: ['floor/many'], clients, count: keys, signal } as const;
    floor.push((await runLoad(programs, track, floorLoad)).rate);
    tell(
      `${models} models, round ${round + 1}: ${many.rate.toFixed(0)} keys a second, ${many.cpu.toFixed(2)} s for 1,000`,
    );
  }
  return { models: { models, rate, cpu, plainRate, floor } };
}

/** Ever more leases, and ever more roles. */
export async function measureScale(
  context: PartContext,
  { leases, steps, roles }: { readonly leases: number; readonly steps: number; readonly roles: readonly number[] },
): Promise<Pick<EngineResults, 'leases' | 'roles'>> {
  const { programs, signal, tell } = context;
  await using track = await startTrack(context);
  const creds = await track.mount('ours', 'ours');
  const step = async (count: number, paths: readonly string[], keys: number): Promise<ScaleStep> => {
    const { rate, p99, cpu } = await runLoad(programs, track, {
      side: 'ours',
      operation: 'read',
      paths,
      clients,
      count: keys,
      signal,
    });
    const { rss } = await readRSS(await track.pid('ours'));
    tell(`scale ${count}: ${rate.toFixed(0)} a second, ${rss.toFixed(0)} MiB`);
    return { count, rate, p99, cpu, rss };
  };
  const byRoles: ScaleStep[] = [];
  let written = 0;
  for (const count of roles) {
    for (; written < count; written++) {
      await track.write(`ours/roles/role-${written}`, benchRole);
    }
    const paths = Array.from({ length: count }, (_, role) => `ours/creds/role-${role}`);
    await step(count, paths, 2000);
    byRoles.push(await step(count, paths, 2000));
  }
  const byLeases: ScaleStep[] = [];
  for (let done = 1; done <= steps; done++) byLeases.push(await step((done * leases) / steps, [creds], leases / steps));
  return { leases: byLeases, roles: byRoles };
}

function sides(): Record<SideName, number[]> {
  return { ours: [], go: [] };
}
