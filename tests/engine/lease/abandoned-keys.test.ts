import { describe, expect, test } from 'bun:test';
import { type ConfigEntry, configDefaults } from '../../../src/engine/config/config-entry.ts';
import { AbandonedKeys } from '../../../src/engine/lease/abandoned-keys.ts';
import { BackgroundWork } from '../../../src/engine/lease/background-work.ts';
import type { LeasedKey } from '../../../src/engine/lease/leased-key.ts';
import type { Client } from '../../../src/litellm/client.ts';
import { nullLogger } from '../../../src/sdk/logical/logger.ts';
import { systemRandom } from '../../../src/sdk/logical/random.ts';
import { storageEntryJSON } from '../../../src/sdk/logical/storage.ts';
import { startEngine, type TestEngine } from '../../harness/engine.ts';
import { FakeClock } from '../../harness/fake-clock.ts';
import type { FaultKind } from '../../harness/litellm/faults.ts';
import type { StoredKey } from '../../harness/litellm/stored-key.ts';
import { MemoryStorage } from '../../harness/memory-storage.ts';

async function engineWithRole(): Promise<TestEngine> {
  const engine = await startEngine();
  await engine.configure({ request_timeout: 1 });
  await engine.request('create', 'roles/team', { data: { ttl: 600 } });
  return engine;
}

/** Reads a key whose request is lost on the way, and gives what LiteLLM will store when that arrives after all. */
async function lostKey(engine: TestEngine): Promise<{ readonly token: StoredKey; readonly tokenId: string }> {
  engine.litellm.faults.next({ path: '/key/generate', kind: 'hang-after-effect' });
  const made = engine.litellm.handled('/key/generate');
  const gone = new AbortController();
  const request = engine.request('read', 'creds/team', { signal: gone.signal });
  await made;
  const [token] = engine.litellm.keys.all();
  if (token === undefined) throw new Error('no key was made');
  // A table that never had it: one that was deleted would be known as such.
  engine.litellm.keys.forget(token.tokenId);
  const looked = engine.litellm.handled('/key/block');
  gone.abort();
  await request.catch(() => undefined);
  await looked;
  return { token, tokenId: token.tokenId };
}

const walKeys = (engine: TestEngine): readonly string[] => engine.storage.keys.filter((key) => key.startsWith('wal/'));
const rollback = (engine: TestEngine) => engine.request('rollback', '');

