import { describe, expect, test } from 'bun:test';
import { hashKey, type StoredKey } from '../../harness/litellm/stored-key.ts';
import { LiteLLMSession } from '../../harness/litellm-session.ts';
import type { TestEngine } from '../../harness/engine.ts';
import {
  aliases,
  create,
  credsOf,
  engineWithStaticRole,
  hour,
  hourly,
  roleOf,
  rotate,
  staticEngine,
  storedKeyOf,
  tick,
  update,
} from './static-engine.ts';

const value = 'sk-test-not-a-real-key-of-before';
const tokenId = hashKey(value);

/** Makes a key by hand, as somebody has before there was this engine. */
async function existing(engine: TestEngine, fields: Readonly<Record<string, unknown>> = {}): Promise<StoredKey> {
  const session = new LiteLLMSession(engine.litellm);
  const { status } = await session.post('/key/generate', { key: value, key_alias: 'legacy', ...fields });
  expect(status).toBe(200);
  const key = engine.litellm.keys.find(tokenId);
  if (key === undefined) throw new Error('it was not made');
  return key;
}

const adopt = (engine: TestEngine, fields: Readonly<Record<string, unknown>> = {}) =>
  create(engine, { adopt: 'legacy', rotation_period: hour, ...fields });

describe('a static role that adopts a key', () => {
  test('has its parameters, and no value before the first rotation', async () => {
    await using engine = await staticEngine();
    await existing(engine, { models: ['gpt-4o'], max_budget: 7, rpm_limit: 9, metadata: { team: 'search' } });
    const answer = await adopt(engine);
    expect(answer).toEqual({ warnings: [expect.stringContaining('rotate-role/app')] });
    expect(await roleOf(engine)).toMatchObject({
      ...{ models: ['gpt-4o'], max_budget: 7, rpm_limit: 9, metadata: { team: 'search' }, key_type: 'default' },
      ...{ adopt: 'legacy', key_alias: 'legacy', token_id: tokenId, next_vault_rotation: '2030-01-01T01:00:00Z' },
    });
    expect(await roleOf(engine)).not.toHaveProperty('last_vault_rotation');
    expect((await credsOf(engine))['error']).toMatch(/write rotate-role\/app.*wait until 2030-01-01T01:00:00Z/);
    expect(engine.litellm.keys.find(tokenId)).toMatchObject({ keyAlias: 'legacy', blocked: null });
  });

  for (const how of ['rotate-role', 'its period'] as const) {
    test(`gets a value that is known by ${how}, and ends the one that was`, async () => {
      await using engine = await staticEngine();
      await existing(engine, { models: ['gpt-4o'], max_budget: 7, metadata: { model_rpm_limit: { 'gpt-4o': 3 } } });
      await adopt(engine);
      if (how === 'rotate-role') expect(await rotate(engine)).toBeUndefined();
      else {
        engine.clock.advance(hour);
        await tick(engine);
      }
      expect(engine.litellm.keys.find(tokenId)).toBeUndefined();
      expect(await storedKeyOf(engine)).toMatchObject({
        ...{ keyAlias: 'legacy', models: ['gpt-4o'], maxBudget: 7, keyType: 'default' },
        metadata: { model_rpm_limit: { 'gpt-4o': 3 }, vault_static_role: 'app' },
      });
      expect(aliases(engine)).toEqual(['legacy']);
    });
  }

  test('carries what no field says, until a field does', async () => {
    await using engine = await staticEngine();
    await existing(engine, { max_budget: 0, config: { x: 1 }, metadata: { logging: [{ callback_name: 'langfuse' }] } });
    await adopt(engine);
    expect(await roleOf(engine)).toMatchObject({ max_budget: 0, carried_params: ['config', 'logging', 'max_budget'] });
    await rotate(engine);
    expect(await storedKeyOf(engine)).toMatchObject({ maxBudget: 0, params: { config: { x: 1 } } });
    expect((await storedKeyOf(engine)).metadata).toMatchObject({ logging: [{ callback_name: 'langfuse' }] });
    await update(engine, { max_budget: 0 });
    expect(await roleOf(engine)).toMatchObject({ carried_params: ['config', 'logging'] });
    await rotate(engine);
    expect(await storedKeyOf(engine)).toMatchObject({ maxBudget: null, params: { config: { x: 1 } } });
  });

  test('gets what the same write says with its first rotation', async () => {
    await using engine = await staticEngine();
    await existing(engine, { models: ['gpt-4o'], max_budget: 7 });
    await adopt(engine, { models: 'gpt-4o-mini' });
    expect(engine.litellm.keys.find(tokenId)).toMatchObject({ models: ['gpt-4o'] });
    await rotate(engine);
    expect(await storedKeyOf(engine)).toMatchObject({ models: ['gpt-4o-mini'], maxBudget: 7 });
  });

  test('finds it by its token id, and names one that has no alias', async () => {
    await using engine = await staticEngine();
    engine.litellm.keys.put({ ...(await existing(engine)), keyAlias: null });
    expect((await adopt(engine, { adopt: tokenId, key_alias: 'named' }))?.data).toBeUndefined();
    expect(await roleOf(engine)).toMatchObject({ adopt: tokenId, key_alias: 'named' });
    expect(aliases(engine)).toEqual(['named']);
  });

  const refused: readonly (readonly [
    string,
    (engine: TestEngine) => Promise<unknown>,
    RegExp,
    Readonly<Record<string, unknown>>?,
  ])[] = [
    ['that is not there', async () => undefined, /has no key of the alias or token id/],
    ['by its value', existing, /looks like a key/, { adopt: value }],
    ['with a lease', (engine) => existing(engine, { metadata: { vault_role: 'x' } }), /has a lease/],
    ['of another mount', (engine) => existing(engine, { metadata: { vault_static_role: 'x' } }), /another mount/],
    ['that ends', (engine) => existing(engine, { duration: '1h' }), /ends at 2030-01-01T01:00:00.000Z/],
    ['with another alias', existing, /keeps its alias, which is not the one in key_alias/, { key_alias: 'mine' }],
  ];
  for (const [what, prepare, reason, fields] of refused) {
    test(`is refused for one ${what}`, async () => {
      await using engine = await staticEngine();
      await prepare(engine);
      const before = aliases(engine);
      const response = await adopt(engine, fields);
      expect(response?.data?.['error']).toMatch(reason);
      expect(response?.data?.['error']).not.toContain(value);
      expect(engine.storage.keys).toEqual(['config']);
      expect(aliases(engine)).toEqual(before);
    });
  }

  test('is refused for one of an administrator, and of a team that is gone', async () => {
    await using engine = await staticEngine({ litellm: { adminUserIds: ['root'] } });
    const key = await existing(engine, { user_id: 'root' });
    expect((await adopt(engine))?.data?.['error']).toMatch(/an administrator of LiteLLM/);
    engine.litellm.keys.put({ ...key, userId: null, params: { team_id: 'gone' } });
    expect((await adopt(engine))?.data?.['error']).toMatch(/no team of this team_id/);
    expect(engine.storage.keys).toEqual(['config']);
  });

  test('carries a type that no role has', async () => {
    await using engine = await staticEngine();
    engine.litellm.keys.put({ ...(await existing(engine)), keyType: 'of-a-newer-version' as 'default' });
    await adopt(engine);
    expect(await roleOf(engine)).toMatchObject({ carried_params: ['key_type'] });
  });

  test('is refused for the key that config uses', async () => {
    await using engine = await staticEngine({ litellm: { adminUserIds: ['root'] } });
    await existing(engine, { user_id: 'root', key_type: 'management' });
    await engine.configure({ master_key: value, request_timeout: 1 });
    expect((await adopt(engine))?.data?.['error']).toMatch(/the key that config uses.*rotate-root/);
  });

  test('tells how to mend that it is gone before its value was known', async () => {
    await using engine = await staticEngine();
    await existing(engine);
    await adopt(engine);
    engine.litellm.keys.delete(tokenId, engine.clock.now());
    const response = await rotate(engine);
    expect(response?.data?.['error']).toMatch(/gone from LiteLLM.*retain=true/);
    expect(await roleOf(engine)).toMatchObject({ token_id: tokenId });
  });
});

