import { describe, expect, test } from 'bun:test';
import { replicationState } from '../../../src/sdk/logical/replication-state.ts';
import { hashKey } from '../../harness/litellm/stored-key.ts';
import { startEngine } from '../../harness/engine.ts';
import {
  adminKey,
  adminUser,
  askLiteLLM,
  onlyOwnKey,
  ownKeys,
  rootEngine,
  storedKey,
  walEntries,
} from './root-engine.ts';

const now = '2030-01-01T00:00:00.000Z';

describe('rotate-root', () => {
  for (const path of ['rotate-root', 'config/rotate-root']) {
    test(`as ${path} puts a key of the same administrator in the place of the stored one`, async () => {
      await using engine = await rootEngine({
        key: { tpm_limit: 1000, models: ['gpt-4o'], metadata: { owner: 'platform' } },
      });
      const before = onlyOwnKey(engine);
      const response = await engine.request('update', path);
      const key = onlyOwnKey(engine);
      expect(response).toEqual({
        data: { key_alias: key.keyAlias, token_id: key.tokenId, last_vault_rotation: now },
      });
      expect(key.tokenId).not.toBe(before.tokenId);
      expect(key.keyAlias).toMatch(/^vault-litellm-00000000-[0-9a-f]{16}$/);
      expect(key).toMatchObject({ userId: adminUser, keyType: 'management', expires: null, models: ['gpt-4o'] });
      expect(key.params).toMatchObject({ tpm_limit: 1000 });
      expect(key.metadata).toEqual({
        ...{ owner: 'platform', vault_mount_path: 'litellm/' },
        vault_root_of: '00000000-0000-4000-8000-000000000001',
      });
      expect(engine.litellm.keys.findDeleted(before.tokenId)).toBeDefined();
      expect(walEntries(engine)).toEqual([]);
      expect(JSON.stringify(response)).not.toContain(storedKey(engine));
      expect(engine.log.join()).not.toContain(storedKey(engine));
    });
  }

  test('tells in config what it has made, and keeps what else is there', async () => {
    await using engine = await rootEngine({ config: { grace: 100 } });
    engine.clock.advance(60);
    await engine.request('update', 'rotate-root');
    const { keyAlias, tokenId } = onlyOwnKey(engine);
    expect((await engine.request('read', 'config'))?.data).toMatchObject({
      ...{ grace: 100, master_key_kind: 'virtual key', master_key_alias: keyAlias, master_key_token_id: tokenId },
      ...{ master_key_user_id: adminUser, master_key_expires: null, last_vault_rotation: '2030-01-01T00:01:00.000Z' },
      ...{ next_vault_rotation: null, last_verified: '2030-01-01T00:01:00.000Z' },
    });
  });

  test('tells what it has made though LiteLLM did not tell of it', async () => {
    await using engine = await rootEngine();
    // The first is about the former key.
    engine.litellm.faults.next({ kind: 'delay', path: '/key/info', milliseconds: 1 });
    engine.litellm.faults.next({ kind: 'status', path: '/key/info', times: 9 });
    await engine.request('update', 'rotate-root');
    engine.litellm.faults.clear();
    const { keyAlias, tokenId } = onlyOwnKey(engine);
    expect((await engine.request('read', 'config'))?.data).toMatchObject({
      ...{ master_key_kind: 'virtual key', master_key_alias: keyAlias, master_key_token_id: tokenId },
      master_key_user_id: adminUser,
    });
  });

  test('again is another rotation, and two at once come one after the other', async () => {
    await using engine = await rootEngine();
    const answers = await Promise.all([
      engine.request('update', 'rotate-root'),
      engine.request('update', 'rotate-root'),
    ]);
    const tokenIds = answers.map((answer) => answer?.data?.['token_id']);
    expect(new Set(tokenIds).size).toBe(2);
    expect(tokenIds).toContain(onlyOwnKey(engine).tokenId);
  });

  test('lets the keys go on that were leased before', async () => {
    await using engine = await rootEngine();
    const { secret, tokenId } = await engine.issue('team');
    await engine.request('update', 'rotate-root');
    expect((await engine.request('renew', '', { secret: { ...secret, increment: 3600 } }))?.secret?.ttl).toBe(3600);
    await engine.request('revoke', '', { secret });
    await engine.backend.cleanup();
    expect(engine.litellm.keys.find(tokenId)).toBeUndefined();
  });

  test('is no key of those that the mount has issued', async () => {
    await using engine = await rootEngine();
    await engine.request('update', 'rotate-root');
    expect(await engine.request('list', 'keys')).toEqual({ data: {} });
    const blocked = await engine.request('delete', `keys/${onlyOwnKey(engine).keyAlias}`).catch(String);
    expect(JSON.stringify(blocked)).not.toContain('"blocked":true');
    expect(onlyOwnKey(engine).blocked).not.toBe(true);
  });

  test('gives a key that ends the life of its predecessor from its making to its end', async () => {
    await using engine = await rootEngine({ key: { duration: '30d' } });
    engine.clock.advance(86_400);
    const response = await engine.request('update', 'rotate-root');
    expect(response?.warnings).toBeUndefined();
    expect(onlyOwnKey(engine).expires?.toISOString()).toBe('2030-02-01T00:00:00.000Z');
    expect((await engine.request('read', 'config'))?.data?.['master_key_expires']).toBe('2030-02-01T00:00:00.000Z');
  });

  test('warns where LiteLLM gives the new key an end of its own', async () => {
    const upperbound = { duration: '1000d' };
    await using engine = await rootEngine({ litellm: { upperbound } });
    const { expires, ...key } = onlyOwnKey(engine);
    engine.litellm.keys.put({ ...key, expires: null });
    expect(expires).not.toBeNull();
    const response = await engine.request('update', 'rotate-root');
    expect(response?.warnings?.join()).toContain('LiteLLM gave the new key an end, at 2032-09-27');
  });

  test("refuses the proxy's own master key, with what to do instead", async () => {
    await using engine = await startEngine();
    await engine.configure();
    const response = await engine.request('update', 'rotate-root');
    const error = String(response?.data?.['error']);
    expect(error).toContain('cannot be rotated over its API. Write config with bootstrap=true');
    expect(error).toContain(`curl -X POST ${engine.litellm.url}/user/new`);
    expect(error).toContain('"user_role":"proxy_admin"');
    expect(error).toContain('"key_type":"management"');
    expect(error).not.toContain(engine.litellm.masterKey);
    expect(storedKey(engine)).toBe(engine.litellm.masterKey);
  });

  test('refuses without a configuration', async () => {
    await using engine = await startEngine();
    const response = await engine.request('update', 'rotate-root');
    expect(response?.data?.['error']).toContain('there is no configuration yet');
  });

  test('refuses a field that it does not know', async () => {
    await using engine = await rootEngine();
    const response = await engine.request('update', 'rotate-root', { data: { dry_run: true } });
    expect(response?.data?.['error']).toContain('dry_run');
    expect(storedKey(engine)).toBe(adminKey);
  });

  test('is left to the active node by a standby', async () => {
    await using engine = await startEngine({ system: { replicationState: replicationState.performanceStandby } });
    await expect(engine.request('update', 'rotate-root')).rejects.toThrow('cannot write to readonly storage');
    expect(engine.storage.totalCalls).toBe(0);
  });
});