describe('a key whose making ended badly', () => {
  const ends: readonly { readonly kind: FaultKind; readonly withEffect?: boolean; readonly code: number }[] = [
    { kind: 'hang-after-effect', code: 504 },
    { kind: 'slow-body', code: 504 },
    { kind: 'drop-after-effect', code: 502 },
    { kind: 'half-body', code: 502 },
    { kind: 'nonsense', withEffect: true, code: 502 },
    { kind: 'html', withEffect: true, code: 502 },
    { kind: 'status', withEffect: true, code: 502 },
  ];
  for (const { code, ...fault } of ends) {
    test(`by ${fault.kind} does not stay`, async () => {
      await using engine = await engineWithRole();
      // A lost connection is answered with a second key.
      engine.litellm.faults.next({ path: '/key/generate', times: 2, ...fault });
      const deleted = engine.litellm.handled('/key/delete');
      const error = await engine.request('read', 'creds/team').then(String, (thrown: unknown) => thrown);
      expect(error).toMatchObject({ code, message: expect.stringContaining(`${engine.litellm.url}/key/generate`) });
      engine.litellm.faults.clear();
      await deleted;
      await engine.backend.cleanup();
      expect(engine.litellm.keys.all()).toEqual([]);
      expect(walKeys(engine)).toEqual([]);
    });
  }

  for (const kind of ['hang', 'drop-before', 'status'] as const) {
    test(`by ${kind}, and that may still come, is looked for again by the rollback`, async () => {
      await using engine = await engineWithRole();
      engine.litellm.faults.next({ path: '/key/generate', kind, times: 2 });
      const looked = engine.litellm.handled('/key/block');
      await expect(engine.request('read', 'creds/team')).rejects.toThrow('/key/generate');
      await looked;
      await engine.backend.cleanup();
      const keys = kind === 'drop-before' ? 2 : 1;
      expect(walKeys(engine)).toHaveLength(keys);
      const [id] = walKeys(engine);
      expect(JSON.stringify(engine.storage.peek(id ?? ''))).not.toContain('sk-');

      await rollback(engine);
      expect(walKeys(engine)).toHaveLength(keys);
      engine.clock.advance(181);
      await rollback(engine);
      expect(walKeys(engine)).toEqual([]);
    });
  }

  test('is ended by the rollback when LiteLLM could not be reached before', async () => {
    await using engine = await engineWithRole();
    engine.litellm.faults.next({ path: '/key/generate', kind: 'status', withEffect: true });
    engine.litellm.faults.next({ path: '/key/block', kind: 'status' });
    engine.litellm.faults.next({ path: '/key/delete', kind: 'status' });
    const looked = engine.litellm.handled('/key/delete');
    await expect(engine.request('read', 'creds/team')).rejects.toThrow('/key/generate');
    await looked;
    await engine.backend.cleanup();
    expect(engine.litellm.keys.all()).toHaveLength(1);

    engine.clock.advance(181);
    engine.litellm.faults.next({ path: '/key/block', kind: 'status' });
    engine.litellm.faults.next({ path: '/key/delete', kind: 'status' });
    await rollback(engine);
    expect(walKeys(engine)).toHaveLength(1);
    await rollback(engine);
    expect(walKeys(engine)).toEqual([]);
    expect(engine.litellm.keys.all()).toEqual([]);
  });

  test('because the caller went away does not stay', async () => {
    await using engine = await engineWithRole();
    engine.litellm.faults.next({ path: '/key/generate', kind: 'hang-after-effect' });
    const gone = new AbortController();
    const generating = engine.litellm.handled('/key/generate');
    const deleted = engine.litellm.handled('/key/delete');
    const request = engine.request('read', 'creds/team', { signal: gone.signal });
    await generating;
    gone.abort();
    await expect(request).rejects.toThrow();
    await deleted;
    await engine.backend.cleanup();
    expect(engine.litellm.keys.all()).toEqual([]);
  });

  test('holds the end of its mount up for seconds and no longer, and stays remembered', async () => {
    await using engine = await engineWithRole();
    await engine.request('update', 'config', { data: { request_timeout: '1h' } });
    engine.litellm.faults.next({ path: '/key/generate', kind: 'status', withEffect: true });
    engine.litellm.faults.next({ path: '/key/block', kind: 'hang', times: 9 });
    await expect(engine.request('read', 'creds/team')).rejects.toThrow('/key/generate');
    await engine.backend.cleanup();
    expect(walKeys(engine)).toHaveLength(1);
  });

  test('is ended even when it cannot be remembered', async () => {
    await using engine = await engineWithRole();
    engine.storage.intercept = (call) => {
      if (call === 'put') throw new Error('the storage is away');
    };
    engine.litellm.faults.next({ path: '/key/generate', kind: 'status', withEffect: true });
    const deleted = engine.litellm.handled('/key/delete');
    await expect(engine.request('read', 'creds/team')).rejects.toThrow('/key/generate');
    await deleted;
    await engine.backend.cleanup();
    expect(engine.litellm.keys.all()).toEqual([]);
    expect(engine.log.join()).toContain('the storage is away');
  });
});