describe('two static roles', () => {
  test('never own the same key', async () => {
    await using engine = await engineWithStaticRole();
    for (const fields of [
      { ...hourly, key_alias: 'vault-app' },
      { adopt: 'vault-app', rotation_period: hour },
    ]) {
      const response = await create(engine, fields, 'other');
      expect(response?.data?.['error']).toMatch(/the static role "app" has the key of this alias/);
    }
    expect(aliases(engine)).toEqual(['vault-app']);
    expect(engine.storage.keys.filter((key) => key.startsWith('static-roles/'))).toEqual(['static-roles/app']);
  });

  test('that are written at once for one key: one has it', async () => {
    await using engine = await staticEngine();
    engine.litellm.keys.put({ ...(await existing(engine)), keyAlias: null });
    const names = ['a', 'b', 'c', 'd'];
    const answers = await Promise.all([
      ...names.map((name) => create(engine, { adopt: tokenId, rotation_period: hour }, name)),
      ...names.map((name) => create(engine, { ...hourly, key_alias: 'same' }, `new-${name}`)),
    ]);
    const failed = answers.filter((answer) => answer?.data?.['error'] !== undefined);
    expect(failed).toHaveLength(6);
    const roles = engine.storage.keys.filter((key) => key.startsWith('static-roles/'));
    expect(roles).toHaveLength(2);
    expect(engine.storage.keys.filter((key) => key.startsWith('static-keys/'))).toHaveLength(2);
    expect(aliases(engine)).toContain('same');
    expect(aliases(engine)).toHaveLength(2);
  });

  test('do not meet while a rotation has freed the alias for a moment', async () => {
    await using engine = await engineWithStaticRole();
    const renamed = engine.litellm.handled('/key/update');
    const rotation = rotate(engine);
    await renamed;
    const other = await create(engine, { ...hourly, key_alias: 'vault-app' }, 'other');
    expect(other?.data?.['error']).toContain('the static role "app" has the key');
    expect(await rotation).toBeUndefined();
    expect(aliases(engine)).toEqual(['vault-app']);
  });

  test('may follow one another: who is gone has no key', async () => {
    await using engine = await engineWithStaticRole({ ...hourly, key_alias: 'mine' });
    await engine.request('delete', 'static-roles/app', { data: { retain: true } });
    expect((await create(engine, { adopt: 'mine', rotation_period: hour }, 'next'))?.data).toBeUndefined();
    await rotate(engine, 'next');
    expect(await storedKeyOf(engine, 'next')).toMatchObject({
      keyAlias: 'mine',
      metadata: { vault_static_role: 'next' },
    });
  });
});
