import { readFile } from 'node:fs/promises';
import { ask, textOf } from '../harness/engine-api.ts';
import type { EngineServer } from '../harness/engine-server.ts';
import type { SoakOptions } from './options.ts';
import { SeededRandom } from './seeded-random.ts';
import type { Line } from './verdict.ts';
import { SoakError, startWorld, type World } from './world.ts';

type MemoryOptions = Extract<SoakOptions, { action: 'memory' }>;

/** How often memory is read on the way. */
const readings = 20;
/** From the first third of the readings, without the first fifth, to the last third it may grow by so much. */
const mostGrowth = 0.1;
/** Requests that the plugin gets in a round: issue, renew, revoke. */
const perRound = 3;

/** Lets clients issue, renew and revoke until the plugin has got so many requests, and tells whether its memory stays as it is. */
export async function measureMemory(options: MemoryOptions, signal: AbortSignal): Promise<readonly Line[]> {
  const random = new SeededRandom(options.seed);
  await using world = await startWorld({ ...options, random, direct: true, signal });
  const [plugin] = await world.server.plugins();
  if (plugin === undefined) throw new SoakError('no process of the plugin runs');
  const taken: number[] = [];
  const lines: Line[] = [];
  for (let reading = 1; reading <= readings; reading++) {
    await rounds(world, Math.ceil(options.requests / readings / perRound), options.clients, signal);
    const memory = await memoryOf(plugin.pid);
    if (memory === undefined) throw new SoakError('the plugin ended, or its memory cannot be read');
    taken.push(memory);
    const requests = Math.round((options.requests / readings) * reading);
    lines.push({ what: `memory after ${requests.toLocaleString('en-US')} requests`, value: `${memory.toFixed(1)} MB` });
  }
  const settled = taken.slice(readings / 5);
  const third = Math.floor(settled.length / 3);
  const early = mean(settled.slice(0, third));
  const late = mean(settled.slice(-third));
  const value = `${early.toFixed(1)} to ${late.toFixed(1)} MB`;
  return [...lines, { what: 'it is flat', value, holds: late / early - 1 < mostGrowth }];
}

async function rounds(world: World, count: number, clients: number, signal: AbortSignal): Promise<void> {
  let left = count;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      signal.throwIfAborted();
      await round(world);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

async function round({ server }: World): Promise<void> {
  const { body } = await ask(server, 'GET', 'litellm/creds/long');
  const lease = { lease_id: textOf(body['lease_id']), sync: true };
  for (const path of ['sys/leases/renew', 'sys/leases/revoke']) await ask(server, 'PUT', path, lease);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The most that any process of the plugin on these servers takes until the signal is aborted, looked at once a second, in MB. */
export async function highestMemory(servers: readonly EngineServer[], signal: AbortSignal): Promise<number> {
  let highest = 0;
  while (!signal.aborted) {
    for (const server of servers) {
      for (const { pid } of await server.plugins()) highest = Math.max(highest, (await memoryOf(pid)) ?? 0);
    }
    await Bun.sleep(1000);
  }
  return highest;
}

/** The memory of a process that is its own, in MB of 10^6 bytes; undefined where it has ended, or where nobody tells. */
async function memoryOf(pid: number): Promise<number | undefined> {
  const kilobytes =
    process.platform === 'linux'
      ? /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))?.[1]
      : (await Bun.$`ps -o rss= -p ${pid}`.nothrow().quiet().text()).trim();
  return kilobytes ? (Number(kilobytes) * 1024) / 1e6 : undefined;
}
