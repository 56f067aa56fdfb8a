import { expect } from 'bun:test';
import { missingId, proxyError } from './expected.ts';
import type { LiteLLMCase } from './litellm-case.ts';

/** Making a key, and what LiteLLM tells of it. */
export const life: readonly LiteLLMCase[] = [
  {
    name: 'readiness needs no key',
    steps: async (proxy) => proxy.send('GET', '/health/readiness', {}),
    status: 200,
    body: { status: 'healthy', db: 'connected' },
  },
  {
    name: 'a key is made with what was asked for',
    steps: async (proxy) => {
      const limits = { models: ['gpt-4o'], max_budget: 1.5, duration: '3600s', metadata: { owner: 'a' } };
      return (await proxy.generate({ ...limits, key_type: 'llm_api' })).answer;
    },
    status: 200,
    body: {
      key: expect.stringMatching(/^sk-test-not-a-real-key-/),
      models: ['gpt-4o'],
      max_budget: 1.5,
      metadata: { owner: 'a' },
      duration: null,
      key_type: 'llm_api',
      allowed_routes: ['llm_api_routes'],
    },
    expiresIn: 3600,
  },
  {
    name: 'the hash of a chosen key is its token id',
    steps: async (proxy) => {
      const { tokenId, answer } = await proxy.generate();
      const { token, token_id } = answer.body as Record<string, unknown>;
      return { status: answer.status, body: { token: token === tokenId, token_id: token_id === tokenId } };
    },
    status: 200,
    body: { token: true, token_id: true },
  },
  {
    name: 'without a duration a key never expires',
    steps: async (proxy) => (await proxy.generate()).answer,
    status: 200,
    body: { expires: null, max_budget: null, models: [], key_type: 'default', metadata: {} },
  },
  {
    name: 'the same key again is answered as if it were made anew',
    steps: async (proxy) => {
      const { key } = await proxy.generate({ models: ['gpt-4o'], duration: '60s' });
      return proxy.post('/key/generate', { key, key_alias: `${proxy.tag}-again`, models: ['gpt-4o-mini'] });
    },
    status: 200,
    body: { models: ['gpt-4o-mini'], expires: null },
  },
  {
    name: 'the same key again keeps its old limits',
    steps: async (proxy) => {
      const { key, tokenId } = await proxy.generate({ models: ['gpt-4o'], duration: '60s' });
      await proxy.post('/key/generate', { key, key_alias: `${proxy.tag}-again`, models: ['gpt-4o-mini'] });
      return proxy.info(tokenId);
    },
    status: 200,
    body: { info: { models: ['gpt-4o'], key_alias: expect.not.stringContaining('again') } },
    expiresIn: 60,
  },
  {
    name: 'info by hash',
    steps: async (proxy) => proxy.info((await proxy.generate({ max_budget: 2, metadata: { a: 'b' } })).tokenId),
    status: 200,
    body: { info: { status: 'active', max_budget: 2, metadata: { a: 'b' }, spend: 0, blocked: null, expires: null } },
  },
  {
    name: 'info of the calling key',
    steps: async (proxy) => proxy.get('/key/info', (await proxy.generate({ models: ['gpt-4o'] })).key),
    status: 200,
    body: { info: { models: ['gpt-4o'] } },
  },
  {
    name: 'info does not find a key by its alias',
    steps: async (proxy) => proxy.info((await proxy.generate()).alias),
    status: 404,
    body: proxyError(404, 'not_found_error', 'key', 'Key not found in database'),
  },
  {
    name: 'info of a key that never was',
    steps: async (proxy) => proxy.info(missingId),
    status: 404,
    body: proxyError(404, 'not_found_error', 'key', 'Key not found in database'),
  },
  {
    name: 'info of a blocked key',
    steps: async (proxy) => {
      const { tokenId } = await proxy.generate({ duration: '60s' });
      await proxy.post('/key/block', { key: tokenId });
      return proxy.info(tokenId);
    },
    status: 200,
    body: { info: { status: 'revoked', blocked: true } },
  },
  {
    name: 'info of a deleted key',
    steps: async (proxy) => {
      const { tokenId } = await proxy.generate({ models: ['gpt-4o'] });
      await proxy.post('/key/delete', { keys: [tokenId] });
      return proxy.info(tokenId);
    },
    status: 200,
    body: { info: { status: 'deleted', models: ['gpt-4o'], deleted_at: expect.any(String) } },
  },
];
