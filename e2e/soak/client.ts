import { createApi, textOf, type ApiAnswer } from '../harness/engine-api.ts';
import type { EngineServer } from '../harness/engine-server.ts';
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
  /** Milliseconds between two deeds, at most. */
  readonly pause: number;
}

/** A client that issues, uses, renews and revokes keys, one deed after another, whatever answers it gets. */
export class SoakClient {
  readonly #options: ClientOptions;
  #held: HeldKey[] = [];

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Works until the signal is aborted, and then finishes its last deed. */
  async run(signal: AbortSignal): Promise<void> {
    const { random, pause } = this.#options;
    while (!signal.aborted) {
      await this.#act();
      await Bun.sleep(random.between(0, pause));
    }
  }

  async #act(): Promise<void> {
    const { random } = this.#options;
    this.#held = this.#held.filter(({ state, leaseEnd }) => state !== 'ended' && leaseEnd > performance.now());
    const live = this.#held.filter(({ state }) => state === 'held');
    const lot = random.next();
    if (live.length === 0 || (lot < 0.3 && this.#held.length < 6)) return this.#issue();
    if (lot < 0.4) return this.#giveUp();
    const held = random.pick(live);
    if (lot < 0.6) return this.#renew(held);
    if (lot < 0.75) return this.#use(held);
    return this.#revoke(random.pick(this.#held));
  }

  async #issue(): Promise<void> {
    const role: RoleName = this.#options.random.chance(0.3) ? 'short' : 'long';
    const sent = performance.now();
    const answer = await this.#ask('issue', 'GET', `litellm/creds/${role}`);
    if (answer?.status === 200) this.#take(answer, sent);
  }

  /** Reads a key and goes away, most often before the answer. */
  async #giveUp(): Promise<void> {
    const { random, ledger } = this.#options;
    const server = this.#server();
    const sent = performance.now();
    ledger.count('given up');
    try {
      const answer = await fetch(`${server.address}/v1/litellm/creds/gone`, {
        headers: { 'X-Vault-Token': server.rootToken },
        signal: AbortSignal.timeout(Math.floor(random.between(1, 60))),
      });
      const body = (await answer.json()) as ApiAnswer['body'];
      if (answer.status !== 200) return;
      this.#take({ status: 200, body, data: body['data'] as ApiAnswer['data'], errors: '' }, sent);
    } catch {
      ledger.count('given up before the answer');
    }
  }

  #take({ body, data }: ApiAnswer, sent: number): void {
    const held: HeldKey = {
      key: textOf(data['key']),
      tokenId: textOf(data['token_id']),
      leaseId: textOf(body['lease_id']),
      alias: textOf(data['key_alias']),
      leaseEnd: sent + Number(body['lease_duration']) * 1000,
      state: 'held',
    };
    this.#held.push(held);
    this.#options.ledger.keys.push(held);
  }

  async #renew(held: HeldKey): Promise<void> {
    const sent = performance.now();
    const formerEnd = held.leaseEnd;
    const answer = await this.#ask('renew', 'PUT', 'sys/leases/renew', { lease_id: held.leaseId });
    // A lease that runs out while its renewal is under way is revoked, and the renewal answered with 200 all the same.
    if (performance.now() > formerEnd) held.state = 'ending';
    // A lease that ends at its longest may be cut by a renewal, by less than a second.
    if (answer?.status === 200) held.leaseEnd = sent + Number(answer.body['lease_duration']) * 1000;
  }

  async #revoke(held: HeldKey): Promise<void> {
    const { world, ledger, random } = this.#options;
    held.state = 'ending';
    const sync = random.chance(0.7);
    const answer = await this.#ask('revoke', 'PUT', 'sys/leases/revoke', { lease_id: held.leaseId, sync });
    if (answer?.status !== 204 || !sync) return;
    held.state = 'ended';
    const sent = performance.now();
    const status = await world.litellm.chat(held.key, world.model).catch(() => undefined);
    if (status === undefined || this.#isDown(sent)) return;
    ledger.count('revoked keys used');
    if (status === 200) ledger.breaches.push({ what: 'a revoked key was accepted', detail: held.tokenId, held });
  }

  /** A key whose lease lives is taken by LiteLLM whenever that is up. */
  async #use(held: HeldKey): Promise<void> {
    const { world, ledger } = this.#options;
    const sent = performance.now();
    const said = await world.litellm.chatAnswer(held.key, world.model).catch(() => undefined);
    const now = performance.now();
    if (said === undefined || this.#isDown(sent) || held.state !== 'held' || held.leaseEnd < now + 1000) return;
    ledger.count('live keys used');
    if (said.status !== 200) {
      const detail = `${held.tokenId}: ${said.status} ${said.text.slice(0, 200)}`;
      ledger.breaches.push({ what: 'a live key was refused', detail, held });
    }
  }

  /** The active one most often; a standby hands on what it must not answer. */
  #server(): EngineServer {
    const { world, random } = this.#options;
    return random.chance(0.2) ? random.pick(world.cluster.nodes) : world.server;
  }

  #isDown(since: number): boolean {
    return this.#options.ledger.happened('PostgreSQL stops', since, performance.now());
  }

  /** Asks the engine; undefined where it gave no answer. */
  async #ask(
    deed: string,
    method: 'GET' | 'PUT',
    path: string,
    body?: Readonly<Record<string, unknown>>,
  ): Promise<ApiAnswer | undefined> {
    const { ledger, secrets } = this.#options;
    const server = this.#server();
    try {
      // The root token of an engine that is restarted stays.
      const answer = await createApi(server.address, () => server.rootToken)(method, path, body);
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
}

/** What an error says, without what differs from one to the next. */
function reasonOf(errors: string): string {
  return errors
    .replaceAll(/https?:\/\/\S+/g, '<address>')
    .replaceAll(/[\w-]+-[0-9a-f]{16}|\b[0-9a-f]{40,}\b/g, '<key>')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 140);
}
