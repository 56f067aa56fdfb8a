import { describe, expect, test } from 'bun:test';
import { createFactory } from '../../../src/engine/backend.ts';
import { startEngine, type TestEngine, type TestEngineOptions } from '../../harness/engine.ts';
import { foreignKey, ofThisMount } from './foreign-key.ts';

async function engineWithRole(options: TestEngineOptions = {}): Promise<TestEngine> {
  const engine = await startEngine(options);
  await engine.configure();
  await engine.request('create', 'roles/team', { data: { models: 'gpt-4o', max_budget: 5, ttl: '1h' } });
  return engine;
}

const aliasOf = (issued: { readonly response: { readonly data?: Readonly<Record<string, unknown>> } }): string =>
  String(issued.response.data?.['key_alias']);

const calls = (engine: TestEngine, path: string): number =>
  engine.litellm.requests.filter((request) => request.path === path).length;

describe('keys/', () => {
  test('lists the live keys of this mount and no other, the oldest first', async () => {
    await using engine = await engineWithRole();
    const first = await engine.issue('team');
    engine.clock.advance(1);
    const second = await engine.issue('team');
    const aliases = [aliasOf(first), aliasOf(second)];
    await foreignKey(engine, { key_alias: 'of-a-person' });
    await foreignKey(engine, { key_alias: 'of-another-mount', metadata: { vault_backend_uuid: 'other' } });
    await foreignKey(engine, { key_alias: 'expired', metadata: ofThisMount, duration: '0s' });
    engine.clock.advance(1);
    const { data, warnings } = (await engine.request('list', 'keys/')) ?? {};
    expect(data?.['keys']).toEqual(aliases);
    expect(warnings).toBeUndefined();
    expect(data?.['key_info']).toEqual(
      Object.fromEntries(
        aliases.map((alias) => [
          alias,
          expect.objectContaining({ role: 'team', display_name: 'token', spend: 0, blocked: false }),
        ]),
      ),
    );
    const answer = JSON.stringify(data);
    for (const { key } of [first, second]) expect(answer).not.toContain(key);
    expect(calls(engine, '/key/list')).toBe(2); // one of them verified the configuration
  });

  test('is empty where there are none', async () => {
    await using engine = await engineWithRole();
    expect(await engine.request('list', 'keys/')).toEqual({ data: {} });
  });

  test('reads page after page, and says so where it is cut', async () => {
    await using engine = await engineWithRole();
    for (let index = 0; index < 101; index += 1) await foreignKey(engine, { key_alias: `of-a-person-${index}` });
    await engine.issue('team');
    const { data, warnings } = (await engine.request('list', 'keys/')) ?? {};
    expect(data?.['keys']).toHaveLength(1);
    expect(warnings).toBeUndefined();
    expect(calls(engine, '/key/list')).toBe(3);

    // The first page takes longer than one request has.
    const asked = engine.litellm.handled('/key/list');
    engine.litellm.faults.next({ path: '/key/list', kind: 'delay', milliseconds: 50 });
    const slow = engine.request('list', 'keys/');
    await asked;
    engine.clock.advance(31);
    const cut = await slow;
    expect(cut?.data?.['keys']).toBeUndefined();
    expect(cut?.warnings).toEqual([expect.stringMatching(/This is cut.*only 100 of them were looked at/)]);
  });

  test('leaves out expired keys that an older LiteLLM gives all the same', async () => {
    await using engine = await engineWithRole();
    const row = { token: 'a'.repeat(64), key_alias: 'expired', metadata: ofThisMount, expires: '2029-12-31T23:59:59Z' };
    const body = { keys: [row], total_count: 1, current_page: 1, total_pages: 1 };
    engine.litellm.faults.next({ path: '/key/list', kind: 'nonsense', body });
    expect(await engine.request('list', 'keys/')).toEqual({ data: {} });
  });

  test('stops at ten thousand keys', async () => {
    await using engine = await engineWithRole();
    const keys = [{ token: 'a'.repeat(64), key_alias: 'team-key', metadata: ofThisMount }];
    const body = { keys, total_count: 50_000, current_page: 1, total_pages: 500 };
    engine.litellm.faults.next({ path: '/key/list', kind: 'nonsense', body, times: 200 });
    const { data, warnings } = (await engine.request('list', 'keys/')) ?? {};
    expect(data?.['keys']).toEqual(['team-key']);
    expect(warnings).toHaveLength(1);
    expect(calls(engine, '/key/list')).toBe(101);
  });
});

