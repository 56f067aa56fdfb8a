import { expect } from 'bun:test';
import type { LiteLLMSession, MadeKey, SeenAnswer } from '../litellm-session.ts';
import { hashKey } from '../litellm/stored-key.ts';
import { aliasTaken, mocked, overBudget, proxyError } from './expected.ts';
import type { LiteLLMCase } from './litellm-case.ts';

const containing = (text: string): unknown => expect.stringContaining(text);

/** Renames a key, and gives what is said of that. */
const rename = async (proxy: LiteLLMSession, { tokenId, alias }: MadeKey): Promise<SeenAnswer> =>
  proxy.post('/key/update', { key: tokenId, key_alias: `${alias}-former` });

/** What making a key, and the last step, come to together. */
const infoOf = async (proxy: LiteLLMSession, fields: Readonly<Record<string, unknown>>): Promise<SeenAnswer> =>
  proxy.info((await proxy.generate(fields)).tokenId);

const chatsOver = async (proxy: LiteLLMSession, fields: Readonly<Record<string, unknown>>): Promise<SeenAnswer> => {
  const { key } = await proxy.generate(fields);
  return proxy.untilRefused(async () => proxy.chat(key));
};

/** What the rotation of a key stands on. */
export const rotation: readonly LiteLLMCase[] = [
  // Another alias.
  {
    name: 'a key that gets another alias keeps the rest',
    steps: async (proxy) =>
      rename(proxy, await proxy.generate({ duration: '60s', models: ['gpt-4o'], max_budget: 3, metadata: { a: 'b' } })),
    status: 200,
    body: { key_alias: containing('-former'), models: ['gpt-4o'], max_budget: 3, metadata: { a: 'b' } },
    expiresIn: 60,
  },
  {
    name: 'a key that gets another alias goes on working',
    steps: async (proxy) => {
      const made = await proxy.generate();
      await proxy.chat(made.key);
      await rename(proxy, made);
      return proxy.chat(made.key);
    },
    status: 200,
    body: mocked('gpt-4o'),
  },
  {
    name: 'the former alias of a key is free at once',
    steps: async (proxy) => {
      const made = await proxy.generate();
      await rename(proxy, made);
      return (await proxy.generate({ key_alias: made.alias })).answer;
    },
    status: 200,
    body: { key_alias: expect.not.stringContaining('-former') },
  },
  {
    name: 'a key cannot get its former alias back while another has it',
    steps: async (proxy) => {
      const made = await proxy.generate();
      await rename(proxy, made);
      await proxy.generate({ key_alias: made.alias });
      return proxy.post('/key/update', { key: made.tokenId, key_alias: made.alias });
    },
    status: 400,
    body: aliasTaken,
  },
  {
    name: 'a key may be given the alias that it has',
    steps: async (proxy) => {
      const { tokenId, alias } = await proxy.generate();
      return proxy.post('/key/update', { key: tokenId, key_alias: alias });
    },
    status: 200,
    body: { key_alias: expect.any(String) },
  },
  {
    name: 'a blocked key can get another alias',
    steps: async (proxy) => {
      const made = await proxy.generate();
      await proxy.post('/key/block', { key: made.tokenId });
      return rename(proxy, made);
    },
    status: 200,
    body: { key_alias: containing('-former'), blocked: true },
  },
  {
    name: 'list by alias finds the key that has it now',
    steps: async (proxy) => {
      const made = await proxy.generate();
      await rename(proxy, made);
      const { tokenId } = await proxy.generate({ key_alias: made.alias });
      const query = new URLSearchParams({ key_alias: made.alias, return_full_object: 'true', size: '100' });
      const { status, body } = await proxy.get(`/key/list?${query.toString()}`);
      const { keys } = body as { readonly keys: readonly { readonly token: string }[] };
      return { status, body: { found: keys.map(({ token }) => token === tokenId) } };
    },
    status: 200,
    body: { found: [true] },
  },
  {
    name: 'the same key again with the same alias is refused over that',
    steps: async (proxy) => {
      const { key, alias } = await proxy.generate();
      return proxy.post('/key/generate', { key, key_alias: alias });
    },
    status: 400,
    body: aliasTaken,
  },
  // Another end.
  {
    name: 'a key without an end gets one, counted from now',
    steps: async (proxy) => proxy.post('/key/update', { key: (await proxy.generate()).tokenId, duration: '60s' }),
    status: 200,
    body: { models: [] },
    expiresIn: 60,
  },
  // What a key like another is given.
  {
    name: 'spend is what it is set to',
    steps: async (proxy) => infoOf(proxy, { spend: 0.5, max_budget: 1, budget_duration: '30d' }),
    status: 200,
    body: { info: { spend: 0.5, max_budget: 1, budget_duration: '30d' } },
  },
  {
    name: 'spend that it is set to counts at once',
    steps: async (proxy) => proxy.chat((await proxy.generate({ spend: 1.5, max_budget: 1 })).key),
    status: 422,
    body: overBudget,
  },
  {
    name: 'spend is what an update sets it to',
    steps: async (proxy) => proxy.post('/key/update', { key: (await proxy.generate()).tokenId, spend: 0.5 }),
    status: 200,
    body: { spend: 0.5 },
  },
  {
    name: 'the end of a budget window cannot be chosen',
    steps: async (proxy) =>
      infoOf(proxy, { max_budget: 1, budget_duration: '30d', budget_reset_at: '2035-01-01T00:00:00Z' }),
    status: 200,
    body: { info: { budget_reset_at: expect.not.stringContaining('2035') } },
  },
  {
    name: 'a limit of a model that stands in the metadata holds',
    steps: async (proxy) => chatsOver(proxy, { metadata: { a: 'b', model_rpm_limit: { 'gpt-4o': 1 } } }),
    status: 429,
    body: { error: { message: containing('Rate limit exceeded') } },
  },
  {
    name: 'a soft budget becomes a budget of the key',
    steps: async (proxy) => infoOf(proxy, { soft_budget: 1.5 }),
    status: 200,
    body: { info: { budget_id: expect.any(String), litellm_budget_table: { soft_budget: 1.5 } } },
  },
  {
    name: 'an object permission is told with its content',
    steps: async (proxy) => infoOf(proxy, { object_permission: { vector_stores: ['v'] } }),
    status: 200,
    body: { info: { object_permission_id: expect.any(String), object_permission: { vector_stores: ['v'] } } },
  },
  {
    name: 'the end of each window of budget_limits is set anew',
    steps: async (proxy) => {
      const budget_limits = [{ budget_duration: '1d', max_budget: 1 }];
      return infoOf(proxy, { budget_limits });
    },
    status: 200,
    body: { info: { budget_limits: [{ budget_duration: '1d', max_budget: 1, reset_at: expect.any(String) }] } },
  },
  {
    name: 'a key can be made blocked',
    steps: async (proxy) => proxy.chat((await proxy.generate({ blocked: true })).key),
    status: 401,
    body: proxyError(401, 'auth_error', 'None', containing('Key is blocked')),
  },
  // Another value.
  {
    name: 'another value without a licence',
    steps: async (proxy) => {
      const { tokenId } = await proxy.generate();
      return proxy.post('/key/regenerate', { key: tokenId, new_key: proxy.newKey() });
    },
    status: 500,
    body: proxyError(500, 'internal_server_error', null, containing('Regenerating Virtual Keys is an Enterprise')),
  },
  {
    name: 'another value without a licence changes nothing',
    steps: async (proxy) => {
      const { tokenId } = await proxy.generate();
      const value = proxy.newKey();
      await proxy.post('/key/regenerate', { key: tokenId, new_key: value });
      return proxy.info(hashKey(value));
    },
    status: 404,
    body: proxyError(404, 'not_found_error', 'key', 'Key not found in database'),
  },
];
