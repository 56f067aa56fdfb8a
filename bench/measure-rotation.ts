import { configure, expectSuccess } from '../tests/harness/configured-mount.ts';
import { MemoryStorage } from '../tests/harness/memory-storage.ts';
import type { PluginMount } from '../tests/harness/plugin-host/plugin-mount.ts';
import { PluginHost } from '../tests/harness/plugin-host.ts';
import { latencyFigures, type Section } from './figure.ts';
import { benchRole, deleteKeys, type LiteLLM } from './litellm.ts';
import { percentile, summarize } from './statistics.ts';

/** How many roles there are, and how much is measured. */
export interface RotationRuns {
  /** With a period of one hour, all of which come due at once. */
  readonly roles: number;
  /** Roles of a mount that is only started. */
  readonly loaded: number;
  readonly rounds: number;
  /** Keys issued in each round, with rotations and without. */
  readonly keys: number;
}

const clients = 4;
const hour = 3600_000;
const rolePrefix = 'static-roles/';
const walPrefix = 'wal/';
/** Reads that have stopped for so long are over: milliseconds. */
const quietMs = 500;
const ticks = 5;

function entryOf(key: string, value: unknown) {
  return { key, value: new TextEncoder().encode(JSON.stringify(value)), sealWrap: true };
}

/** What happens in a mount's storage, by the host's own count. */
class WatchedStorage extends MemoryStorage {
  /** When each rotation began: milliseconds. */
  readonly begun: number[] = [];
  #underWay = 0;
  #most = 0;
  #lastRead = 0;
  ended = 0;

  constructor() {
    super();
    this.intercept = (call, key) => {
      if (call === 'get') this.#lastRead = performance.now();
      if (!key.startsWith(walPrefix)) return;
      if (call === 'put') {
        this.begun.push(performance.now());
        this.#underWay += 1;
        this.#most = Math.max(this.#most, this.#underWay);
      } else if (call === 'delete') {
        this.#underWay -= 1;
        this.ended += 1;
      }
    };
  }

  /** The most rotations at once. */
  get most(): number {
    return this.#most;
  }

  get lastRead(): number {
    return this.#lastRead;
  }

  forgetRotations(): void {
    this.begun.length = 0;
    this.ended = 0;
    this.#most = 0;
  }

  /** Writes a role's entry anew, uncounted. */
  async replaceRole(name: string, change: object, like = name): Promise<void> {
    const entry = this.peek(rolePrefix + like);
    await super.put(entryOf(rolePrefix + name, { ...(entry as object), ...change }));
  }
}