describe('keys/<alias>', () => {
  test('tells where a key comes from and what it may', async () => {
    await using engine = await engineWithRole();
    const issued = await engine.request('read', 'creds/team', {
      entityId: 'entity-1',
      displayName: 'ldap-ann',
      id: 'r-7',
    });
    const alias = String(issued?.data?.['key_alias']);
    const response = await engine.request('read', `keys/${alias}`);
    expect(response).toEqual({
      data: {
        key_alias: alias,
        token_id: issued?.data?.['token_id'],
        role: 'team',
        static_role: '',
        entity_id: 'entity-1',
        display_name: 'ldap-ann',
        request_id: 'r-7',
        mount_path: 'litellm/',
        created: '2030-01-01T00:00:00.000Z',
        expires: '2030-01-01T01:01:30.000Z',
        last_active: null,
        spend: 0,
        models: ['gpt-4o'],
        limits: { max_budget: 5 },
        blocked: false,
        user_id: null,
        team_id: null,
      },
    });
    expect(JSON.stringify(response)).not.toContain(String(issued?.data?.['key']));
    expect(calls(engine, '/key/list')).toBe(2);
  });

  test('tells the owner that LiteLLM knows', async () => {
    await using engine = await engineWithRole();
    await engine.request('update', 'roles/team', { data: { user_id: 'ann', team_id: 't-blue', verify: false } });
    const alias = aliasOf(await engine.issue('team'));
    const owner = { user_id: 'ann', team_id: 't-blue' };
    expect((await engine.request('read', `keys/${alias}`))?.data).toMatchObject(owner);
    expect((await engine.request('list', 'keys/'))?.data?.['key_info']).toMatchObject({ [alias]: owner });
  });

  test('has a slash in it where the alias has', async () => {
    await using engine = await engineWithRole();
    await engine.request('update', 'roles/team', { data: { key_alias_prefix: 'search/blue team' } });
    const alias = aliasOf(await engine.issue('team'));
    expect((await engine.request('read', `keys/${alias}`))?.data).toMatchObject({ key_alias: alias });
  });

  test('a delete blocks the key, twice, and its lease goes on until it is revoked', async () => {
    await using engine = await engineWithRole();
    const issued = await engine.issue('team');
    expect(await engine.request('delete', `keys/${aliasOf(issued)}`)).toBeUndefined();
    expect(engine.litellm.keys.find(issued.tokenId)?.blocked).toBe(true);
    expect(calls(engine, '/key/block')).toBe(2);
    expect((await engine.request('read', `keys/${aliasOf(issued)}`))?.data).toMatchObject({ blocked: true });
    expect((await engine.request('list', 'keys/'))?.data?.['keys']).toEqual([aliasOf(issued)]);
    const deleted = engine.litellm.handled('/key/delete');
    expect(await engine.request('revoke', '', { secret: issued.secret })).toBeUndefined();
    await deleted;
    expect(await engine.request('read', `keys/${aliasOf(issued)}`)).toBeUndefined();
  });

  const others: readonly (readonly [whose: string, fields: Readonly<Record<string, unknown>>])[] = [
    ["a person's", { metadata: { vault_role: 'team' } }],
    ["another mount's", { metadata: { vault_backend_uuid: '00000000-0000-4000-8000-000000000002' } }],
    ['an expired', { metadata: ofThisMount, duration: '0s' }],
  ];
  for (const [whose, fields] of others) {
    test(`${whose} key is neither shown nor blocked`, async () => {
      await using engine = await engineWithRole();
      const tokenId = await foreignKey(engine, { key_alias: 'somebody', ...fields });
      engine.clock.advance(1);
      expect(await engine.request('read', 'keys/somebody')).toBeUndefined();
      await expect(engine.request('delete', 'keys/somebody')).rejects.toMatchObject({ code: 404 });
      expect(engine.litellm.keys.find(tokenId)?.blocked).toBeNull();
      expect(calls(engine, '/key/block')).toBe(0);
    });
  }

  test('an alias that is none is a 404 that does not show it', async () => {
    await using engine = await engineWithRole();
    expect(await engine.request('read', 'keys/sk-test-not-a-real-key')).toBeUndefined();
    const error = await engine.request('delete', 'keys/sk-test-not-a-real-key').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 404, message: expect.stringContaining('list keys/') });
    expect(String(error)).not.toContain('sk-test');
  });

  test('a key that is gone between the two looks is none', async () => {
    await using engine = await engineWithRole();
    const issued = await engine.issue('team');
    const body = { error: { message: 'Key not found.', type: 'not_found_error', param: 'key', code: '404' } };
    engine.litellm.faults.next({ path: '/key/block', kind: 'status', status: 404, body: JSON.stringify(body) });
    await expect(engine.request('delete', `keys/${aliasOf(issued)}`)).rejects.toMatchObject({ code: 404 });
  });
});

describe('every path of keys', () => {
  const requests = [
    ['list', 'keys/'],
    ['read', 'keys/a'],
    ['delete', 'keys/a'],
    ['read', 'roles/team/usage'],
  ] as const;
  for (const [operation, path] of requests) {
    test(`${operation} ${path}: says that there is no configuration`, async () => {
      await using engine = await startEngine();
      expect((await engine.request(operation, path))?.data?.['error']).toContain('there is no configuration yet');
    });

    test(`${operation} ${path}: tells what LiteLLM failed with`, async () => {
      await using engine = await engineWithRole();
      engine.litellm.faults.next({ path: '/key/list', kind: 'html', status: 500 });
      await expect(engine.request(operation, path)).rejects.toMatchObject({ code: 502 });
    });

    test(`${operation} ${path}: is left to the active node before LiteLLM is asked`, async () => {
      await using engine = await startEngine({ system: { replicationState: 1 << 14 } });
      await expect(engine.request(operation, path)).rejects.toThrow('cannot write to readonly storage');
      expect(engine.litellm.requests).toEqual([]);
    });

    test(`${operation} ${path}: finds nothing by a UUID that is not known`, async () => {
      await using engine = await engineWithRole();
      await foreignKey(engine, { key_alias: 'a', metadata: { vault_backend_uuid: '' } });
      const { storage, system } = engine;
      const logger = { log: () => undefined };
      const backend = await createFactory({ version: 'v0.0.0' })({
        storage,
        system,
        logger,
        config: {},
        backendUUID: '',
      });
      const request = backend.handleRequest({
        ...{ id: 'r', operation, path, data: {}, storage, mountPoint: 'litellm/', mountType: 'litellm' },
        ...{ mountAccessor: '', displayName: '', entityId: '', signal: new AbortController().signal },
      });
      await expect(request).rejects.toMatchObject({ code: 500, message: expect.stringContaining('UUID') });
      await backend.cleanup();
    });
  }
});
