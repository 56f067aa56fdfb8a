import { describe, expect, test } from 'bun:test';
import { sha256 } from '../../../src/litellm/sha256.ts';
import {
  aliases,
  create,
  credsOf,
  engineWithStaticRole,
  hour,
  hourly,
  remove,
  roleOf,
  rotate,
  staticEngine,
  storedKeyOf,
  tick,
  update,
} from './static-engine.ts';

describe('a static role', () => {
  test('makes its key when it is written, without an end and with what the role says', async () => {
    await using engine = await staticEngine();
    expect(
      await create(engine, { ...hourly, max_budget: 5, metadata: { team: 'search', by: '{{role}}' } }),
    ).toBeUndefined();
    const creds = await credsOf(engine);
    expect(creds).toEqual({
      key: expect.stringMatching(/^sk-[\w-]{43}$/),
      key_alias: 'vault-app',
      token_id: sha256(String(creds['key'])),
      last_vault_rotation: '2030-01-01T00:00:00Z',
      rotation_period: hour,
      ttl: hour,
    });
    const stored = await storedKeyOf(engine);
    expect(stored).toMatchObject({
      keyAlias: 'vault-app',
      models: ['gpt-4o'],
      metadata: {
        ...{ team: 'search', by: 'app', vault_mount_path: 'litellm/', vault_static_role: 'app' },
        vault_backend_uuid: '00000000-0000-4000-8000-000000000001',
      },
    });
    expect(stored.expires).toBeNull();
  });

  test('is told without its key', async () => {
    await using engine = await engineWithStaticRole({ ...hourly, max_budget: 5, rotation_overlap: '5m' });
    const { token_id: tokenId } = await credsOf(engine);
    expect(await roleOf(engine)).toEqual({
      models: ['gpt-4o'],
      max_budget: 5,
      key_alias_prefix: 'vault',
      metadata: {},
      key_type: 'llm_api',
      key_alias: 'vault-app',
      rotation_period: hour,
      disable_automated_rotation: false,
      rotation_overlap: 300,
      token_id: tokenId,
      last_vault_rotation: '2030-01-01T00:00:00Z',
      next_vault_rotation: '2030-01-01T01:00:00Z',
      former_keys: [],
    });
  });

  test('is rotated when it is time, and not before', async () => {
    await using engine = await engineWithStaticRole();
    const first = await credsOf(engine);
    engine.clock.advance(hour - 1);
    await tick(engine);
    expect(await credsOf(engine)).toMatchObject({ key: first['key'], ttl: 1 });
    engine.clock.advance(1);
    await tick(engine);
    const second = await credsOf(engine);
    expect(second['key']).not.toBe(first['key']);
    expect(second).toMatchObject({ key_alias: 'vault-app', last_vault_rotation: '2030-01-01T01:00:00Z', ttl: hour });
    expect(aliases(engine)).toEqual(['vault-app']);
    expect(engine.storage.keys.filter((key) => key.startsWith('wal/'))).toEqual([]);
  });

  test('is rotated when asked to, and counts from there', async () => {
    await using engine = await engineWithStaticRole();
    const first = await credsOf(engine);
    engine.clock.advance(1800);
    expect(await rotate(engine)).toBeUndefined();
    const second = await credsOf(engine);
    expect(second['key']).not.toBe(first['key']);
    expect(second).toMatchObject({ last_vault_rotation: '2030-01-01T00:30:00Z', ttl: hour });
    engine.clock.advance(1800);
    await tick(engine);
    expect(await credsOf(engine)).toMatchObject({ key: second['key'] });
    engine.clock.advance(1800);
    await tick(engine);
    expect((await credsOf(engine))['key']).not.toBe(second['key']);
  });

  test('carries over what its key has spent', async () => {
    await using engine = await engineWithStaticRole();
    const { tokenId } = await storedKeyOf(engine);
    engine.litellm.keys.put({ ...(await storedKeyOf(engine)), tokenId, spend: 1.25 });
    await rotate(engine);
    expect(await storedKeyOf(engine)).toMatchObject({ spend: 1.25 });
  });

  test('sets back what was spent when its budget window is over, though LiteLLM begins that anew with each key', async () => {
    const day = 24 * hour;
    await using engine = await engineWithStaticRole({
      ...hourly,
      rotation_period: day,
      max_budget: 5,
      budget_duration: '14d',
    });
    const { tokenId } = await storedKeyOf(engine);
    engine.litellm.keys.put({ ...(await storedKeyOf(engine)), tokenId, spend: 1.25 });
    for (let days = 1; days < 14; days++) {
      engine.clock.advance(day);
      await tick(engine);
      expect(await storedKeyOf(engine)).toMatchObject({ spend: 1.25 });
    }
    engine.clock.advance(day);
    await tick(engine);
    expect(await storedKeyOf(engine)).toMatchObject({ spend: 0 });
    engine.litellm.keys.put({ ...(await storedKeyOf(engine)), spend: 0.5 });
    for (let days = 1; days < 14; days++) {
      engine.clock.advance(day);
      await tick(engine);
      expect(await storedKeyOf(engine)).toMatchObject({ spend: 0.5 });
    }
  });

  test('applies what is written with the next rotation, and says so', async () => {
    await using engine = await engineWithStaticRole();
    const answer = await update(engine, { models: 'gpt-4o-mini' });
    expect(answer).toEqual({
      warnings: [expect.stringMatching(/next rotation, at 2030-01-01T01:00:00Z: write rotate-role\/app/)],
    });
    expect(await storedKeyOf(engine)).toMatchObject({ models: ['gpt-4o'] });
    await rotate(engine);
    expect(await storedKeyOf(engine)).toMatchObject({ models: ['gpt-4o-mini'] });
  });

  test('takes a new period at once, counted from the last rotation', async () => {
    await using engine = await engineWithStaticRole();
    expect(await update(engine, { rotation_period: '10m' })).toBeUndefined();
    const first = await credsOf(engine);
    expect(first).toMatchObject({ ttl: 600, rotation_period: 600 });
    engine.clock.advance(600);
    await tick(engine);
    expect((await credsOf(engine))['key']).not.toBe(first['key']);
  });

  test('ends its key when it is deleted', async () => {
    await using engine = await engineWithStaticRole();
    expect(await remove(engine)).toBeUndefined();
    expect(aliases(engine)).toEqual([]);
    expect(engine.storage.keys).toEqual(['config']);
    expect(await engine.request('read', 'static-roles/app')).toBeUndefined();
    expect((await credsOf(engine))['error']).toContain('there is no static role "app"');
    expect(await remove(engine)).toBeUndefined();
  });

  test('leaves its key when it is deleted with retain', async () => {
    await using engine = await engineWithStaticRole();
    const { tokenId } = await storedKeyOf(engine);
    expect(await remove(engine, { retain: 'true' })).toBeUndefined();
    expect(engine.litellm.keys.find(tokenId)).toMatchObject({ keyAlias: 'vault-app' });
    expect(engine.storage.keys).toEqual(['config']);
  });
});
