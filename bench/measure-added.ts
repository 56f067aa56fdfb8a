import { PluginHost } from '../tests/harness/plugin-host.ts';
import type { PluginMount } from '../tests/harness/plugin-host/plugin-mount.ts';
import type { Figure, Section } from './figure.ts';
import { benchRole, deleteKeys, generateKey, type LiteLLM } from './litellm.ts';
import { summarize } from './statistics.ts';

/** The plugin refused what it was asked for. */
export class PluginAnswerError extends Error {
  override readonly name = 'PluginAnswerError';
}

/** How many measurements are taken. */
export interface AddedRuns {
  readonly rounds: number;
  readonly pairsPerRound: number;
  /** Pairs that are not counted: until both sides' code is compiled and their caches are filled. */
  readonly warmUp: number;
}

/** What one read cost. */
interface Read {
  readonly milliseconds: number;
  readonly tokenId: string;
  readonly storageCalls: number;
  readonly systemCalls: number;
}

/**
 * What a `creds/` read adds to LiteLLM's own answer: one after another, in turns, a key is asked for over HTTP and
 * through the plugin's gRPC, as the engine asks. Each round gives one difference of the two medians.
 */
export async function measureAdded(litellm: LiteLLM, runs: AddedRuns, signal: AbortSignal): Promise<Section> {
  const tokenIds: string[] = [];
  try {
    await using host = await PluginHost.start();
    const mount = await host.mounted();
    await configure(mount, litellm);
    const first = await readCreds(mount);
    tokenIds.push(first.tokenId);

    const direct: number[] = [];
    const through: Read[] = [];
    const bare: number[] = [];
    const added: number[] = [];
    const pair = async (directFirst: boolean): Promise<{ readonly direct: number; readonly read: Read }> => {
      const before = directFirst ? await timed(() => generateKey(litellm)) : undefined;
      const read = await readCreds(mount);
      const { value, milliseconds } = before ?? (await timed(() => generateKey(litellm)));
      tokenIds.push(value, read.tokenId);
      return { direct: milliseconds, read };
    };
    for (let run = 0; run < runs.warmUp; run++) {
      signal.throwIfAborted();
      await pair(run % 2 === 0);
    }
    for (let round = 0; round < runs.rounds; round++) {
      const pairs = [];
      for (let run = 0; run < runs.pairsPerRound; run++) {
        signal.throwIfAborted();
        pairs.push(await pair(run % 2 === 0));
        bare.push((await timed(() => mount.type())).milliseconds);
      }
      const directTimes = pairs.map(({ direct: milliseconds }) => milliseconds);
      const reads = pairs.map(({ read }) => read);
      added.push(summarize(reads.map(({ milliseconds }) => milliseconds)).median - summarize(directTimes).median);
      direct.push(...directTimes);
      through.push(...reads);
    }
    return section(litellm, runs, { first, direct, through, bare, added });
  } finally {
    await deleteKeys(litellm, tokenIds);
  }
}

interface Measured {
  readonly first: Read;
  readonly direct: readonly number[];
  readonly through: readonly Read[];
  readonly bare: readonly number[];
  readonly added: readonly number[];
}

function section(litellm: LiteLLM, runs: AddedRuns, { first, direct, through, bare, added }: Measured): Section {
  const figures: Figure[] = [
    { what: 'LiteLLM asked directly, over HTTP', unit: 'ms', summary: summarize(direct) },
    {
      what: 'creds/ read through the plugin',
      unit: 'ms',
      summary: summarize(through.map(({ milliseconds }) => milliseconds)),
    },
    {
      what: 'added by the plugin (difference of the medians)',
      unit: 'ms',
      summary: summarize(added),
      runs: `${runs.rounds}×${runs.pairsPerRound}`,
      target: 2,
    },
    { what: '  of it, a gRPC call that does nothing', unit: 'ms', summary: summarize(bare) },
    {
      what: 'storage calls a read',
      unit: 'calls',
      summary: summarize(through.map(({ storageCalls }) => storageCalls)),
      target: 0,
    },
    {
      what: 'system-view calls a read',
      unit: 'calls',
      summary: summarize(through.map(({ systemCalls }) => systemCalls)),
      target: 0,
    },
  ];
  const refreshing = through.filter(({ storageCalls, systemCalls }) => storageCalls + systemCalls > 0).length;
  return {
    title: `A creds/ read, with ${litellm.name}`,
    figures,
    notes: [
      'one at a time, in turns with the direct call; a round gives one difference, min – max are those of the rounds',
      `${refreshing} of ${through.length} reads asked the host anything: what is cached lives some seconds`,
      `the first read after the mount: ${first.milliseconds.toFixed(1)} ms, ${first.storageCalls} storage calls, ` +
        `${first.systemCalls} system-view calls`,
    ],
  };
}

async function configure(mount: PluginMount, { url, masterKey }: LiteLLM): Promise<void> {
  for (const [path, data] of [
    ['config', { base_url: url, master_key: masterKey }],
    ['roles/bench', benchRole],
  ] as const) {
    const { mistake, fault } = await mount.write(path, data);
    const reason = mistake ?? fault?.message;
    if (reason !== undefined) throw new PluginAnswerError(`writing ${path} failed: ${reason}`);
  }
}

async function readCreds(mount: PluginMount): Promise<Read> {
  const storageBefore = mount.storage.totalCalls;
  const systemBefore = mount.systemCalls;
  const { value, milliseconds } = await timed(() => mount.read('creds/bench'));
  const tokenId = value.data?.['token_id'];
  if (typeof tokenId !== 'string') {
    throw new PluginAnswerError(
      `reading creds/bench failed: ${value.mistake ?? value.fault?.message ?? 'no key came'}`,
    );
  }
  return {
    milliseconds,
    tokenId,
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
