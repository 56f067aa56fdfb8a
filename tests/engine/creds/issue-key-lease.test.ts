import { describe, expect, test } from 'bun:test';
import { type ConfigEntry, configDefaults } from '../../../src/engine/config/config-entry.ts';
import { issueKey } from '../../../src/engine/creds/issue-key.ts';
import type { IssuedKey } from '../../../src/engine/creds/issued-keys.ts';
import type { MountBounds } from '../../../src/engine/creds/issuing-bounds.ts';
import type { RoleEntry } from '../../../src/engine/roles/role-entry.ts';
import type { Client } from '../../../src/litellm/client.ts';
import { KeyNotFoundError } from '../../../src/litellm/error.ts';
import { HedgeGate } from '../../../src/litellm/hedge.ts';
import type { UpdatedKey } from '../../../src/litellm/key.ts';
import { sha256 } from '../../../src/litellm/sha256.ts';
import { defineSecret } from '../../../src/sdk/framework/secret.ts';
import { systemRandom } from '../../../src/sdk/logical/random.ts';
import type { Response } from '../../../src/sdk/logical/response.ts';
import { logicalRequest } from '../../harness/logical-request.ts';

const notFound = new KeyNotFoundError({ method: 'POST', url: 'http://litellm.test/key/update' }, 404, 'no such key');
const now = new Date('2030-01-01T00:00:00Z');
const role: RoleEntry = {
  models: [],
  maxBudget: 0,
  keyAliasPrefix: 'vault',
  metadata: {},
  ttl: 0,
  maxTTL: 0,
  keyType: 'llm_api',
};
const wide: MountBounds = { defaultLeaseTTL: 2_764_800, maxLeaseTTL: 2_764_800 };
const tuned: MountBounds = { defaultLeaseTTL: 100, maxLeaseTTL: 200 };

/** Issuing with a host, a LiteLLM and a ledger that a test sets. */
class World {
  known = wide;
  asking: Promise<MountBounds> | undefined;
  /** How long LiteLLM lets a key live that is to live for so long. */
  lifetime = (duration: number): number => duration;
  onUpdate: () => Promise<void> = async () => undefined;
  onForget: () => Promise<void> = async () => undefined;
  config: ConfigEntry = {
    baseURL: 'http://litellm.test',
    masterKey: 'sk-test-not-a-real-master-key',
    caCert: '',
    ...configDefaults,
  };
  readonly log: string[] = [];
  readonly issued: IssuedKey[] = [];
  readonly undelivered: (() => void)[] = [];
  readonly caller = new AbortController();

  /** Reads a key; gives the response and what was done for it. */
  async issue(): Promise<Response> {
    const req = logicalRequest({
      signal: this.caller.signal,
      onUndelivered: (act) => void this.undelivered.push(act),
    });
    const secret = defineSecret({
      type: 'litellm_key',
      fields: {},
      renew: async () => undefined,
      revoke: async () => undefined,
    });
    return await issueKey(req, { roleName: 'team', role }, this.config, {
      clients: { clientFor: () => this.#client, clientOf: () => this.#client },
      abandoned: {
        rememberInMaking: async () => this.#note('remember', 'entry'),
        forget: async (_storage, entry) => {
          await this.onForget();
          this.#note(`forget ${entry}`);
        },
        abandon: async (_storage, _key, _config, entry) => void this.#note(`abandon ${entry ?? 'anew'}`),
      },
      bounds: { known: async () => this.known, askAgain: () => this.asking },
      issued: { add: (key) => void this.issued.push(key) },
      gate: new HedgeGate(),
      secret,
      clock: { now: () => now },
      sleep: async (milliseconds) => void this.#note(`sleep ${milliseconds}`),
      random: systemRandom,
      backendUUID: '00000000-0000-4000-8000-000000000001',
    });
  }

  readonly #client = {
    hedgeDelay: () => undefined,
    generateKey: async ({ key, keyAlias, duration }) => {
      this.#note(`generate ${duration}`);
      return { tokenId: sha256(key), keyAlias, models: [], told: {}, ...this.#life(duration) };
    },
    updateKey: async (_tokenId, { duration }) => {
      this.#note(`update ${duration}`);
      await this.onUpdate();
      return this.#life(duration);
    },
    keyInfo: async () => Promise.reject(notFound),
  } satisfies Pick<Client, 'generateKey' | 'updateKey' | 'keyInfo' | 'hedgeDelay'> as unknown as Client;

  #life(duration: number): UpdatedKey {
    const lifetime = this.lifetime(duration);
    return { lifetime, expires: new Date(now.getTime() + lifetime * 1000) };
  }

  #note(what: string, result = ''): string {
    this.log.push(what);
    return result;
  }
}