describe('a rotation of the stored key that fails', () => {
  test('where LiteLLM refuses to make a key leaves all as it was', async () => {
    await using engine = await rootEngine();
    engine.litellm.faults.next({ path: '/key/generate', kind: 'status', status: 400 });
    const response = await engine.request('update', 'rotate-root');
    expect(response?.data?.['error']).toContain('/key/generate');
    expect(onlyOwnKey(engine).tokenId).toBe(hashKey(adminKey));
    expect(walEntries(engine)).toEqual([]);
  });

  test('where the successor is no administrator leaves all as it was', async () => {
    await using engine = await rootEngine();
    const made = engine.litellm.handled('/key/generate');
    void made.then(() => engine.litellm.owners.users.set(adminUser, 'internal_user'));
    const response = await engine.request('update', 'rotate-root').catch(String);
    expect(JSON.stringify(response)).toContain("administrator's");
    expect(storedKey(engine)).toBe(adminKey);
    engine.litellm.owners.users.set(adminUser, 'proxy_admin');
    engine.clock.advance(3600);
    await engine.request('rollback', '');
    await engine.backend.cleanup();
    expect(onlyOwnKey(engine).tokenId).toBe(hashKey(adminKey));
  });

  test('where the answer was lost goes on with the key that was made', async () => {
    await using engine = await rootEngine();
    engine.litellm.faults.next({ path: '/key/generate', kind: 'drop-after-effect' });
    await engine.request('update', 'rotate-root');
    expect(onlyOwnKey(engine).tokenId).not.toBe(hashKey(adminKey));
  });

  test('where config is written meanwhile is undone, and what was written stands', async () => {
    await using engine = await rootEngine();
    await askLiteLLM(engine, '/key/generate', {
      key: 'sk-test-not-a-real-other-key',
      user_id: adminUser,
      key_alias: 'other',
    });
    engine.storage.intercept = async (call, key) => {
      if (call !== 'put' || !key.startsWith('wal/')) return;
      engine.storage.intercept = undefined;
      await engine.request('update', 'config', { data: { master_key: 'sk-test-not-a-real-other-key' } });
    };
    const response = await engine.request('update', 'rotate-root');
    expect(response?.data?.['error']).toContain('config was changed while its key was rotated');
    expect(storedKey(engine)).toBe('sk-test-not-a-real-other-key');
    // The predecessor was not ours to end.
    expect(new Set(ownKeys(engine).map(({ keyAlias }) => keyAlias))).toEqual(new Set(['made-by-hand', 'other']));
    expect(walEntries(engine)).toEqual([]);
  });

  for (const what of ['is deleted', 'leads elsewhere']) {
    test(`where config ${what} meanwhile leaves no key, since the new one ends itself`, async () => {
      await using engine = await rootEngine();
      await using elsewhere = await startEngine();
      engine.storage.intercept = async (call, key) => {
        if (call !== 'put' || !key.startsWith('wal/')) return;
        engine.storage.intercept = undefined;
        await engine.request('delete', 'config');
        if (what === 'leads elsewhere') await engine.configure({ base_url: elsewhere.litellm.url });
      };
      const response = await engine.request('update', 'rotate-root');
      expect(response?.data?.['error']).toContain('config was changed while its key was rotated');
      expect(ownKeys(engine).map(({ keyAlias }) => keyAlias)).toEqual(['made-by-hand']);
      expect(walEntries(engine)).toEqual([]);
    });
  }

  test('keeps what else is written to config meanwhile', async () => {
    await using engine = await rootEngine();
    engine.storage.intercept = async (call, key) => {
      if (call !== 'put' || !key.startsWith('wal/')) return;
      engine.storage.intercept = undefined;
      await engine.request('update', 'config', { data: { grace: 111 } });
    };
    await engine.request('update', 'rotate-root');
    expect(engine.storage.peek('config')).toMatchObject({
      grace: 111,
      masterKey: expect.not.stringContaining(adminKey),
    });
    onlyOwnKey(engine);
  });

  test('where the predecessor cannot be ended warns, and the next rollback ends it', async () => {
    await using engine = await rootEngine();
    engine.litellm.faults.next({ path: '/key/block', kind: 'status', times: 1 });
    engine.litellm.faults.next({ path: '/key/delete', kind: 'status', times: 1 });
    const response = await engine.request('update', 'rotate-root');
    expect(response?.warnings?.join()).toContain('The former one could not be ended yet');
    expect(ownKeys(engine)).toHaveLength(2);
    expect(storedKey(engine)).not.toBe(adminKey);
    await engine.request('rollback', '');
    await engine.backend.cleanup();
    onlyOwnKey(engine);
    expect(walEntries(engine)).toEqual([]);
  });

  test('runs to its end when the caller goes', async () => {
    await using engine = await rootEngine();
    const gone = new AbortController();
    const made = engine.litellm.handled('/key/generate');
    const rotated = engine.request('update', 'rotate-root', { signal: gone.signal });
    await made;
    gone.abort();
    await rotated;
    expect(onlyOwnKey(engine).tokenId).not.toBe(hashKey(adminKey));
  });
});

