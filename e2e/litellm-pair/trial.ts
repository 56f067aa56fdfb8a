import { ask } from '../harness/engine-api.ts';
import { issueKey } from '../harness/issue-key.ts';
import type { EngineServer } from '../harness/engine-server.ts';
import type { LiteLLM } from '../harness/litellm.ts';
import { lastAcceptance, use, type WatchOptions } from './last-acceptance.ts';
import type { LiteLLMPair } from './pair.ts';

/** What is tried: how a key ends, what the instance that is watched knew of it by then, and which one that is. */
export interface Attempt {
  readonly way: 'revocation' | 'delete alone';
  /** `warm`: the key was used there. `racing`: its first use there is sent while it is being revoked. */
  readonly state: 'warm' | 'racing';
  readonly instance: 'same' | 'other';
}

/** Where trials are made. */
export interface TrialPlace {
  readonly server: EngineServer;
  readonly pair: LiteLLMPair;
  /** Whose keys the engine gives out. */
  readonly role: string;
}

/** A key was not made, not accepted before its end, or not ended. */
export class TrialError extends Error {
  override readonly name = 'TrialError';
}

interface TrialKey {
  readonly key: string;
  /** Ends it on the first instance. */
  readonly end: () => Promise<void>;
}

/** The first use is sent this many ms, at most, after the revocation: as long as block and delete take. */
const racingWithin = 60;

/** Makes a key, ends it on the first instance, and gives for how many seconds after that the watched one accepted it. */
export async function tryOnce(place: TrialPlace, attempt: Attempt, watch: WatchOptions): Promise<number> {
  const { pair } = place;
  const { key, end } = await (attempt.way === 'revocation' ? leasedKey(place) : plainKey(place));
  const watched = attempt.instance === 'same' ? pair : pair.second;
  if (attempt.state === 'warm') {
    const status = await use(watched, key);
    if (status !== 200) throw new TrialError(`a new key was answered ${status}`);
  }
  const ended = end();
  if (attempt.state === 'racing') await Bun.sleep(Math.random() * racingWithin);
  const [seconds] = await Promise.all([lastAcceptance(watched, key, ended, watch), ended]);
  return seconds;
}

async function leasedKey({ server, role }: TrialPlace): Promise<TrialKey> {
  const { key, leaseId } = await issueKey(server, role);
  return {
    key,
    end: async () => void (await ask(server, 'PUT', 'sys/leases/revoke', { lease_id: leaseId, sync: true })),
  };
}

async function plainKey({ pair }: TrialPlace): Promise<TrialKey> {
  const key = `sk-test-not-a-real-key-${crypto.randomUUID()}`;
  await post(pair, '/key/generate', { key, duration: '1h', key_type: 'llm_api' });
  return { key, end: () => post(pair, '/key/delete', { keys: [key] }) };
}

async function post({ url, masterKey }: LiteLLM, path: string, body: object): Promise<void> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${masterKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  await answer.text();
  if (!answer.ok) throw new TrialError(`${path} was answered ${answer.status}`);
}

/** The outcomes of `count` trials, `atOnce` of them under way at a time. */
export async function tryOften(
  place: TrialPlace,
  attempt: Attempt,
  watch: WatchOptions,
  count: number,
  atOnce: number,
): Promise<readonly number[]> {
  const outcomes: number[] = [];
  let begun = 0;
  const work = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      outcomes.push(await tryOnce(place, attempt, watch));
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, work));
  return outcomes;
}
