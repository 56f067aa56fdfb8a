import { mountPlugin } from '../e2e/harness/plugin.ts';
import { startHungReads } from '../e2e/harness/hung-reads.ts';
import { type Figure, latencyFigures, type Section } from './figure.ts';
import { benchRole, deleteKeys, type LiteLLM, startStandIn } from './litellm.ts';
import { type BenchOpenBao, issueMany, startOpenBao, write } from './openbao.ts';
import { readRSS } from './side-by-side/process-figures.ts';
import { percentile } from './statistics.ts';

/** How many reads hang on one mount, and how many keys are issued on the other each time. */
export interface HungRuns {
  readonly hung: number;
  readonly keys: number;
}

/** Bounds of the mount that hangs: the default, and one by which hundreds of its calls are under way. */
const bounds = [8, 1024] as const;
const clients = 4;
/** Seconds in which the reads that hang get from OpenBao to the plugin. OpenBao itself ends them after 90. */
const settling = 10;

/** `creds/` reads on a mount of which the LiteLLM is well, alone and beside reads that hang on another mount. */
export async function measureHung(litellm: LiteLLM, { hung, keys }: HungRuns, signal: AbortSignal): Promise<Section> {
  await using hanging = await startStandIn(Number.POSITIVE_INFINITY);
  await using openBao = await startOpenBao(litellm, signal);
  const { server } = openBao;
  const load = { count: keys, clients, signal };
  await issue(openBao, litellm, { ...load, count: 2 * keys });

  const alone = await issue(openBao, litellm, load);
  const runs = String(keys);
  const figures: Figure[] = [...latencyFigures('alone', [alone], { runs })];
  const notes: string[] = [];
  for (const bound of bounds) {
    const mount = `hung-${bound}`;
    await mountPlugin(server, mount);
    const { url, masterKey } = hanging;
    const config = { base_url: url, master_key: masterKey, request_timeout: '1h', verify_connection: false };
    await write(server, `${mount}/config`, { ...config, max_in_flight: bound });
    await write(server, `${mount}/roles/bench`, benchRole);
    await using reads = await startHungReads(server, `${mount}/creds/bench`, hung);
    for (let second = 0; second < settling; second += 1) {
      signal.throwIfAborted();
      await Bun.sleep(1000);
    }
    const beside = await issue(openBao, litellm, load);
    const name = `beside ${hung} reads that hang, max_in_flight ${bound} there`;
    const ratio = percentile(beside, 99) / percentile(alone, 99);
    const { rss } = await readRSS(openBao.pluginPid);
    figures.push(...latencyFigures(name, [beside], { runs, target: 2 * percentile(alone, 99) }));
    notes.push(`${name}: p99 ${ratio.toFixed(2)} times that of alone; the plugin has ${rss.toFixed(0)} MiB`);
    if (reads.ended > 0) notes.push(`${reads.ended} of the reads had ended by then: the figure is no good`);
  }
  return {
    title: `A mount beside one that hangs, under OpenBao ${openBao.version}, ${clients} clients, with ${litellm.name}`,
    figures,
    notes: [...notes, 'the goal is a p99 within 2 times of that of alone'],
  };
}

async function issue(
  openBao: BenchOpenBao,
  litellm: LiteLLM,
  load: { readonly count: number; readonly clients: number; readonly signal: AbortSignal },
): Promise<readonly number[]> {
  const times: number[] = [];
  const tokenIds: string[] = [];
  await issueMany(openBao, load, (tokenId, milliseconds) => {
    tokenIds.push(tokenId);
    times.push(milliseconds);
  });
  await deleteKeys(litellm, tokenIds);
  return times;
}
