import { ask, createApi } from '../harness/engine-api.ts';
import { listOf } from '../harness/raw-storage.ts';
import { DeadlineError, until } from '../harness/until.ts';
import type { KeyRow } from './key-database.ts';
import type { Ledger } from './ledger.ts';
import { revive } from './revive.ts';
import { roles, type World } from './world.ts';

/** What was there when all had settled, and what was left when all leases were revoked after that. */
export interface Settled {
  /** Keys that were ever made. */
  readonly made: number;
  /** Keys that ended when the leases were revoked. */
  readonly leased: number;
  /** Leases that the engine had before that. */
  readonly leases: number;
  /** Keys that LiteLLM takes no longer. */
  readonly ended: number;
  /** Keys that LiteLLM still takes when there is no lease any more. */
  readonly lost: readonly KeyRow[];
  /** Keys of leases that live, and how many of those LiteLLM refused. */
  readonly checked: number;
  readonly refused: number;
  /** Leases that the engine had given up to revoke. */
  readonly irrevocable: number;
  /** Write-ahead entries that nobody took away. */
  readonly writeAhead: number;
  readonly seconds: number;
}

/** A write-ahead entry is taken up by the first of the minutely rollbacks that finds it older than three minutes. */
const longest = 330;

/**
 * Waits until revocations and rollbacks are through, counts, and revokes all that is left.
 * @throws RefusedError where the engine does not work any more
 */
export async function settle(world: World, ledger: Ledger, signal: AbortSignal): Promise<Settled> {
  const begin = performance.now();
  await revive(world, ledger);
  const { server, litellm, model } = world;
  const { data } = await server.api('GET', 'sys/leases?type=irrevocable');
  const irrevocable = Number(data['lease_count'] ?? 0);
  await until('all has settled', longest, () => isSettled(world, ledger), signal).catch((error: unknown) => {
    if (!(error instanceof DeadlineError)) throw error;
  });
  const live = ledger.keys.filter((held) => held.state === 'held' && held.leaseEnd > Date.now() + 60_000);
  let refused = 0;
  for (const { key } of live) if ((await litellm.chat(key, model)) !== 200) refused += 1;
  const leases = (await leaseIds(world)).length;
  const writeAhead = await world.writeAheadEntries();
  const { usable, made } = await countKeys(world);
  const seconds = (performance.now() - begin) / 1000;
  const patient = createApi(server.address, () => server.rootToken, 300);
  await ask({ api: patient }, 'PUT', 'sys/leases/revoke-prefix/litellm/creds', { sync: true });
  const { usable: lost } = await countKeys(world);
  const leased = usable.length - lost.length;
  const ended = made - usable.length;
  return { made, leased, leases, ended, lost, checked: live.length, refused, irrevocable, writeAhead, seconds };
}

/** No write-ahead entry is left, and no lease that somebody wanted gone or whose time is over. */
async function isSettled(world: World, ledger: Ledger): Promise<boolean> {
  // Not as often as `until` looks.
  await Bun.sleep(1000);
  const there = await leaseIds(world);
  const wanted = new Set(ledger.keys.filter(({ state }) => state === 'ending').map(({ leaseId }) => leaseId));
  const left = there.filter((leaseId) => wanted.has(leaseId) || leaseId.startsWith('litellm/creds/short/'));
  // Asked for once more, though the engine tries again by itself: it waits minutes in between, and some it has given up.
  for (const leaseId of left) {
    await world.server.api('PUT', 'sys/leases/revoke', { lease_id: leaseId, sync: true });
  }
  return left.length === 0 && (await world.writeAheadEntries()) === 0;
}

async function countKeys({ database }: World): Promise<{ readonly usable: readonly KeyRow[]; readonly made: number }> {
  // In this order: a key that is deleted in between counts twice rather than never.
  const living = await database.living();
  const deleted = await database.deleted();
  return { usable: living.filter(({ usable }) => usable), made: living.length + deleted };
}

async function leaseIds({ server }: World): Promise<readonly string[]> {
  const paths = Object.keys(roles).map((role) => `litellm/creds/${role}/`);
  const names = await Promise.all(paths.map((path) => listOf(server, `sys/leases/lookup/${path}`)));
  return names.flatMap((of, index) => of.map((name) => `${paths[index]}${name}`));
}
