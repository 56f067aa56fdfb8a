import { expect } from 'bun:test';
import type { LiteLLMSession } from '../litellm-session.ts';
import {
  wrongKey,
  missingId,
  proxyError,
  unknownKey,
  adminOnly,
  wrongRoute,
  mocked,
  somebodyElse,
} from './expected.ts';
import type { LiteLLMCase } from './litellm-case.ts';

/** Who may do what. */
export const access: readonly LiteLLMCase[] = [
  {
    name: 'the master key may list the keys of somebody else',
    steps: async (proxy) => proxy.get(somebodyElse),
    status: 200,
    body: { keys: [], total_count: 0, current_page: 1, total_pages: 0 },
  },
  {
    name: 'an ordinary key may not list the keys of somebody else',
    steps: async (proxy) => proxy.get(somebodyElse, (await proxy.generate()).key),
    status: 403,
    body: proxyError(403, 'bad_request_error', 'user_id', expect.stringContaining('You are not authorized')),
  },
  {
    name: 'a key for models may not list the keys of somebody else',
    steps: async (proxy) => proxy.get(somebodyElse, (await proxy.generate({ key_type: 'llm_api' })).key),
    status: 403,
    body: wrongRoute,
  },
  {
    name: 'a wrong key may not list the keys of somebody else',
    steps: async (proxy) => proxy.get(somebodyElse, wrongKey),
    status: 401,
    body: unknownKey,
  },
  {
    name: 'a key without sk-',
    steps: async (proxy) => proxy.get(somebodyElse, 'test-not-a-real-key'),
    status: 401,
    body: proxyError(401, 'auth_error', 'None', expect.stringContaining("expected to start with 'sk-'")),
  },
  {
    name: 'no key at all',
    steps: async (proxy) => proxy.send('GET', somebodyElse, {}),
    status: 401,
    body: proxyError(401, 'auth_error', 'None', 'Authentication Error, No api key passed in.'),
  },
  ...[
    { path: '/key/generate', body: {} },
    { path: '/key/update', body: { key: missingId, duration: '1h' } },
    { path: '/key/block', body: { key: missingId } },
    { path: '/key/delete', body: { keys: [missingId] } },
  ].flatMap(({ path, body }) => [
    {
      name: `an ordinary key on ${path}`,
      steps: async (proxy: LiteLLMSession) => proxy.post(path, body, (await proxy.generate()).key),
      status: 401,
      body: adminOnly,
    },
    {
      name: `a wrong key on ${path}`,
      steps: async (proxy: LiteLLMSession) => proxy.post(path, body, wrongKey),
      status: 401,
      body: unknownKey,
    },
    {
      name: `a key for models on ${path}`,
      steps: async (proxy: LiteLLMSession) =>
        proxy.post(path, body, (await proxy.generate({ key_type: 'llm_api' })).key),
      status: 403,
      body: wrongRoute,
    },
  ]),
  {
    name: 'a key for models on its own info',
    steps: async (proxy) => proxy.get('/key/info', (await proxy.generate({ key_type: 'llm_api' })).key),
    status: 403,
    body: wrongRoute,
  },
  {
    name: 'a key for models chats',
    steps: async (proxy) => proxy.chat((await proxy.generate({ key_type: 'llm_api' })).key),
    status: 200,
    body: mocked('gpt-4o'),
  },
  {
    name: 'a key for models lists its models',
    steps: async (proxy) =>
      proxy.get('/v1/models', (await proxy.generate({ key_type: 'llm_api', models: ['gpt-4o'] })).key),
    status: 200,
    body: { object: 'list', data: [{ id: 'gpt-4o' }] },
  },
  {
    name: 'a key for management does not chat',
    steps: async (proxy) => proxy.chat((await proxy.generate({ key_type: 'management' })).key),
    status: 403,
    body: wrongRoute,
  },
  {
    name: 'a path that it does not have',
    steps: async (proxy) => proxy.get('/key/no-such-path'),
    status: 404,
    body: { detail: 'Not Found' },
  },
];
