import { describe, expect, test } from 'bun:test';
import { KeyNotFoundError } from '../../src/litellm/error.ts';
import { sha256 } from '../../src/litellm/sha256.ts';
import { clientOf, failureOf, newRequest, sharedServer } from './test-client.ts';

const server = await sharedServer();
const client = clientOf(server);

const everything = {
  models: ['gpt-4o', 'gpt-*'],
  max_budget: 5,
  budget_duration: '30d',
  team_id: 'a-team',
  user_id: 'a-user',
  agent_id: 'an-agent',
  tpm_limit: 1000,
  rpm_limit: 100,
  tpd_limit: 0,
  max_parallel_requests: 2,
  aliases: { fast: 'gpt-4o' },
  config: { x: 1 },
  permissions: { allow_pii_controls: true },
  allowed_cache_controls: ['no-cache'],
  access_group_ids: ['g'],
  router_settings: { num_retries: 1 },
  budget_fallbacks: { 'gpt-4o': ['gpt-4o-mini'] },
  object_permission: { mcp_servers: ['s'] },
  key_type: 'llm_api',
};

/** A row as LiteLLM writes it, with these on top. */
async function detailsOf(row: Readonly<Record<string, unknown>>) {
  server.faults.next({ kind: 'nonsense', path: '/key/info', body: { key: 'k', info: row } });
  return client.keyDetails('k');
}

describe('keyDetails', () => {
  test('tells all that another key is made like it with', async () => {
    const windows = [{ budget_duration: '1d', max_budget: 1 }];
    const request = newRequest({
      params: { ...everything, budget_limits: windows, spend: 0.5 },
      metadata: { owner: 'me' },
    });
    const { tokenId, expires } = await client.generateKey(request);
    expect(await client.keyDetails(tokenId)).toEqual({
      tokenId,
      alias: request.keyAlias,
      userId: 'a-user',
      teamId: 'a-team',
      expires,
      blocked: false,
      metadata: { owner: 'me' },
      spend: 0.5,
      budgetResetAt: expect.any(Date),
      createdAt: expect.any(Date),
      params: { ...everything, budget_limits: windows },
      lost: ['budget_limits_usage'],
    });
  });

  test('what it tells makes a key like it', async () => {
    const request = newRequest({ params: { ...everything, model_rpm_limit: { 'gpt-4o': 2 }, soft_budget: 1 } });
    const first = await client.keyDetails((await client.generateKey(request)).tokenId);
    expect(first.metadata).toEqual({ vault_role: 'test', model_rpm_limit: { 'gpt-4o': 2 } });
    const { key, keyAlias } = newRequest();
    const { tokenId } = await client.generateLastingKey({
      key,
      keyAlias,
      metadata: first.metadata,
      params: first.params,
    });
    const { expires: _expires, createdAt: _createdAt, ...kept } = first;
    expect(await client.keyDetails(tokenId)).toEqual({
      ...kept,
      tokenId,
      alias: keyAlias,
      createdAt: expect.any(Date),
    });
  });

  test('is told of a key that is blocked', async () => {
    const { tokenId } = await client.generateKey(newRequest());
    await client.blockKey(tokenId);
    expect(await client.keyDetails(tokenId)).toMatchObject({ blocked: true });
  });

  test('throws for a key that was deleted, of which LiteLLM still tells', async () => {
    const { tokenId } = await client.generateKey(newRequest());
    await client.deleteKey(tokenId);
    expect(await client.keyInfo(tokenId)).toMatchObject({ status: 'deleted' });
    expect(await failureOf(client.keyDetails(tokenId))).toBeInstanceOf(KeyNotFoundError);
  });

  for (const { ends, spend } of [
    { ends: '2035-01-01T00:00:00+00:00', spend: 0.5 },
    { ends: '2020-01-01T00:00:00+00:00', spend: 0 },
    { ends: null, spend: 0.5 },
  ]) {
    test(`tells a spend of ${spend} of a window that ends ${ends ?? 'never'}`, async () => {
      expect(await detailsOf({ spend: 0.5, budget_duration: '30d', budget_reset_at: ends })).toMatchObject({ spend });
    });
  }

  test('names what LiteLLM would do to a key by itself, and what a newer one has of its own', async () => {
    const { lost, params } = await detailsOf({
      auto_rotate: true,
      rotation_interval: '30d',
      some_new_limit: 5,
      some_new_flag: false,
      some_new_list: [],
      model_max_budget: { 'gpt-4o': { budget_limit: 1, time_period: '1d' } },
      jwt_key_mappings: null,
      policies: [],
      soft_budget_cooldown: true,
    });
    expect(lost).toEqual(['auto_rotate', 'model_max_budget_usage', 'rotation_interval', 'some_new_limit']);
    expect(Object.keys(params)).toEqual(['model_max_budget', 'key_type']);
  });

  test('names the object permission that only its id tells of', async () => {
    expect((await detailsOf({ object_permission_id: 'p' })).lost).toEqual(['object_permission']);
  });

  test('takes an object permission by its content', async () => {
    const object_permission = {
      ...{ object_permission_id: 'p', mcp_servers: ['s'], vector_stores: [], mcp_tool_permissions: null },
      ...{ teams: null, users: [{ user_id: 'u' }] },
    };
    const { params, lost } = await detailsOf({ object_permission_id: 'p', object_permission });
    expect({ params, lost }).toEqual({
      params: { key_type: 'default', object_permission: { mcp_servers: ['s'], vector_stores: [] } },
      lost: [],
    });
  });

  for (const { row, params } of [
    { row: { key_type: 'management', allowed_routes: ['management_routes'] }, params: { key_type: 'management' } },
    { row: { key_type: 'read_only', allowed_routes: ['info_routes'] }, params: { key_type: 'read_only' } },
    { row: { key_type: 'a_new_type', allowed_routes: ['new_routes'] }, params: { key_type: 'a_new_type' } },
    {
      row: { key_type: 'llm_api', allowed_routes: ['/chat/completions'] },
      params: { key_type: 'default', allowed_routes: ['/chat/completions'] },
    },
    {
      row: { key_type: 'default', allowed_routes: ['/v1/models'] },
      params: { key_type: 'default', allowed_routes: ['/v1/models'] },
    },
    {
      row: { allowed_routes: ['llm_api_routes'] },
      params: { key_type: 'llm_api', allowed_routes: ['llm_api_routes'] },
    },
    { row: { key_type: null, allowed_routes: null }, params: { key_type: 'default' } },
  ]) {
    test(`makes ${JSON.stringify(params)} of ${JSON.stringify(row)}`, async () => {
      expect((await detailsOf(row)).params).toEqual(params);
    });
  }

  test('without a token id is about the key that asks, and the master key is none', async () => {
    const request = newRequest({ params: { key_type: 'default' } });
    await client.generateKey(request);
    const own = clientOf(server, { masterKey: request.key });
    expect(await own.keyDetails(undefined)).toMatchObject({ tokenId: sha256(request.key), alias: request.keyAlias });
    expect(await failureOf(client.keyDetails(undefined))).toBeInstanceOf(KeyNotFoundError);
  });
});
