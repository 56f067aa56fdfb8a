import { expect } from 'bun:test';
import type { LiteLLMSession, MadeKey, SeenAnswer } from '../litellm-session.ts';
import { mocked, noKeysFound, proxyError, somebodyElse, unknownKey, wrongRoute } from './expected.ts';
import type { LiteLLMCase } from './litellm-case.ts';

const containing = (text: string): unknown => expect.stringContaining(text);

/** A key of a new administrator. */
async function adminKey(
  proxy: LiteLLMSession,
  fields: Readonly<Record<string, unknown>> = { key_type: 'management' },
): Promise<MadeKey & { readonly userId: string }> {
  const userId = await proxy.user({ user_role: 'proxy_admin' });
  return { ...(await proxy.generate({ user_id: userId, ...fields })), userId };
}

/** Such a key, and one that it made like itself. */
async function successor(proxy: LiteLLMSession) {
  const former = await adminKey(proxy);
  const key = proxy.newKey();
  const body = { key, key_alias: `${former.alias}-next`, user_id: former.userId, key_type: 'management' };
  return { former, key, answer: await proxy.post('/key/generate', body, former.key) };
}

/** Keys of administrators that stand in the database. */
export const admins: readonly LiteLLMCase[] = [
  {
    name: 'an administrator is made without a key',
    steps: async (proxy) => {
      const user_id = await proxy.user({ user_role: 'proxy_admin' });
      return proxy.get(`/user/info?user_id=${user_id}`);
    },
    status: 200,
    body: { user_info: { user_role: 'proxy_admin' }, keys: [] },
  },
  {
    name: 'a user who is there is not made again',
    steps: async (proxy) => {
      const user_id = await proxy.user({ user_role: 'proxy_admin' });
      return proxy.post('/user/new', { user_id, user_role: 'proxy_admin', auto_create_key: false });
    },
    status: 409,
    body: proxyError(409, 'internal_server_error', null, containing('already exists')),
  },
  {
    name: "an administrator's key for management may list the keys of somebody else",
    steps: async (proxy) => proxy.get(somebodyElse, (await adminKey(proxy)).key),
    status: 200,
    body: { keys: [] },
  },
  {
    name: "an administrator's key for management is told of itself",
    steps: async (proxy) => proxy.get('/key/info', (await adminKey(proxy)).key),
    status: 200,
    body: {
      key: expect.stringMatching(/^[0-9a-f]{64}$/),
      info: {
        user_id: containing('-user-'),
        key_type: 'management',
        allowed_routes: ['management_routes'],
        expires: null,
      },
    },
  },
  {
    name: "an administrator's key for management does not chat",
    steps: async (proxy) => proxy.chat((await adminKey(proxy)).key),
    status: 403,
    body: wrongRoute,
  },
  {
    name: "an administrator's key without a type chats",
    steps: async (proxy) => proxy.chat((await adminKey(proxy, {})).key),
    status: 200,
    body: mocked('gpt-4o'),
  },
  {
    name: "an administrator's key makes its successor",
    steps: async (proxy) => (await successor(proxy)).answer,
    status: 200,
    body: { user_id: containing('-user-'), key_type: 'management', expires: null },
  },
  {
    name: 'a successor may list the keys of somebody else',
    steps: async (proxy) => proxy.get(somebodyElse, (await successor(proxy)).key),
    status: 200,
    body: { keys: [] },
  },
  {
    name: 'a successor blocks its predecessor, which is refused from then on',
    steps: async (proxy) => {
      const { former, key } = await successor(proxy);
      await proxy.get(somebodyElse, former.key);
      await proxy.post('/key/block', { key: former.tokenId }, key);
      return proxy.get(somebodyElse, former.key);
    },
    status: 401,
    body: proxyError(401, 'auth_error', 'None', containing('Key is blocked')),
  },
  {
    name: 'a successor deletes its predecessor, which is unknown from then on',
    steps: async (proxy) => {
      const { former, key } = await successor(proxy);
      await proxy.post('/key/delete', { keys: [former.tokenId] }, key);
      return proxy.get('/key/info', former.key);
    },
    status: 401,
    body: unknownKey,
  },
  {
    name: "an administrator's key deletes itself",
    steps: async (proxy) => {
      const { key, tokenId } = await adminKey(proxy);
      await proxy.post('/key/delete', { keys: [tokenId] }, key);
      return proxy.post('/key/delete', { keys: [tokenId] });
    },
    status: 404,
    body: noKeysFound,
  },
  {
    name: "an administrator's key gives another alias to itself",
    steps: async (proxy) => {
      const { key, tokenId, alias } = await adminKey(proxy);
      return proxy.post('/key/update', { key: tokenId, key_alias: `${alias}-former` }, key);
    },
    status: 200,
    body: { key_alias: containing('-former'), key_type: 'management' },
  },
  {
    name: "an administrator's key gives an end to a key of the master key",
    steps: async (proxy) => {
      const { tokenId } = await proxy.generate();
      return proxy.post('/key/update', { key: tokenId, duration: '60s' }, (await adminKey(proxy)).key);
    },
    status: 200,
    body: { models: [] },
    expiresIn: 60,
  },
  {
    name: "a key that an administrator's key makes belongs to nobody unless told",
    steps: async (proxy) => {
      const admin = await adminKey(proxy);
      return proxy.post('/key/generate', { key: proxy.newKey(), key_alias: `${admin.alias}-of` }, admin.key);
    },
    status: 200,
    body: { user_id: null },
  },
  {
    name: "an administrator's key for management is told of users",
    steps: async (proxy) => {
      const { key, userId } = await adminKey(proxy);
      return proxy.get(`/user/info?user_id=${userId}`, key);
    },
    status: 200,
    body: { user_info: { user_role: 'proxy_admin' } },
  },
  {
    name: "an administrator's key for management is told of teams",
    steps: async (proxy) => proxy.get(`/team/info?team_id=${await proxy.team()}`, (await adminKey(proxy)).key),
    status: 200,
    body: { team_id: expect.any(String) },
  },
  {
    name: "an administrator's key for management is not told of budgets",
    steps: async (proxy) => proxy.post('/budget/info', { budgets: ['any'] }, (await adminKey(proxy)).key),
    status: 403,
    body: wrongRoute,
  },
  {
    name: "an administrator's key for management is not told of the licence",
    steps: async (proxy) => proxy.get('/health/license', (await adminKey(proxy)).key),
    status: 403,
    body: wrongRoute,
  },
  {
    name: "an administrator's key that has expired is refused",
    steps: async (proxy): Promise<SeenAnswer> => {
      const { key } = await adminKey(proxy, { key_type: 'management', duration: '1s' });
      return proxy.untilRefused(async () => proxy.get(somebodyElse, key));
    },
    status: 401,
    body: proxyError(401, 'expired_key', expect.any(String), containing('Expired Key')),
  },
  {
    name: 'an administrator who is deleted takes their keys along',
    steps: async (proxy) => {
      const { key, userId } = await adminKey(proxy);
      await proxy.post('/user/delete', { user_ids: [userId] });
      return proxy.get(somebodyElse, key);
    },
    status: 401,
    body: unknownKey,
  },
];
