import { createApi } from '../harness/engine-api.ts';
import { DeadlineError, until } from '../harness/until.ts';
import type { KeyRow } from './key-database.ts';
import type { HeldKey, Ledger } from './ledger.ts';
import { listOf, roles, SoakError, type World } from './world.ts';

/** What was there when all had settled, and what was left when all leases were revoked after that. */
export interface Settled {
  /** Keys that were ever made. */
  readonly made: number;
  /** Leases that lived. */
  readonly leased: number;
  /** Keys that LiteLLM takes no longer. */
  readonly ended: number;
  /** Keys that LiteLLM still takes when there is no lease any more. */
  readonly lost: readonly KeyRow[];
  /** Keys of leases that live, and how many of those LiteLLM refused. */
  readonly checked: number;
  readonly refused: number;
  /** Write-ahead entries that nobody took away. */
  readonly writeAhead: number;
  readonly seconds: number;
}

/** A write-ahead entry is taken up by the first of the minutely rollbacks that finds it older than three minutes. */
const longest = 330;

/**
 * Waits until revocations and rollbacks are through, counts, and revokes all that is left.
 * @throws SoakError where the engine does not work any more
 */
export async function settle(world: World, ledger: Ledger, signal: AbortSignal): Promise<Settled> {
  const begin = performance.now();
  await revive(world, ledger);
  // What the clients have asked for and heard nothing of: a second request does no harm.
  for (const { leaseId, state } of ledger.keys) {
    if (state === 'ending') await world.server.api('PUT', 'sys/leases/revoke', { lease_id: leaseId });
  }
  await until('all has settled', longest, () => isSettled(world), signal).catch((error: unknown) => {
    if (!(error instanceof DeadlineError)) throw error;
  });
  const leases = await leaseIds(world);
  const { usable, made } = await countKeys(world);
  const live = ledger.keys.filter((held) => held.state === 'held' && held.leaseEnd > performance.now() + 60_000);
  const refused = await refusedOf(world, live);
  const writeAhead = await world.writeAheadEntries();
  const seconds = (performance.now() - begin) / 1000;
  await revokeAll(world);
  const { usable: lost } = await countKeys(world);
  return {
    made,
    leased: leases.length,
    ended: made - usable.length,
    lost,
    checked: live.length,
    refused,
    writeAhead,
    seconds,
  };
}

async function isSettled(world: World): Promise<boolean> {
  // Not as often as `until` looks.
  await Bun.sleep(1000);
  const before = await leaseIds(world);
  const { usable } = await countKeys(world);
  const after = await leaseIds(world);
  return before.length === after.length && usable.length === after.length && (await world.writeAheadEntries()) === 0;
}

async function countKeys({ database }: World): Promise<{ readonly usable: readonly KeyRow[]; readonly made: number }> {
  // In this order: a key that is deleted in between counts twice rather than never.
  const living = await database.living();
  const deleted = await database.deleted();
  return { usable: living.filter(({ usable }) => usable), made: living.length + deleted };
}

async function leaseIds({ server }: World): Promise<readonly string[]> {
  const found: string[] = [];
  for (const role of Object.keys(roles))
    found.push(...(await listOf(server, `sys/leases/lookup/litellm/creds/${role}`)));
  return found;
}

/** How many keys of leases that live LiteLLM does not take. */
async function refusedOf({ litellm, model }: World, live: readonly HeldKey[]): Promise<number> {
  let refused = 0;
  for (const { key } of live) if ((await litellm.chat(key, model)) !== 200) refused += 1;
  return refused;
}

/** The plugin answers. Engines leave one that was killed while they set it up dead until they are unsealed: they are. */
async function revive({ server }: World, ledger: Ledger): Promise<void> {
  const works = async (): Promise<boolean> => (await server.api('GET', 'litellm/config')).status === 200;
  try {
    await until('the plugin answers', 20, works);
  } catch {
    ledger.count('cured by seal and unseal');
    await server.api('PUT', 'sys/seal');
    await server.unseal();
    await until('the plugin answers', 60, works);
  }
}

/** @throws SoakError where a lease cannot be revoked */
async function revokeAll({ server }: World): Promise<void> {
  const api = createApi(server.address, () => server.rootToken, 300);
  const { status, errors } = await api('PUT', 'sys/leases/revoke-prefix/litellm/creds', { sync: true });
  if (status >= 300) throw new SoakError(`the leases could not be revoked in the end: ${status} ${errors}`);
}
