import { expect } from 'bun:test';
import type { LiteLLMSession } from '../litellm-session.ts';
import { missingId, proxyError, keyNotFound, unprocessable } from './expected.ts';
import type { LiteLLMCase } from './litellm-case.ts';

/** Changing a key. */
export const update: readonly LiteLLMCase[] = [
  {
    name: 'update moves expires, counted from now, and keeps the rest',
    steps: async (proxy) => {
      const { tokenId } = await proxy.generate({ duration: '60s', models: ['gpt-4o'], max_budget: 3 });
      return proxy.post('/key/update', { key: tokenId, duration: '7200s' });
    },
    status: 200,
    body: { models: ['gpt-4o'], max_budget: 3, token: expect.any(String) },
    expiresIn: 7200,
  },
  ...[null, '-1'].map((duration) => ({
    name: `update with the duration ${JSON.stringify(duration)} takes expires away`,
    steps: async (proxy: LiteLLMSession) =>
      proxy.post('/key/update', { key: (await proxy.generate({ duration: '60s' })).tokenId, duration }),
    status: 200,
    body: { expires: null },
  })),
  {
    name: 'update with max_budget null takes the limit away',
    steps: async (proxy) =>
      proxy.post('/key/update', { key: (await proxy.generate({ max_budget: 1 })).tokenId, max_budget: null }),
    status: 200,
    body: { max_budget: null },
  },
  {
    name: 'update replaces metadata as a whole',
    steps: async (proxy) => {
      const { tokenId } = await proxy.generate({ metadata: { a: '1' } });
      await proxy.post('/key/update', { key: tokenId, metadata: { b: '2' } });
      const { status, body } = await proxy.info(tokenId);
      return { status, body: { keys: Object.keys((body as { info: { metadata: object } }).info.metadata) } };
    },
    status: 200,
    body: { keys: ['b'] },
  },
  {
    name: 'update finds a key by key_alias',
    steps: async (proxy) => proxy.post('/key/update', { key_alias: (await proxy.generate()).alias, max_budget: 2 }),
    status: 200,
    body: { max_budget: 2 },
  },
  {
    name: 'update of a missing key',
    steps: async (proxy) => proxy.post('/key/update', { key: missingId, duration: '1h' }),
    status: 404,
    body: keyNotFound,
  },
  {
    name: 'update of a deleted key',
    steps: async (proxy) => {
      const { tokenId } = await proxy.generate();
      await proxy.post('/key/delete', { keys: [tokenId] });
      return proxy.post('/key/update', { key: tokenId, duration: '1h' });
    },
    status: 404,
    body: keyNotFound,
  },
  {
    name: 'update with a duration that it cannot read',
    steps: async (proxy) => proxy.post('/key/update', { key: (await proxy.generate()).tokenId, duration: '1y' }),
    status: 400,
    body: proxyError(400, 'auth_error', 'None', 'Authentication Error, Unsupported duration unit, passed duration: 1y'),
  },
  {
    name: 'update with a duration as a number',
    steps: async (proxy) => proxy.post('/key/update', { key: missingId, duration: 60 }),
    status: 422,
    body: unprocessable('string_type', 'body', 'duration'),
  },
  {
    name: 'update with a negative budget',
    steps: async (proxy) => proxy.post('/key/update', { key: missingId, max_budget: -1 }),
    status: 400,
    body: proxyError(400, 'auth_error', 'None', expect.stringContaining('max_budget must be a non-negative')),
  },
  {
    name: 'update of no key at all',
    steps: async (proxy) => proxy.post('/key/update', {}),
    status: 422,
    body: unprocessable('value_error', 'body'),
  },
];
