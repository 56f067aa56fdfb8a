import { storageEntryJSON } from '../../../src/sdk/logical/storage.ts';
import { describe, expect, test } from 'bun:test';
import { hashKey } from '../../harness/litellm/stored-key.ts';
import { startEngine, type TestEngine } from '../../harness/engine.ts';
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

const userId = 'vault-litellm-00000000';

const bootstrap = (engine: TestEngine, fields: Readonly<Record<string, unknown>> = {}) =>
  engine.configure({ bootstrap: true, ...fields });

describe('config with bootstrap=true', () => {
  test('makes an administrator and a key of its own, and forgets the master key', async () => {
    await using engine = await startEngine();
    const response = await bootstrap(engine);
    const key = onlyOwnKey(engine);
    expect(response).toEqual({
      data: { master_key_alias: key.keyAlias, master_key_token_id: key.tokenId, master_key_user_id: userId },
    });
    expect(key).toMatchObject({ userId, keyType: 'management', expires: null, maxBudget: null });
    expect(engine.litellm.owners.users.get(userId)).toBe('proxy_admin');
    for (const entry of engine.storage.keys) {
      expect(JSON.stringify(engine.storage.peek(entry))).not.toContain(engine.litellm.masterKey);
    }
    expect(walEntries(engine)).toEqual([]);
    expect((await engine.request('read', 'config'))?.data).toMatchObject({
      ...{ master_key_kind: 'virtual key', master_key_user_id: userId, master_key_token_id: key.tokenId },
      litellm_edition: 'community',
      last_vault_rotation: '2030-01-01T00:00:00.000Z',
    });
    await engine.request('create', 'roles/team');
    expect((await engine.issue('team')).key).toStartWith('sk-');
    await engine.request('update', 'rotate-root');
    expect(onlyOwnKeyOfTwo(engine).tokenId).not.toBe(key.tokenId);
  });

  test('makes a key of its own of a master key that is stored already', async () => {
    await using engine = await startEngine();
    await engine.configure();
    await engine.request('update', 'config', { data: { bootstrap: true } });
    expect(onlyOwnKey(engine).userId).toBe(userId);
  });

  test('works as a patch', async () => {
    await using engine = await startEngine();
    await engine.configure();
    const response = await engine.request('patch', 'config', { data: { bootstrap: true, grace: 100 } });
    expect(response?.data?.['master_key_user_id']).toBe(userId);
    expect(engine.storage.peek('config')).toMatchObject({ grace: 100, masterKey: storedKey(engine) });
    onlyOwnKey(engine);
  });

  test('a second time uses the same administrator, and ends the key that it made before', async () => {
    await using engine = await startEngine();
    await bootstrap(engine);
    const before = onlyOwnKey(engine);
    await bootstrap(engine);
    expect(onlyOwnKey(engine).tokenId).not.toBe(before.tokenId);
    expect([...engine.litellm.owners.users.keys()]).toEqual([userId]);
  });

  test("takes no person's key, written since, for one that the mount has made", async () => {
    await using engine = await startEngine({ litellm: { adminUserIds: [adminUser] } });
    await askLiteLLM(engine, '/key/generate', { key: adminKey, user_id: adminUser, key_alias: 'made-by-hand' });
    await bootstrap(engine);
    await engine.configure({ master_key: adminKey });
    expect((await engine.request('read', 'config'))?.data?.['last_vault_rotation']).toBeNull();
    await bootstrap(engine);
    expect(engine.litellm.keys.find(hashKey(adminKey))).toMatchObject({ blocked: null });
  });

  test("takes no person's key, written by a version that knows nothing of rotation, for its own", async () => {
    await using engine = await startEngine({ litellm: { adminUserIds: [adminUser] } });
    await askLiteLLM(engine, '/key/generate', { key: adminKey, user_id: adminUser, key_alias: 'made-by-hand' });
    await bootstrap(engine);
    // Such a version keeps what it does not know of.
    const stored = engine.storage.peek('config');
    await engine.storage.put(storageEntryJSON('config', { ...(stored as object), masterKey: adminKey }, true));
    expect((await engine.request('read', 'config'))?.data?.['last_vault_rotation']).toBeNull();
    await bootstrap(engine);
    expect(engine.litellm.keys.find(hashKey(adminKey))).toMatchObject({ blocked: null });
  });

  test('takes a schedule along', async () => {
    await using engine = await startEngine();
    expect((await bootstrap(engine, { rotation_period: '24h' }))?.data).toBeDefined();
    expect((await engine.request('read', 'config'))?.data).toMatchObject({
      rotation_period: 86_400,
      next_vault_rotation: '2030-01-02T00:00:00.000Z',
    });
  });

  test('refuses a virtual key', async () => {
    await using engine = await rootEngine();
    const response = await engine.request('update', 'config', { data: { bootstrap: true } });
    expect(response?.data?.['error']).toContain("bootstrap=true is for the proxy's own master key");
    expect(storedKey(engine)).toBe(adminKey);
  });

  test('refuses verify_connection=false', async () => {
    await using engine = await startEngine();
    const response = await bootstrap(engine, { verify_connection: false });
    expect(response?.data?.['error']).toContain('leave verify_connection=false out');
    expect(engine.storage.keys).toEqual([]);
  });

  test('refuses a user of its name that is no administrator, and stores nothing', async () => {
    await using engine = await startEngine();
    await askLiteLLM(engine, '/user/new', { user_id: userId, user_role: 'internal_user' });
    const response = await bootstrap(engine);
    expect(response?.data?.['error']).toContain('is not an administrator');
    expect(engine.storage.keys).toEqual([]);
  });

  test('stores nothing where LiteLLM makes no key, and leaves none', async () => {
    await using engine = await startEngine();
    engine.litellm.faults.next({ path: '/key/generate', kind: 'status', status: 400 });
    engine.litellm.faults.next({ path: '/key/generate', kind: 'status', status: 400 });
    const response = await bootstrap(engine);
    expect(response?.data?.['error']).toContain('/key/generate');
    expect(engine.storage.keys).toEqual([]);
    expect(ownKeys(engine)).toEqual([]);
  });

  test('is undone where config is written meanwhile', async () => {
    await using engine = await startEngine();
    engine.storage.intercept = async (call, key) => {
      if (call !== 'put' || !key.startsWith('wal/')) return;
      engine.storage.intercept = undefined;
      await engine.configure({ grace: 111 });
    };
    const response = await bootstrap(engine);
    expect(response?.data?.['error']).toContain('config was changed');
    expect(storedKey(engine)).toBe(engine.litellm.masterKey);
    expect(ownKeys(engine)).toEqual([]);
    expect(walEntries(engine)).toEqual([]);
  });

  test('left half way by a process that died is undone by the next, by the key itself', async () => {
    await using engine = await startEngine();
    engine.storage.intercept = (call, key) => {
      if (call === 'put' && key === 'config') throw new Error('the storage is away');
    };
    await expect(bootstrap(engine)).rejects.toThrow('the storage is away');
    engine.storage.intercept = undefined;
    expect(ownKeys(engine)).toHaveLength(1);
    engine.clock.advance(61);
    await engine.request('rollback', '');
    await engine.backend.cleanup();
    expect(ownKeys(engine)).toEqual([]);
    expect(engine.storage.keys).toEqual([]);
  });
});

/** Beside the leased one. */
function onlyOwnKeyOfTwo(engine: TestEngine) {
  const key = onlyOwnKey(engine);
  expect(key.tokenId).toBe(hashKey(storedKey(engine)));
  return key;
}
