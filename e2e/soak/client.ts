import { createApi, textOf, type ApiAnswer } from '../harness/engine-api.ts';
import type { HeldKey, Ledger } from './ledger.ts';
import type { Secrets } from './secrets.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { RoleName, World } from './world.ts';

/** What a client works with. */
export interface ClientOptions {
  readonly world: Pick<World, 'server' | 'cluster' | 'litellm' | 'model'>;
  readonly ledger: Ledger;
  readonly random: SeededRandom;
  readonly secrets: Secrets;
}

/** Milliseconds between two deeds of a client, at most. */
const pause = 300;

/**
 * Issues, uses, renews and revokes keys, one deed after another, whatever answers come, until the signal is aborted, and then
 * finishes the last deed.
 */
export async function runClient({ world, ledger, random, secrets }: ClientOptions, signal: AbortSignal): Promise<void> {
  let all: readonly HeldKey[] = [];

  async function act(): Promise<void> {
    all = all.filter(({ state, leaseEnd }) => state !== 'ended' && leaseEnd > Date.now());
    const live = all.filter(({ state }) => state === 'held');
    const lot = random.next();
    if (live.length === 0 || (lot < 0.3 && all.length < 6)) return issue(random.chance(0.3) ? 'short' : 'long');
    // A client that goes away, most often before the answer.
    if (lot < 0.4) return issue('gone', random.between(1, 60) / 1000);
    if (lot < 0.6) return renew(random.pick(live));
    if (lot < 0.75) return use(random.pick(live));
    return revoke(random.pick(all));
  }

  async function issue(role: RoleName, seconds?: number): Promise<void> {
    const sent = Date.now();
    const answer = await ask(role === 'gone' ? 'give up' : 'issue', 'GET', `litellm/creds/${role}`, undefined, seconds);
    if (role === 'gone') ledger.count('given up');
    if (answer?.status !== 200) return;
    const { body, data } = answer;
    const held: HeldKey = {
      key: textOf(data['key']),
      tokenId: textOf(data['token_id']),
      leaseId: textOf(body['lease_id']),
      alias: textOf(data['key_alias']),
      leaseEnd: sent + Number(body['lease_duration']) * 1000,
      state: 'held',
    };
    all = [...all, held];
    ledger.keys.push(held);
  }

  async function renew(held: HeldKey): Promise<void> {
    const sent = Date.now();
    const formerEnd = held.leaseEnd;
    const answer = await ask('renew', 'PUT', 'sys/leases/renew', { lease_id: held.leaseId });
    // A lease that runs out while its renewal is under way is revoked, and the renewal answered with 200 all the same.
    if (Date.now() > formerEnd) held.state = 'ending';
    // A lease that ends at its longest may be cut by a renewal, by less than a second.
    if (answer?.status === 200) held.leaseEnd = sent + Number(answer.body['lease_duration']) * 1000;
  }

  async function revoke(held: HeldKey): Promise<void> {
    held.state = 'ending';
    const sync = random.chance(0.7);
    const answer = await ask('revoke', 'PUT', 'sys/leases/revoke', { lease_id: held.leaseId, sync });
    if (answer?.status !== 204 || !sync) return;
    held.state = 'ended';
    const status = (await chat(held))?.status;
    if (status === undefined) return;
    ledger.count('revoked keys used');
    if (status === 200) ledger.breaches.push({ what: 'a revoked key was accepted', detail: held.tokenId, held });
  }

  /** A key whose lease lives is taken by LiteLLM whenever that is up. */
  async function use(held: HeldKey): Promise<void> {
    const said = await chat(held);
    if (said === undefined || held.state !== 'held' || held.leaseEnd < Date.now() + 1000) return;
    ledger.count('live keys used');
    if (said.status === 200) return;
    const detail = `${held.tokenId}: ${said.status} ${said.text.slice(0, 200)}`;
    ledger.breaches.push({ what: 'a live key was refused', detail, held });
  }

  /** What LiteLLM says to a key; undefined if it was down meanwhile. */
  async function chat({ key }: HeldKey) {
    const sent = Date.now();
    const said = await world.litellm.chatAnswer(key, world.model).catch(() => undefined);
    return ledger.happened('PostgreSQL stops', sent) ? undefined : said;
  }

  /** Asks the engine; undefined where it gave no answer. */
  async function ask(
    deed: string,
    method: 'GET' | 'PUT',
    path: string,
    body?: Readonly<Record<string, unknown>>,
    seconds?: number,
  ): Promise<ApiAnswer | undefined> {
    // The active one most often; a standby hands on what it must not answer.
    const { address, rootToken } = random.chance(0.2) ? random.pick(world.cluster.nodes) : world.server;
    try {
      // The root token of an engine that is restarted stays.
      const answer = await createApi(address, () => rootToken, seconds)(method, path, body);
      ledger.count(`${deed}: ${answer.status}`);
      if (answer.status >= 500 || (answer.status === 404 && deed === 'issue')) {
        ledger.count(`said: ${reasonOf(answer.errors)}`);
      }
      if (answer.status >= 400 && secrets.countIn(JSON.stringify(answer.body)) > 0) {
        ledger.breaches.push({ what: 'a secret was shown', detail: `${deed} was answered ${answer.status}` });
      }
      return answer;
    } catch {
      ledger.count(`${deed}: no answer`);
      return undefined;
    }
  }

  while (!signal.aborted) {
    await act();
    await Bun.sleep(random.between(0, pause));
  }
}

/** What an error says, without what differs from one to the next. */
function reasonOf(errors: string): string {
  return errors
    .replaceAll(/https?:\/\/\S+/g, '<address>')
    .replaceAll(/[\w-]+-[0-9a-f]{16}|\b[0-9a-f]{40,}\b/g, '<key>')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 140);
}
