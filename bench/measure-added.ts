import { configure, expectSuccess, readLease } from '../tests/harness/configured-mount.ts';
import { versionOf } from '../tests/harness/litellm-version.ts';
import { PluginHost } from '../tests/harness/plugin-host.ts';
import type { Proxy } from '../e2e/harness/proxy.ts';
import type { PluginMount } from '../tests/harness/plugin-host/plugin-mount.ts';
import type { Figure, Section } from './figure.ts';
import { benchRole, deleteKeys, generateKey, type LiteLLM, realLiteLLM, startStandIn } from './litellm.ts';
import type { Results } from './side-by-side/results.ts';
import { summarize } from './statistics.ts';

/** How many measurements are taken; each is a pair, a direct call and a read. */
export interface AddedRuns {
  readonly rounds: number;
  readonly pairsPerRound: number;
  /** Pairs on a stand-in that answers at once, not counted: until the code of both sides is compiled. */
  readonly warmUp: number;
}

/** What one read cost. */
interface Read {
  readonly milliseconds: number;
  readonly tokenId: string;
  readonly storageCalls: number;
  readonly systemCalls: number;
}

interface Pair {
  readonly direct: number;
  readonly read: Read;
}

interface Measured {
  readonly first: Read;
  readonly fresh: readonly Pair[];
  readonly rounds: readonly (readonly Pair[])[];
  /** Milliseconds of gRPC calls that do nothing. */
  readonly bare: readonly number[];
}

/** Pairs by which a plugin that has just started is judged. */
const freshPairs = 50;
/** Pairs that open the connections after the configuration was changed. */
const settlingPairs = 5;

/** What a `creds/` read adds to LiteLLM's own answer. Each round gives one difference of the two medians. */
export async function measureAdded(litellm: LiteLLM, runs: AddedRuns, signal: AbortSignal): Promise<Section> {
  return section(litellm, runs, await measurePairs(litellm, runs, signal));
}

/** The same of a real LiteLLM for the page: what share of a key's time is the plugin's. */
export async function measureShare(
  proxy: Proxy,
  runs: AddedRuns,
  signal: AbortSignal,
): Promise<NonNullable<Results['litellm']>> {
  const version = await versionOf(proxy.url);
  const { rounds } = await measurePairs(realLiteLLM(proxy), runs, signal);
  const pairs = rounds.flat();
  return {
    at: new Date().toISOString(),
    version,
    direct: summarize(directTimes(pairs)).median,
    through: summarize(readTimes(pairs)).median,
    added: rounds.map(difference),
    pairs: pairs.length,
  };
}

/** One after another, in turns, a key is asked for over HTTP and through the plugin's gRPC, as the engine asks. */
async function measurePairs(litellm: LiteLLM, runs: AddedRuns, signal: AbortSignal): Promise<Measured> {
  const tokenIds: string[] = [];
  const pairsOn = async (target: LiteLLM, count: number, after?: () => Promise<void>): Promise<readonly Pair[]> => {
    const pairs: Pair[] = [];
    for (let run = 0; run < count; run++) {
      signal.throwIfAborted();
      const before = run % 2 === 0 ? await timed(() => generateKey(target)) : undefined;
      const read = await readCreds(mount);
      const direct = before ?? (await timed(() => generateKey(target)));
      if (target === litellm) tokenIds.push(direct.value, read.tokenId);
      pairs.push({ direct: direct.milliseconds, read });
      await after?.();
    }
    return pairs;
  };

  await using warming = await startStandIn(0);
  await using host = await PluginHost.start();
  const mount = await host.mounted();
  try {
    await configure(mount, litellm);
    expectSuccess(await mount.write('roles/bench', benchRole));
    const first = await readCreds(mount);
    tokenIds.push(first.tokenId);
    const fresh = await pairsOn(litellm, freshPairs);
    await configure(mount, warming);
    await pairsOn(warming, runs.warmUp);
    await configure(mount, litellm);
    await pairsOn(litellm, settlingPairs);

    const bare: number[] = [];
    const rounds: (readonly Pair[])[] = [];
    for (let round = 0; round < runs.rounds; round++) {
      const pairs = await pairsOn(litellm, runs.pairsPerRound, async () => {
        bare.push((await timed(() => mount.type())).milliseconds);
      });
      rounds.push(pairs);
      await deleteKeys(litellm, tokenIds.splice(0));
    }
    return { first, fresh, rounds, bare };
  } finally {
    await deleteKeys(litellm, tokenIds);
  }
}

function section(litellm: LiteLLM, runs: AddedRuns, { first, fresh, rounds, bare }: Measured): Section {
  const pairs = rounds.flat();
  const reads = pairs.map(({ read }) => read);
  const figures: Figure[] = [
    { what: 'LiteLLM asked directly, over HTTP', unit: 'ms', summary: summarize(directTimes(pairs)) },
    { what: 'creds/ read through the plugin', unit: 'ms', summary: summarize(readTimes(pairs)) },
    {
      what: 'added by the plugin (difference of the medians)',
      unit: 'ms',
      summary: summarize(rounds.map(difference)),
      runs: `${runs.rounds}×${runs.pairsPerRound}`,
      target: 2,
    },
    { what: '  of it, a gRPC call that does nothing', unit: 'ms', summary: summarize(bare) },
    {
      what: `added in the first ${freshPairs} reads of a new process`,
      unit: 'ms',
      summary: summarize([difference(fresh)]),
      runs: `1×${freshPairs}`,
    },
    {
      what: 'storage calls a read',
      unit: 'calls',
      summary: summarize(reads.map(({ storageCalls }) => storageCalls)),
      target: 0,
    },
    {
      what: 'system-view calls a read',
      unit: 'calls',
      summary: summarize(reads.map(({ systemCalls }) => systemCalls)),
      target: 0,
    },
  ];
  const refreshing = reads.filter(({ storageCalls, systemCalls }) => storageCalls + systemCalls > 0).length;
  return {
    title: `A creds/ read, with ${litellm.name}`,
    figures,
    notes: [
      'one at a time, in turns with the direct call; a round gives one difference, min – max are those of the rounds',
      "the host's own side of gRPC is in what is added, and is JavaScript here as the plugin's is",
      `${refreshing} of ${reads.length} reads asked the host anything: what is cached lives some seconds`,
      `the very first read after the mount: ${first.milliseconds.toFixed(1)} ms, storage calls ${first.storageCalls}, ` +
        `system-view calls ${first.systemCalls}`,
    ],
  };
}

const directTimes = (pairs: readonly Pair[]): readonly number[] => pairs.map(({ direct }) => direct);
const readTimes = (pairs: readonly Pair[]): readonly number[] => pairs.map(({ read }) => read.milliseconds);

function difference(pairs: readonly Pair[]): number {
  return summarize(readTimes(pairs)).median - summarize(directTimes(pairs)).median;
}

async function readCreds(mount: PluginMount): Promise<Read> {
  const storageBefore = mount.storage.totalCalls;
  const systemBefore = mount.systemCalls;
  const { value, milliseconds } = await timed(() => readLease(mount, 'creds/bench'));
  return {
    milliseconds,
    tokenId: value.tokenId,
    storageCalls: mount.storage.totalCalls - storageBefore,
    systemCalls: mount.systemCalls - systemBefore,
  };
}

async function timed<Value>(
  work: () => Promise<Value>,
): Promise<{ readonly value: Value; readonly milliseconds: number }> {
  const begin = performance.now();
  const value = await work();
  return { value, milliseconds: performance.now() - begin };
}