/** `creds/` reads beside rotations of many static roles that come due at once, and alone, by turns. */
export async function measureRotation(
  litellm: LiteLLM,
  { roles, loaded, rounds, keys }: RotationRuns,
  signal: AbortSignal,
): Promise<Section> {
  const storage = new WatchedStorage();
  const names = Array.from({ length: roles }, (_, index) => `role-${index}`);
  await withMount(storage, async (mount) => {
    await configure(mount, litellm);
    expectSuccess(await mount.write('roles/bench', benchRole));
    await eachOf(names, async (name) => {
      signal.throwIfAborted();
      expectSuccess(await mount.write(rolePrefix + name, { models: 'gpt-4o', rotation_period: '1h' }));
    });
  });

  const alone: number[][] = [];
  const beside: number[][] = [];
  const spread: number[] = [];
  const most: number[] = [];
  const reads: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    signal.throwIfAborted();
    await withMount(storage, async (mount) => {
      await issue(mount, litellm, keys);
      alone.push(await issue(mount, litellm, keys));
      reads.push(...(await readsOfTicks(mount, storage)));
    });
    const lastRotation = new Date(Date.now() - 2 * hour).toISOString();
    for (const name of names) await storage.replaceRole(name, { lastRotation });
    await withMount(storage, async (mount) => {
      await issue(mount, litellm, keys);
      storage.forgetRotations();
      await tick(mount);
      while (storage.begun.length === 0) await pause(signal);
      beside.push(await issue(mount, litellm, keys));
      if (storage.ended === roles) throw new Error('the rotations were over before the reads: measure fewer keys');
      while (storage.ended < roles) await pause(signal);
      spread.push((storage.begun.at(-1) ?? 0) - (storage.begun[0] ?? 0));
      most.push(storage.most);
    });
  }
  const load = await measureLoad(loaded, storage, signal);

  const p99 = (rows: readonly number[][]): number[] => rows.map((times) => percentile(times, 99));
  const ratio = summarize(p99(beside)).median / summarize(p99(alone)).median;
  return {
    title: `${roles} static roles that come due at once, beside creds/ reads of ${clients} clients, with ${litellm.name}`,
    figures: [
      ...latencyFigures('creds/ reads alone', alone),
      ...latencyFigures('creds/ reads beside rotations', beside, { target: 1.2 * summarize(p99(alone)).median }),
      { what: 'from the first rotation to the last', unit: 'ms', summary: summarize(spread) },
      { what: 'rotations at once, at the most', unit: 'calls', summary: summarize(most), target: 4 },
      { what: "storage reads of the host's minute, nothing due", unit: 'calls', summary: summarize(reads), target: 10 },
      { what: `reading ${loaded} roles at the start`, unit: 'ms', summary: summarize([load]) },
    ],
    notes: [`p99 beside rotations is ${ratio.toFixed(2)} times that of alone; the goal is 1.2`],
  };
}

async function measureLoad(loaded: number, from: WatchedStorage, signal: AbortSignal): Promise<number> {
  const storage = new WatchedStorage();
  const config = from.peekEntry('config');
  if (config !== undefined) await storage.put(config);
  await storage.put(entryOf(`${rolePrefix}role-0`, from.peek(`${rolePrefix}role-0`)));
  for (let index = 1; index < loaded; index += 1) {
    await storage.replaceRole(`role-${index}`, { keyAlias: `vault-role-${index}` }, 'role-0');
  }
  let begin = 0;
  let end = 0;
  await withMount(
    storage,
    async () => {
      while (storage.calls.get < loaded || performance.now() - storage.lastRead < quietMs) await pause(signal);
      end = storage.lastRead;
    },
    () => {
      begin = performance.now();
    },
  );
  return end - begin;
}

async function readsOfTicks(mount: PluginMount, storage: WatchedStorage): Promise<readonly number[]> {
  const counted: number[] = [];
  while (performance.now() - storage.lastRead < quietMs) await Bun.sleep(quietMs / 10);
  for (let time = 0; time < ticks; time += 1) {
    const before = storage.calls.get;
    await tick(mount);
    while (performance.now() - storage.lastRead < quietMs) await Bun.sleep(quietMs / 10);
    counted.push(storage.calls.get - before);
  }
  return counted;
}

/** What the host calls each minute. */
async function tick(mount: PluginMount): Promise<void> {
  await mount.request({ operation: 'rollback', path: '' });
}

async function withMount(
  storage: MemoryStorage,
  work: (mount: PluginMount) => Promise<void>,
  onStart: () => void = () => undefined,
): Promise<void> {
  await using host = await PluginHost.start();
  onStart();
  const mount = await host.mounted({ storage });
  await work(mount);
}

async function issue(mount: PluginMount, litellm: LiteLLM, count: number): Promise<number[]> {
  const times: number[] = [];
  const tokenIds: string[] = [];
  await eachOf(Array.from({ length: count }), async () => {
    const begin = performance.now();
    const { data } = expectSuccess(await mount.read('creds/bench'));
    times.push(performance.now() - begin);
    tokenIds.push(String(data?.['token_id']));
  });
  await deleteKeys(litellm, tokenIds);
  return times;
}

async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items];
  const client = async (): Promise<void> => {
    while (queue.length > 0) await work(queue.shift() as Item);
  };
  await Promise.all(Array.from({ length: clients }, client));
}

async function pause(signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await Bun.sleep(5);
}