describe('a key that LiteLLM has not yet', () => {
  test('is asked for again after 2, 5 and 15 seconds, and ended once it is there', async () => {
    await using engine = await engineWithRole();
    engine.clock.hold();
    const { token, tokenId } = await lostKey(engine);
    const times: number[] = [];
    const start = engine.clock.now().getTime();
    for (const pause of [2, 3, 10]) {
      await engine.clock.asleep();
      if (pause === 10) engine.litellm.keys.put(token);
      const looked = engine.litellm.handled('/key/block');
      engine.clock.advance(pause);
      await looked;
      times.push((engine.clock.now().getTime() - start) / 1000);
    }
    expect(times).toEqual([2, 5, 15]);
    expect(engine.litellm.keys.find(tokenId)?.blocked).toBe(true);
    await engine.clock.asleep();
    expect(walKeys(engine)).toHaveLength(1);
    const deleted = engine.litellm.handled('/key/delete');
    engine.clock.advance(0.5);
    await deleted;
    await engine.backend.cleanup();
    expect(engine.litellm.keys.all()).toEqual([]);
    expect(walKeys(engine)).toEqual([]);
  });

  test('is left to the rollback when it is never there, and when the mount goes', async () => {
    await using engine = await engineWithRole();
    engine.clock.hold();
    await lostKey(engine);
    await engine.clock.asleep();
    await engine.backend.cleanup();
    expect(engine.litellm.requests.filter(({ path }) => path === '/key/block')).toHaveLength(1);
    expect(walKeys(engine)).toHaveLength(1);
  });

  test('is remembered later when it cannot be at first', async () => {
    await using engine = await engineWithRole();
    engine.clock.hold();
    engine.storage.intercept = (call) => {
      if (call === 'put') throw new Error('the storage is away');
    };
    await lostKey(engine);
    await engine.clock.asleep();
    expect(walKeys(engine)).toEqual([]);
    engine.storage.intercept = undefined;
    engine.clock.advance(2);
    await engine.clock.asleep();
    expect(walKeys(engine)).toHaveLength(1);
  });

  test('is remembered when the mount goes and it could not be at first', async () => {
    await using engine = await engineWithRole();
    engine.clock.hold();
    engine.storage.intercept = (call) => {
      if (call === 'put') throw new Error('the storage is away');
    };
    await lostKey(engine);
    await engine.clock.asleep();
    engine.storage.intercept = undefined;
    await engine.backend.cleanup();
    expect(walKeys(engine)).toHaveLength(1);
  });

  test('is one of 256 at most that are asked for again', async () => {
    await using engine = await engineWithRole();
    engine.clock.hold();
    engine.litellm.faults.next({ path: '/key/generate', kind: 'status', times: 260 });
    await Promise.allSettled(Array.from({ length: 260 }, async () => engine.request('read', 'creds/team')));
    await engine.clock.asleep(256);
    const blocks = () => engine.litellm.requests.filter(({ path }) => path === '/key/block').length;
    while (blocks() < 260) await engine.litellm.handled('/key/block');
    engine.clock.advance(2);
    await engine.clock.asleep(256);
    expect(blocks()).toBe(260 + 256);
    expect(walKeys(engine)).toHaveLength(260);
  });

  test('is remembered when 256 are asked for again already and it could not be at first', async () => {
    await using engine = await engineWithRole();
    engine.clock.hold();
    engine.litellm.faults.next({ path: '/key/generate', kind: 'status', times: 257 });
    let puts = 0;
    const all = Promise.withResolvers<void>();
    engine.storage.intercept = (call) => {
      if (call !== 'put') return;
      puts += 1;
      if (puts === 258) all.resolve();
      if (puts <= 257) throw new Error('the storage is away');
    };
    await Promise.allSettled(Array.from({ length: 257 }, async () => engine.request('read', 'creds/team')));
    await engine.clock.asleep(256);
    await all.promise;
    expect(puts).toBe(258);
  });
});

describe('remembering a key whose making has not begun', () => {
  const key: LeasedKey = {
    tokenId: 'f'.repeat(64),
    keyAlias: 'vault-team-0123456789abcdef',
    role: 'team',
    proxy: 'http://127.0.0.1:1',
    roleTTL: 600,
    roleMaxTTL: 600,
    latestExpiry: new Date('2030-01-01T00:20:00Z'),
  };
  const config: ConfigEntry = {
    ...configDefaults,
    baseURL: key.proxy,
    masterKey: 'sk-test-not-a-real-key',
    caCert: '',
  };

  function setUp(blockKey: () => Promise<void>) {
    const storage = new MemoryStorage();
    const clock = new FakeClock();
    const background = new BackgroundWork();
    const { promise: deleted, resolve } = Promise.withResolvers<void>();
    const client = { blockKey, deleteKey: async () => resolve() } as unknown as Client;
    const abandoned = new AbandonedKeys({
      configs: { read: async () => config },
      clients: { clientFor: () => client, clientOf: () => client },
      clock,
      sleep: clock.sleep,
      random: systemRandom,
      logger: nullLogger,
      background,
    });
    return { storage, abandoned, background, deleted };
  }

  test('writes one entry, which abandoning takes over', async () => {
    const { storage, abandoned, background, deleted } = setUp(async () => undefined);
    const id = await abandoned.remember(storage, key);
    expect(storage.keys).toEqual([`wal/${id}`]);
    await abandoned.abandon(storage, key, config, id);
    await deleted;
    await background.settled();
    expect(storage.calls.put).toBe(1);
    expect(storage.keys).toEqual([]);
  });

  test('is undone by forgetting', async () => {
    const { storage, abandoned } = setUp(async () => undefined);
    await abandoned.forget(storage, await abandoned.remember(storage, key));
    expect(storage.keys).toEqual([]);
  });

  test('throws where the storage does', async () => {
    const { storage, abandoned } = setUp(async () => undefined);
    storage.intercept = () => {
      throw new Error('the storage is away');
    };
    await expect(abandoned.remember(storage, key)).rejects.toThrow('the storage is away');
  });
});

