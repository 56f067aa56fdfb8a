import { expect } from 'bun:test';
import type { LiteLLMSession } from '../litellm-session.ts';
import { keyNotFound, mocked, proxyError, unprocessable, wrongRoute } from './expected.ts';
import type { LiteLLMCase } from './litellm-case.ts';

const broken = proxyError(500, 'internal_server_error', null, "{'error': 'Internal Server Error.'}");
const containing = (text: string): unknown => expect.stringContaining(text);
const enterprise = (field: string) =>
  proxyError(403, 'internal_server_error', null, containing(`only available for LiteLLM Enterprise users: ${field}`));

/** Asks for a key with such fields. */
const generate = (fields: Readonly<Record<string, unknown>>) => async (proxy: LiteLLMSession) =>
  (await proxy.generate(fields)).answer;

/** Calls a model some times, and gives the last answer. */
async function chats(proxy: LiteLLMSession, key: string, times: number, model = 'gpt-4o') {
  for (let call = 1; call < times; call += 1) await proxy.chat(key, model);
  return proxy.chat(key, model);
}

/** Calls until one is refused. LiteLLM counts by the minute: where one ends in between, twice the limit passes. */
async function chatsOver(proxy: LiteLLMSession, key: string, limit: number) {
  let answer = await proxy.chat(key, 'gpt-4o');
  for (let call = 1; call <= 2 * limit && answer.status === 200; call += 1) answer = await proxy.chat(key, 'gpt-4o');
  return answer;
}

const overRate = (what: string) => ({ error: { code: '429', message: containing(`Rate limit exceeded for ${what}`) } });