describe('a mount whose bounds have changed', () => {
  test('gives a lease by the new ones, and the key that time to live', async () => {
    const world = new World();
    world.asking = Promise.resolve(tuned);
    const { secret, warnings, data } = await world.issue();
    expect(secret).toMatchObject({ ttl: 100, maxTTL: 200 });
    expect(warnings ?? []).toEqual([]);
    expect(data?.['expires']).toBe('2030-01-01T00:03:10.000Z');
    expect(secret?.internalData['latest_expiry']).toBe('2030-01-01T00:05:50.000Z');
    expect(world.log).toEqual(['generate 2764890', 'update 190']);
    expect(world.issued.map(({ ttl }) => ttl)).toEqual([100]);
  });

  test('gives a longer lease, too', async () => {
    const world = new World();
    world.known = tuned;
    world.asking = Promise.resolve({ defaultLeaseTTL: 1000, maxLeaseTTL: 2000 });
    expect((await world.issue()).secret).toMatchObject({ ttl: 1000, maxTTL: 2000 });
    expect(world.log).toEqual(['generate 190', 'update 1090']);
  });

  test('asks LiteLLM nothing where the lease is the same', async () => {
    const world = new World();
    world.known = tuned;
    world.asking = Promise.resolve({ ...tuned, maxLeaseTTL: 300 });
    const { secret } = await world.issue();
    expect(secret).toMatchObject({ ttl: 100, maxTTL: 300 });
    expect(secret?.internalData['latest_expiry']).toBe('2030-01-01T00:07:30.000Z');
    expect(world.log).toEqual(['generate 190']);
  });

  test('gives no key that could not be corrected', async () => {
    const world = new World();
    world.asking = Promise.resolve(tuned);
    world.onUpdate = async () => Promise.reject(new Error('LiteLLM is away'));
    await expect(world.issue()).rejects.toThrow('LiteLLM is away');
    expect(world.log).toEqual(['generate 2764890', 'update 190', 'abandon anew']);
    expect([world.issued.length, world.undelivered.length]).toEqual([0, 0]);
  });

  test('corrects a key that LiteLLM does not find yet, since it is young', async () => {
    const world = new World();
    world.asking = Promise.resolve(tuned);
    let misses = 2;
    world.onUpdate = async () => {
      misses -= 1;
      if (misses >= 0) throw notFound;
    };
    expect((await world.issue()).secret).toMatchObject({ ttl: 100 });
    expect(world.log).toEqual([
      'generate 2764890',
      'update 190',
      'sleep 500',
      'update 190',
      'sleep 1000',
      'update 190',
    ]);
  });

  test('gives no key while it does not tell its bounds', async () => {
    const world = new World();
    world.asking = Promise.reject(new Error('the host is away'));
    await expect(world.issue()).rejects.toThrow('the host is away');
    expect(world.log).toEqual(['generate 2764890', 'abandon anew']);
  });
});

describe('a LiteLLM that gives a key less time', () => {
  test('has the lease cut to that, with a warning', async () => {
    const world = new World();
    world.known = tuned;
    world.lifetime = () => 70;
    const { secret, warnings, data } = await world.issue();
    expect(secret).toMatchObject({ ttl: 68, maxTTL: 200 });
    expect(warnings).toEqual([expect.stringMatching(/lets this key live for 1m10s only/)]);
    expect(data?.['expires']).toBe('2030-01-01T00:01:10.000Z');
  });

  test('than the grace takes has nothing cut', async () => {
    const world = new World();
    world.known = tuned;
    world.lifetime = (duration) => duration - 90;
    const { secret, warnings } = await world.issue();
    expect([secret?.ttl, warnings ?? []]).toEqual([100, []]);
  });

  test('and none at all has no key leased', async () => {
    const world = new World();
    world.lifetime = () => 0;
    await expect(world.issue()).rejects.toMatchObject({ code: 502, message: expect.stringMatching(/expired already/) });
    expect(world.log.at(-1)).toBe('abandon anew');
  });
});

describe('with write_ahead', () => {
  test('an entry is written before the key is made and removed before it is answered', async () => {
    const world = new World();
    world.config = { ...world.config, writeAhead: true };
    await world.issue();
    expect(world.log).toEqual(['remember', 'generate 2764890', 'forget entry']);
  });

  test('no key is answered whose entry stays', async () => {
    const world = new World();
    world.config = { ...world.config, writeAhead: true };
    world.onForget = async () => Promise.reject(new Error('the storage is away'));
    await expect(world.issue()).rejects.toThrow('the storage is away');
    expect(world.log).toEqual(['remember', 'generate 2764890', 'abandon anew']);
  });

  test('a key whose caller goes while its entry is removed is abandoned', async () => {
    const world = new World();
    world.config = { ...world.config, writeAhead: true };
    world.onForget = async () => world.caller.abort();
    await expect(world.issue()).rejects.toThrow();
    expect(world.log).toEqual(['remember', 'generate 2764890', 'forget entry', 'abandon anew']);
  });
});

test('a key whose answer was dropped is abandoned', async () => {
  const world = new World();
  await world.issue();
  expect(world.undelivered).toHaveLength(1);
  world.undelivered[0]?.();
  expect(world.log).toEqual(['generate 2764890', 'abandon anew']);
});