describe('a write-ahead entry', () => {
  async function writingAhead(request_timeout: number): Promise<TestEngine> {
    const engine = await startEngine();
    await engine.configure({ write_ahead: true, request_timeout });
    await engine.request('create', 'roles/team', { data: { ttl: 600 } });
    return engine;
  }

  test('of a key that is being made outlasts the rollback, however old it is, and so does the key', async () => {
    await using engine = await writingAhead(30);
    const removing = Promise.withResolvers<void>();
    const removed = Promise.withResolvers<void>();
    engine.storage.intercept = async (call, key) => {
      if (call !== 'delete' || !key.startsWith('wal/')) return;
      removing.resolve();
      await removed.promise;
    };
    const issuing = engine.issue('team');
    await removing.promise;
    engine.clock.advance(100_000);
    expect((await rollback(engine))?.data?.['error']).toMatch(/a request is making the key/);
    expect((await engine.request('rollback', '', { data: { immediate: true } }))?.data?.['error']).toMatch(
      /a request is making the key/,
    );
    expect(walKeys(engine)).toHaveLength(1);
    removed.resolve();
    const { tokenId } = await issuing;
    expect(engine.litellm.keys.find(tokenId)).toMatchObject({ tokenId, blocked: null });
    expect(walKeys(engine)).toEqual([]);
  });

  test('of a process that is gone waits until its request must be over', async () => {
    await using engine = await writingAhead(600);
    let entry: Parameters<typeof engine.storage.put>[0] | undefined;
    engine.storage.intercept = (call, key) => {
      if (call === 'delete' && key.startsWith('wal/')) {
        const value = engine.storage.peekEntry(key);
        if (value !== undefined) entry = value;
      }
    };
    const { tokenId } = await engine.issue('team');
    engine.storage.intercept = undefined;
    if (entry === undefined) throw new Error('no entry was written');
    await using next = await writingAhead(600);
    await next.storage.put(entry);
    next.clock.advance(4 * 600 + 59);
    expect((await rollback(next))?.data?.['error']).toMatch(/another process may still be making the key/);
    expect(walKeys(next)).toHaveLength(1);
    await next.request('update', 'config', {
      data: { base_url: engine.litellm.url, master_key: 'sk-test-not-a-real-master-key' },
    });
    next.clock.advance(2);
    expect(await rollback(next)).toBeUndefined();
    expect(engine.litellm.keys.find(tokenId)).toBeUndefined();
    expect(walKeys(next)).toEqual([]);
  });

  test('of a process that is gone is rolled back at once where the mount is being removed', async () => {
    await using engine = await writingAhead(600);
    const { secret, tokenId } = await engine.issue('team');
    const { secret_type: _, ...key } = secret.internalData;
    await engine.storage.put(
      storageEntryJSON('wal/entry', {
        type: 'key',
        data: { ...key, rollback_after: '2030-01-01T00:30:00.000Z' },
        created_at: 0,
      }),
    );
    expect((await rollback(engine))?.data?.['error']).toMatch(/until 2030-01-01T00:30:00.000Z/);
    expect(await engine.request('rollback', '', { data: { immediate: true } })).toBeUndefined();
    expect(engine.litellm.keys.find(tokenId)).toBeUndefined();
  });
});

describe('a refusal that certainly made no key', () => {
  test('leaves nothing to remember', async () => {
    await using engine = await engineWithRole();
    await engine.request('update', 'config', {
      data: { base_url: 'http://127.0.0.1:1', master_key: 'sk-test-not-a-real-master-key', verify_connection: false },
    });
    await expect(engine.request('read', 'creds/team')).rejects.toMatchObject({ code: 502 });
    engine.litellm.faults.next({ path: '/key/generate', kind: 'redirect', location: 'http://127.0.0.1:1/' });
    await engine.configure();
    await expect(engine.request('read', 'creds/team')).rejects.toMatchObject({ code: 502 });
    await engine.backend.cleanup();
    expect(walKeys(engine)).toEqual([]);
  });
});