describe('with a licence', () => {
  const licensed = { litellm: { licenseType: 'enterprise' }, key: { key_type: 'default' } } as const;

  test('the key gets another value and keeps its alias, its spend and the rest', async () => {
    await using engine = await rootEngine(licensed);
    const before = onlyOwnKey(engine);
    engine.litellm.keys.put({ ...before, spend: 1.5 });
    const response = await engine.request('update', 'rotate-root');
    const key = onlyOwnKey(engine);
    expect(response?.data).toEqual({ key_alias: 'made-by-hand', token_id: key.tokenId, last_vault_rotation: now });
    expect(key).toMatchObject({ keyAlias: 'made-by-hand', spend: 1.5 });
    expect(engine.litellm.requests.some(({ path }) => path === '/key/regenerate')).toBe(true);
    expect((await engine.issue('team')).key).toStartWith('sk-');
  });

  for (const kind of ['drop-after-effect', 'half-body', 'nonsense'] as const) {
    test(`${kind} loses nothing, since the value is ours`, async () => {
      await using engine = await rootEngine(licensed);
      engine.litellm.faults.next({ path: '/key/regenerate', kind, withEffect: true });
      await engine.request('update', 'rotate-root');
      expect(onlyOwnKey(engine).tokenId).not.toBe(hashKey(adminKey));
    });
  }

  test('no call fails meanwhile', async () => {
    await using engine = await rootEngine(licensed);
    const keys = Array.from({ length: 20 }, () => engine.issue('team'));
    await engine.request('update', 'rotate-root');
    await Promise.all(keys);
    await engine.issue('team');
  });
});

test('no creds read, renewal or revocation fails because of rotations', async () => {
  await using engine = await rootEngine({ config: { max_in_flight: 4 } });
  let over = false;
  const failures: unknown[] = [];
  let done = 0;
  const user = async (): Promise<void> => {
    while (!over) {
      try {
        const { secret } = await engine.issue('team');
        await engine.request('renew', '', { secret: { ...secret, increment: 3600 } });
        await engine.request('revoke', '', { secret });
        done += 1;
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const users = Array.from({ length: 8 }, user);
  for (let rotations = 0; rotations < 10; rotations++) await engine.request('update', 'rotate-root');
  over = true;
  await Promise.all(users);
  expect(failures).toEqual([]);
  expect(done).toBeGreaterThan(0);
  await engine.backend.cleanup();
  onlyOwnKey(engine);
  expect(engine.litellm.keys.all()).toHaveLength(1);
  expect(engine.log.filter((line) => line.includes('"warn"'))).toEqual([]);
});
