import { expect } from 'bun:test';
import type { LiteLLMSession } from '../litellm-session.ts';
import { unprocessable } from './expected.ts';
import type { LiteLLMCase } from './litellm-case.ts';

/** Lists of keys. */
export const listing: readonly LiteLLMCase[] = [
  {
    name: 'list by alias is exact',
    steps: async (proxy) => proxy.get(`/key/list?key_alias=${(await proxy.generate()).alias.slice(0, -1)}`),
    status: 200,
    body: { keys: [], total_count: 0 },
  },
  {
    name: 'list by alias gives hashes',
    steps: async (proxy) => proxy.get(`/key/list?key_alias=${(await proxy.generate()).alias}`),
    status: 200,
    body: { keys: [expect.stringMatching(/^[0-9a-f]{64}$/)], total_count: 1, current_page: 1, total_pages: 1 },
  },
  {
    name: 'list with whole objects',
    steps: async (proxy) => {
      const { alias } = await proxy.generate({ models: ['gpt-4o'] });
      return proxy.get(`/key/list?key_alias=${alias}&return_full_object=true`);
    },
    status: 200,
    body: { keys: [{ models: ['gpt-4o'], token: expect.any(String) }] },
  },
  {
    name: 'list goes page by page',
    steps: async (proxy) => {
      for (let made = 0; made < 3; made += 1) await proxy.generate();
      return proxy.get(`/key/list?key_alias=${proxy.tag}&substring_matching=true&size=2&page=2`);
    },
    status: 200,
    body: { keys: [expect.any(String)], total_count: 3, current_page: 2, total_pages: 2 },
  },
  {
    name: 'list past the end',
    steps: async (proxy) => proxy.get(`/key/list?key_alias=${proxy.tag}&page=9999&size=100`),
    status: 200,
    body: { keys: [], current_page: 9999 },
  },
  {
    name: 'list shows expired keys',
    steps: async (proxy) => proxy.get(`/key/list?key_alias=${(await proxy.generate({ duration: '0s' })).alias}`),
    status: 200,
    body: { total_count: 1 },
  },
  {
    name: 'list does not show deleted keys',
    steps: async (proxy) => {
      const { tokenId, alias } = await proxy.generate();
      await proxy.post('/key/delete', { keys: [tokenId] });
      return proxy.get(`/key/list?key_alias=${alias}`);
    },
    status: 200,
    body: { total_count: 0 },
  },
  {
    name: 'list with the status deleted does',
    steps: async (proxy) => {
      const { tokenId, alias } = await proxy.generate();
      await proxy.post('/key/delete', { keys: [tokenId] });
      return proxy.get(`/key/list?key_alias=${alias}&status=deleted`);
    },
    status: 200,
    body: { total_count: 1 },
  },
  ...[
    { query: 'size=101', type: 'less_than_equal', field: 'size' },
    { query: 'page=0', type: 'greater_than_equal', field: 'page' },
    { query: 'page=first', type: 'int_parsing', field: 'page' },
  ].map(({ query, type, field }) => ({
    name: `list with ${query}`,
    steps: async (proxy: LiteLLMSession) => proxy.get(`/key/list?${query}`),
    status: 422,
    body: unprocessable(type, 'query', field),
  })),
];