/** What else a key may be given, and what becomes of it. */
export const params: readonly LiteLLMCase[] = [
  ...[
    { field: 'budget_duration', value: '30d' },
    { field: 'budget_duration', value: '1mo' },
    { field: 'budget_duration', value: '30s' },
    { field: 'tpm_limit', value: 1000 },
    { field: 'tpm_limit', value: 3_000_000_000 },
    { field: 'rpm_limit', value: 5 },
    { field: 'tpd_limit', value: 5000 },
    { field: 'max_parallel_requests', value: 2 },
    { field: 'budget_fallbacks', value: { 'gpt-4o': ['gpt-4o-mini'] } },
    { field: 'aliases', value: { fast: 'gpt-4o' } },
    { field: 'permissions', value: { allow_pii_controls: true } },
    { field: 'allowed_cache_controls', value: ['no-cache'] },
    { field: 'access_group_ids', value: ['no-such-group'] },
    { field: 'agent_id', value: 'a-1' },
    { field: 'router_settings', value: { num_retries: 1 } },
    { field: 'budget_limits', value: [{ budget_duration: '1d', max_budget: 1 }] },
  ].map(({ field, value }) => ({
    name: `${field} of ${JSON.stringify(value)} is told by the answer`,
    steps: generate({ [field]: value }),
    status: 200,
    body: { [field]: value },
  })),
  ...[
    { field: 'model_rpm_limit', value: { 'gpt-4o': 2 } },
    { field: 'model_tpm_limit', value: { 'gpt-4o': 100 } },
    { field: 'rpm_limit_type', value: 'best_effort_throughput' },
    { field: 'tpm_limit_type', value: 'dynamic' },
    { field: 'mcp_rpm_limit', value: { github: 2 } },
    { field: 'allowed_vector_store_indexes', value: [{ index_name: 'i', index_permissions: ['read'] }] },
  ].map(({ field, value }) => ({
    name: `${field} of ${JSON.stringify(value)} is told by the metadata`,
    steps: generate({ [field]: value, metadata: { team: 'a' } }),
    status: 200,
    body: { metadata: { team: 'a', [field]: value } },
  })),
  ...['soft_budget', 'object_permission'].map((field) => ({
    name: `${field} is not told by the answer`,
    steps: async (proxy: LiteLLMSession) => {
      const value = field === 'soft_budget' ? 1.5 : { mcp_servers: ['a'] };
      const { status, body } = (await proxy.generate({ [field]: value })).answer;
      return { status, body: { told: (body as Readonly<Record<string, unknown>>)[field] ?? null } };
    },
    status: 200,
    body: { told: null },
  })),
  {
    name: 'a name that it does not know is ignored',
    steps: generate({ some_new_limit: 5 }),
    status: 200,
    body: { models: [] },
  },
  ...['1x', '30', '0d', ''].map((window) => ({
    name: `the budget_duration ${JSON.stringify(window)} is refused`,
    steps: generate({ max_budget: 1, budget_duration: window }),
    status: 400,
    body: proxyError(400, 'internal_server_error', null, containing(`Invalid budget_duration '${window}'`)),
  })),
  {
    name: 'a budget in budget_limits is needed',
    steps: generate({ budget_limits: [{ budget_duration: '1d' }] }),
    status: 422,
    body: { detail: [expect.objectContaining({ type: 'missing', loc: ['body', 'budget_limits', 0, 'max_budget'] })] },
  },
  {
    name: 'a negative soft_budget',
    steps: generate({ soft_budget: -1 }),
    status: 400,
    body: proxyError(400, 'internal_server_error', null, containing('soft_budget must be a non-negative')),
  },
  {
    name: 'a budget_id that is not there',
    steps: generate({ budget_id: 'no-such-budget' }),
    status: 500,
    body: broken,
  },
  {
    name: 'more parallel requests than 32 bits hold',
    steps: generate({ max_parallel_requests: 2 ** 31 }),
    status: 500,
    body: broken,
  },
  {
    name: 'get_spend_routes without a licence',
    steps: generate({ permissions: { get_spend_routes: true } }),
    status: 500,
    body: broken,
  },
  {
    name: 'a limit type that it does not know',
    steps: generate({ rpm_limit_type: 'nonsense' }),
    status: 422,
    body: unprocessable('literal_error', 'body', 'rpm_limit_type'),
  },
  {
    name: 'a negative rate is taken, and refuses every call',
    steps: async (proxy) => proxy.chat((await proxy.generate({ tpm_limit: -1 })).key),
    status: 429,
    body: overRate('api_key'),
  },
  {
    name: 'calls over rpm_limit are refused',
    steps: async (proxy) => chatsOver(proxy, (await proxy.generate({ rpm_limit: 2 })).key, 2),
    status: 429,
    body: overRate('api_key'),
  },
  {
    name: 'calls over model_rpm_limit are refused',
    steps: async (proxy) => chatsOver(proxy, (await proxy.generate({ model_rpm_limit: { 'gpt-4o': 1 } })).key, 1),
    status: 429,
    body: overRate('model_per_key'),
  },
  {
    name: 'calls of another model than model_rpm_limit names are not counted',
    steps: async (proxy) =>
      chats(proxy, (await proxy.generate({ model_rpm_limit: { 'gpt-4o': 1 } })).key, 3, 'gpt-4o-mini'),
    status: 200,
    body: mocked('gpt-4o-mini'),
  },
  {
    name: 'an alias need not be in models',
    steps: async (proxy) =>
      proxy.chat((await proxy.generate({ models: ['gpt-4o'], aliases: { fast: 'gpt-4o' } })).key, 'fast'),
    status: 200,
    body: mocked('gpt-4o'),
  },
  {
    name: 'allowed_routes are ignored with key_type llm_api',
    steps: generate({ key_type: 'llm_api', allowed_routes: ['/chat/completions'] }),
    status: 200,
    body: { allowed_routes: ['llm_api_routes'] },
  },
  {
    name: 'allowed_routes are ignored with key_type management',
    steps: generate({ key_type: 'management', allowed_routes: ['/chat/completions'] }),
    status: 200,
    body: { allowed_routes: ['management_routes'] },
  },
  {
    name: 'allowed_routes allow one route with key_type default',
    steps: async (proxy) => {
      const fields = { key_type: 'default', allowed_routes: ['/chat/completions'] };
      return proxy.chat((await proxy.generate(fields)).key);
    },
    status: 200,
    body: mocked('gpt-4o'),
  },
  {
    name: 'allowed_routes refuse the others with key_type default',
    steps: async (proxy) => {
      const fields = { key_type: 'default', allowed_routes: ['/chat/completions'] };
      return proxy.get('/v1/models', (await proxy.generate(fields)).key);
    },
    status: 403,
    body: wrongRoute,
  },
  ...[
    ...['tags', 'guardrails', 'policies', 'prompts'].map((field) => ({ field, value: ['a'] as unknown })),
    { field: 'allowed_passthrough_routes', value: ['/x'] },
    { field: 'denied_passthrough_routes', value: ['/x'] },
    { field: 'disable_global_guardrails', value: true },
  ].map(({ field, value }) => ({
    name: `${field} needs a licence`,
    steps: generate({ [field]: value }),
    status: 403,
    body: enterprise(field),
  })),
  {
    name: 'model_max_budget needs a licence',
    steps: generate({ model_max_budget: { 'gpt-4o': { budget_limit: 1, time_period: '1d' } } }),
    status: 500,
    body: proxyError(500, 'internal_server_error', null, containing('Invalid model_max_budget')),
  },
  {
    name: 'enforced_params are taken without a licence, and refuse every call',
    steps: async (proxy) => proxy.chat((await proxy.generate({ enforced_params: ['user'] })).key),
    status: 500,
    body: { error: { message: containing('Enforced Params is an Enterprise feature') } },
  },
  {
    name: 'the licence is told',
    steps: async (proxy) => proxy.get('/health/license'),
    status: 200,
    body: { has_license: false, license_type: 'community' },
  },
  {
    name: 'an update of the duration alone keeps the limits',
    steps: async (proxy) => {
      const fields = { rpm_limit: 5, model_rpm_limit: { 'gpt-4o': 1 }, budget_duration: '30d', max_budget: 1 };
      const { tokenId } = await proxy.generate(fields);
      return proxy.post('/key/update', { key: tokenId, duration: '60s' });
    },
    status: 200,
    body: { rpm_limit: 5, budget_duration: '30d', max_budget: 1, metadata: { model_rpm_limit: { 'gpt-4o': 1 } } },
  },
  {
    name: 'a key that was never made is not found for an update',
    steps: async (proxy) => proxy.post('/key/update', { key: 'f'.repeat(64), duration: '60s' }),
    status: 404,
    body: keyNotFound,
  },
];
