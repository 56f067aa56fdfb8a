import { describe, expect, test } from 'bun:test';
import { startEngine } from '../../harness/engine.ts';

const paths = (engine: Awaited<ReturnType<typeof startEngine>>) => engine.litellm.requests.map(({ path }) => path);

describe('the write of a role', () => {
  test('asks about a team and a user that are there, and stores', async () => {
    await using engine = await startEngine();
    await engine.configure({ verify_connection: false });
    engine.litellm.owners.teams.set('t', { models: [], rpmLimit: null });
    engine.litellm.owners.users.set('u', 'internal_user');
    engine.litellm.owners.budgets.add('b');
    const data = { team_id: 't', user_id: 'u', budget_id: 'b' };
    expect(await engine.request('create', 'roles/a', { data })).toBeUndefined();
    expect(paths(engine).toSorted()).toEqual(['/budget/info', '/team/info', '/user/info']);
    await engine.request('update', 'roles/a', { data: { ttl: 60 } });
    expect(engine.litellm.requests).toHaveLength(3);
    expect((await engine.request('read', 'roles/a'))?.data).toMatchObject({ team_id: 't', user_id: 'u', ttl: 60 });
  });

  const refused = [
    { name: 'a team that is not there', data: { team_id: 'gone' }, says: /no team of this team_id.*verify=false/ },
    { name: 'a user who is not there', data: { user_id: 'gone' }, says: /no user of this user_id.*verify=false/ },
    {
      name: 'a budget that is not there',
      data: { budget_id: 'gone' },
      says: /no budget of this budget_id.*verify=false/,
    },
    { name: 'an administrator', data: { user_id: 'root' }, says: /an administrator of LiteLLM \(proxy_admin\)/ },
    {
      name: 'one who may see all',
      data: { user_id: 'eye' },
      says: /an administrator of LiteLLM \(proxy_admin_viewer\)/,
    },
    { name: 'a tag without a licence', data: { tags: 'a' }, says: /tags needs a licence.*this one has none/ },
    {
      name: 'a permission without a licence',
      data: { permissions: { get_spend_routes: true }, policies: 'p' },
      says: /permissions, policies need a licence/,
    },
  ];
  for (const { name, data, says } of refused) {
    test(`refuses ${name}, and shows nothing of it`, async () => {
      await using engine = await startEngine({ litellm: { adminUserIds: ['root'], viewerUserIds: ['eye'] } });
      await engine.configure();
      const error = (await engine.request('create', 'roles/a', { data }))?.data?.['error'];
      expect(error).toMatch(says);
      expect(error).not.toContain('gone');
      expect(engine.storage.keys).toEqual(['config']);
    });
  }

  test('takes settings that want a licence where there is one', async () => {
    await using engine = await startEngine({ litellm: { licenseType: 'enterprise' } });
    await engine.configure();
    expect(await engine.request('create', 'roles/a', { data: { tags: 'a' } })).toBeUndefined();
  });

  test('warns by what config has learned where its key may not ask for the licence any more', async () => {
    await using engine = await startEngine();
    await engine.configure();
    engine.litellm.faults.next({ path: '/health/license', kind: 'status', status: 404, body: {} });
    const response = await engine.request('create', 'roles/a', { data: { tags: 'a' } });
    expect(response).toEqual({ warnings: [expect.stringMatching(/tags needs a licence.*had none when config was/)] });
  });

  test('warns where LiteLLM does not tell whether it has a licence', async () => {
    await using engine = await startEngine();
    const body = { detail: 'Not Found' };
    engine.litellm.faults.next({ path: '/health/license', kind: 'status', status: 404, body });
    await engine.configure();
    engine.litellm.faults.next({ path: '/health/license', kind: 'status', status: 404, body });
    const response = await engine.request('create', 'roles/a', { data: { tags: 'a' } });
    expect(response).toEqual({ warnings: [expect.stringMatching(/tags needs a licence.*does not tell/)] });
  });

  test('cannot ask without a configuration, and says so', async () => {
    await using engine = await startEngine();
    const error = (await engine.request('create', 'roles/a', { data: { team_id: 't', tags: 'a' } }))?.data?.['error'];
    expect(error).toMatch(/no configuration yet.*about team_id, tags: write config first; verify=false stores/);
    expect(engine.storage.keys).toEqual([]);
  });

  test('cannot ask a LiteLLM that is away, and says so', async () => {
    await using engine = await startEngine();
    await engine.configure();
    await engine.litellm.stop();
    const error = (await engine.request('create', 'roles/a', { data: { team_id: 't' } }))?.data?.['error'];
    expect(error).toMatch(/nothing was stored, since LiteLLM could not be asked \(verify=false.*\/team\/info/);
  });

  test('is told to come again by a LiteLLM that takes no calls for the moment', async () => {
    await using engine = await startEngine();
    await engine.configure();
    engine.litellm.faults.next({ path: '/team/info', kind: 'status', status: 429, retryAfter: '60' });
    await expect(engine.request('create', 'roles/a', { data: { team_id: 't' } })).rejects.toMatchObject({
      code: 503,
      message: expect.stringMatching(/^nothing was stored, since LiteLLM could not be asked .*try again in 60 s/),
    });
    expect(engine.storage.keys).toEqual(['config']);
  });

  const unasked = [
    { team_id: 'gone', user_id: 'gone', tags: 'a', verify: false },
    { team_id: '', user_id: '', tags: '', disable_global_guardrails: false },
    { team_id: '{{identity.entity.metadata.team}}', user_id: '{{identity.entity.id}}' },
    { models: 'gpt-4o', rpm_limit: 5 },
  ];
  for (const data of unasked) {
    test(`asks nothing about ${JSON.stringify(data)}`, async () => {
      await using engine = await startEngine();
      expect((await engine.request('create', 'roles/a', { data }))?.data).toBeUndefined();
      expect(engine.litellm.requests).toEqual([]);
      expect((await engine.request('read', 'roles/a'))?.data).not.toHaveProperty('verify');
    });
  }
});

describe('a team that is deleted while a key lives', () => {
  test('takes the key along: its lease ends', async () => {
    await using engine = await startEngine();
    await engine.configure();
    engine.litellm.owners.teams.set('t', { models: [], rpmLimit: null });
    await engine.request('create', 'roles/a', { data: { team_id: 't', ttl: 60 } });
    const { secret } = await engine.issue('a');
    await fetch(`${engine.litellm.url}/team/delete`, {
      method: 'POST',
      headers: { authorization: `Bearer ${engine.litellm.masterKey}`, 'content-type': 'application/json' },
      body: '{"team_ids":["t"]}',
    });
    await expect(engine.request('renew', '', { secret })).rejects.toThrow('LiteLLM has no such key');
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
  });

  test('or leaves it: a renewal names the team and the cure, and the revocation succeeds', async () => {
    await using engine = await startEngine();
    await engine.configure();
    await engine.request('create', 'roles/a', { data: { team_id: 'never-was', ttl: 60, verify: false } });
    const { secret, tokenId } = await engine.issue('a');
    await expect(engine.request('renew', '', { secret })).rejects.toThrow(
      /does not have what this key belongs to: make it there again, or write the id.*Team=never-was/,
    );
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
    expect(engine.litellm.keys.find(tokenId)?.blocked).not.toBeFalse();
  });
});
