import { describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { startEngine, type TestEngine } from '../../harness/engine.ts';

/** Seconds that LiteLLM lets a key live on after its lease. */
const grace = 90;

async function engineWithRole(
  role: Readonly<Record<string, unknown>> = {},
  ...options: Parameters<typeof startEngine>
): Promise<TestEngine> {
  const engine = await startEngine(...options);
  await engine.configure();
  await engine.request('create', 'roles/team', { data: role });
  return engine;
}

const secondsFrom = (engine: TestEngine, seconds: number): Date =>
  new Date(engine.clock.now().getTime() + seconds * 1000);

describe('creds', () => {
  test('gives a key with the limits, lease and metadata of its role', async () => {
    await using engine = await engineWithRole({
      models: 'gpt-4o',
      max_budget: 2.5,
      ttl: '1h',
      max_ttl: '2h',
      metadata: { team: 'search' },
      key_alias_prefix: 'ci',
    });
    const response = await engine.request('read', 'creds/team', {
      entityId: 'entity-1',
      displayName: 'ldap-ada',
      id: 'request-7',
    });
    const data = response?.data ?? {};
    const key = String(data['key']);
    const tokenId = createHash('sha256').update(key).digest('hex');
    expect(key).toMatch(/^sk-[\w-]{43}$/);
    expect(data).toEqual({
      key,
      key_alias: expect.stringMatching(/^ci-team-[0-9a-f]{16}$/),
      token_id: tokenId,
      models: ['gpt-4o'],
      max_budget: 2.5,
      expires: secondsFrom(engine, 3600 + grace).toISOString(),
    });
    expect(response?.warnings ?? []).toEqual([]);
    expect(response?.secret).toMatchObject({ ttl: 3600, maxTTL: 7200, renewable: true });
    expect(engine.litellm.keys.find(tokenId)).toMatchObject({
      keyAlias: data['key_alias'],
      models: ['gpt-4o'],
      maxBudget: 2.5,
      keyType: 'llm_api',
      expires: secondsFrom(engine, 3600 + grace),
      metadata: {
        team: 'search',
        vault_mount_path: 'litellm/',
        vault_backend_uuid: '00000000-0000-4000-8000-000000000001',
        vault_role: 'team',
        vault_entity_id: 'entity-1',
        vault_display_name: 'ldap-ada',
        vault_request_id: 'request-7',
      },
    });
  });

  test('asks LiteLLM for the lease and the grace of the configuration', async () => {
    await using engine = await engineWithRole({ ttl: '1h' });
    await engine.request('update', 'config', { data: { grace: '10m' } });
    const { tokenId, secret } = await engine.issue('team');
    expect(engine.litellm.keys.find(tokenId)?.expires).toEqual(secondsFrom(engine, 3600 + 600));
    engine.clock.advance(60);
    await engine.request('renew', '', { secret });
    expect(engine.litellm.keys.find(tokenId)?.expires).toEqual(secondsFrom(engine, 3600 + 600));
  });

  test('the lease remembers the key by its hash and never holds it', async () => {
    await using engine = await engineWithRole({ ttl: '1h' });
    const { key, secret } = await engine.issue('team');
    expect(secret.internalData).toMatchObject({ secret_type: 'litellm_key', role: 'team', proxy: engine.litellm.url });
    expect(JSON.stringify(secret)).not.toContain(key);
    expect(engine.log.join()).not.toContain(key);
  });

  test('a budget of 0 is no limit', async () => {
    await using engine = await engineWithRole({ max_budget: 0 });
    const { tokenId, response } = await engine.issue('team');
    expect(engine.litellm.keys.find(tokenId)?.maxBudget).toBeNull();
    expect(response.data?.['max_budget']).toBe(0);
  });

  test('two keys of one role differ', async () => {
    await using engine = await engineWithRole();
    const [one, two] = [await engine.issue('team'), await engine.issue('team')];
    expect(one.key).not.toBe(two.key);
    expect(engine.litellm.keys.all()).toHaveLength(2);
  });

  test("the mount's bounds hold where the role has none, and cut what is longer with a warning", async () => {
    await using engine = await engineWithRole({ ttl: '10h' }, { system: { defaultLeaseTTL: 600, maxLeaseTTL: 7200 } });
    await engine.request('create', 'roles/plain');
    expect((await engine.issue('plain')).secret).toMatchObject({ ttl: 600, maxTTL: 7200 });
    const { secret, response, tokenId } = await engine.issue('team');
    expect(secret).toMatchObject({ ttl: 7200, maxTTL: 7200 });
    expect(response.warnings).toEqual([expect.stringMatching(/10h.*2h/)]);
    expect(engine.litellm.keys.find(tokenId)?.expires).toEqual(secondsFrom(engine, 7200 + grace));
  });

  test('once warm asks the storage nothing', async () => {
    await using engine = await engineWithRole();
    await engine.issue('team');
    engine.storage.resetCalls();
    await engine.issue('team');
    expect(engine.storage.totalCalls).toBe(0);
  });

  test('follows a write of the role and of config at once', async () => {
    await using engine = await engineWithRole({ max_budget: 1 });
    await engine.issue('team');
    await engine.request('update', 'roles/team', { data: { max_budget: 2 } });
    expect((await engine.issue('team')).response.data?.['max_budget']).toBe(2);
    await engine.request('delete', 'config');
    expect((await engine.request('read', 'creds/team'))?.data?.['error']).toMatch(/no configuration yet/);
  });

  test('follows what another node wrote when told, and after seconds when not', async () => {
    await using engine = await engineWithRole({ max_budget: 1 });
    const writeElsewhere = (maxBudget: number) => {
      const stored = { ...(engine.storage.peek('roles/team') as object), maxBudget };
      return engine.storage.put({ key: 'roles/team', value: Buffer.from(JSON.stringify(stored)) });
    };
    const budget = async () => (await engine.issue('team')).response.data?.['max_budget'];
    expect(await budget()).toBe(1);
    await writeElsewhere(2);
    expect(await budget()).toBe(1);
    engine.backend.invalidateKey('roles/team');
    expect(await budget()).toBe(2);
    await writeElsewhere(3);
    engine.clock.advance(10);
    expect(await budget()).toBe(3);
    await writeElsewhere(4);
    engine.clock.advance(-86_400);
    expect(await budget()).toBe(4);
  });

  test('does not keep what was loaded while the role was written', async () => {
    await using engine = await engineWithRole({ max_budget: 1 });
    engine.backend.invalidateKey('roles/team');
    const reading = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    let held = false;
    engine.storage.intercept = async (call, key) => {
      if (call !== 'get' || key !== 'roles/team' || held) return;
      held = true;
      reading.resolve();
      await goOn.promise;
    };
    const slow = engine.issue('team');
    await reading.promise;
    await engine.request('update', 'roles/team', { data: { max_budget: 2 } });
    goOn.resolve();
    await slow;
    expect((await engine.issue('team')).response.data?.['max_budget']).toBe(2);
  });

  test('on a standby is left to the active node before LiteLLM or the storage is asked', async () => {
    await using engine = await engineWithRole();
    engine.storage.resetCalls();
    const requests = engine.litellm.requests.length;
    await using standby = await startEngine({ system: { replicationState: 1 << 14 } });
    await expect(standby.request('read', 'creds/team')).rejects.toThrow('cannot write to readonly storage');
    expect(standby.storage.totalCalls).toBe(0);
    expect(engine.litellm.requests).toHaveLength(requests);
  });

  test('warns where LiteLLM gave other limits than the role has', async () => {
    await using engine = await engineWithRole(
      {},
      { litellm: { upperbound: { maxBudget: 100 }, defaults: { models: ['gpt-4o'] } } },
    );
    const { response } = await engine.issue('team');
    expect(response.data).toMatchObject({ max_budget: 100, models: ['gpt-4o'] });
    expect(response.warnings?.join('\n')).toMatch(
      /other models.*gpt-4o and not all[^]*max_budget.*100 and not no limit/,
    );
  });

  test('warns when LiteLLM gave a budget of 0, which is no budget at all', async () => {
    await using engine = await engineWithRole({}, { litellm: { upperbound: { maxBudget: 0 } } });
    expect((await engine.issue('team')).response.warnings).toEqual([
      expect.stringMatching(/0, which refuses every call/),
    ]);
  });

  test('says which setting is in the way when LiteLLM takes no chosen keys', async () => {
    await using engine = await engineWithRole({}, { litellm: { disableCustomAPIKeys: true } });
    expect((await engine.configure())?.data?.['error']).toMatch(/disable_custom_api_keys/);
    await engine.configure({ verify_connection: false });
    expect((await engine.request('read', 'creds/team'))?.data?.['error']).toMatch(/disable_custom_api_keys/);
    expect(engine.litellm.keys.all()).toEqual([]);
  });

  test('of an unknown role and before config are mistakes', async () => {
    await using engine = await startEngine();
    await engine.request('create', 'roles/team');
    expect((await engine.request('read', 'creds/team'))?.data?.['error']).toMatch(/no configuration yet/);
    await engine.configure();
    expect((await engine.request('read', 'creds/other'))?.data?.['error']).toMatch(/no role "other"/);
    expect(engine.litellm.keys.all()).toEqual([]);
  });

  for (const operation of ['resolve-path', 'resolve-role', 'alias-lookahead', 'made-up', 'patch', 'list']) {
    test(`answers the operation ${operation} without any effect`, async () => {
      await using engine = await engineWithRole();
      engine.storage.resetCalls();
      await expect(engine.request(operation, 'creds/team')).rejects.toThrow('unsupported operation');
      expect(engine.storage.totalCalls).toBe(0);
      expect(engine.litellm.keys.all()).toEqual([]);
    });
  }

  test('ends a key whose answer the host has dropped', async () => {
    await using engine = await engineWithRole();
    const acts: (() => void)[] = [];
    const response = await engine.request('read', 'creds/team', { onUndelivered: (act) => acts.push(act) });
    const tokenId = String(response?.data?.['token_id']);
    expect(engine.litellm.keys.find(tokenId)).toBeDefined();
    expect(acts).toHaveLength(1);
    const deleted = engine.litellm.handled('/key/delete');
    acts[0]?.();
    await deleted;
    expect(engine.litellm.keys.find(tokenId)).toBeUndefined();
  });
});

test('a read whose turn and whose connection are as silent as those of all others makes a key all the same', async () => {
  await using engine = await startEngine();
  await engine.configure({ max_in_flight: 8 });
  await engine.request('create', 'roles/team', { data: { ttl: '1h' } });
  await engine.issue('team');
  engine.litellm.faults.next({ kind: 'hang', path: '/key/generate', times: 6 });
  const keys = await Promise.all(Array.from({ length: 6 }, async () => engine.issue('team')));
  expect(new Set(keys.map(({ key }) => key)).size).toBe(6);
}, 20_000);
