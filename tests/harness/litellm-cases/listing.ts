import { expect } from 'bun:test';
import type { LiteLLMSession, SeenAnswer } from '../litellm-session.ts';
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
    name: 'list with whole objects tells where a key comes from, how long it lives and whether it was used',
    steps: async (proxy) => {
      const { alias } = await proxy.generate({ metadata: { vault_role: 'team' }, duration: '1h' });
      return proxy.get(`/key/list?key_alias=${alias}&return_full_object=true`);
    },
    status: 200,
    body: {
      keys: [
        {
          token: expect.stringMatching(/^[0-9a-f]{64}$/),
          key_alias: expect.stringMatching(/^case-/),
          metadata: { vault_role: 'team' },
          expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
          created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
          updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
          blocked: null,
          spend: 0,
        },
      ],
    },
  },
  {
    name: 'a key that nothing happened to is as old as its last change',
    steps: async (proxy) => {
      const { alias } = await proxy.generate({ duration: '1h' });
      return changedSince(await proxy.get(`/key/list?key_alias=${alias}&return_full_object=true`));
    },
    status: 200,
    body: { changed: false },
  },
  ...[
    { what: 'update of its duration', path: '/key/update', fields: { duration: '2h' } },
    { what: 'block', path: '/key/block', fields: {} },
  ].map(({ what, path, fields }) => ({
    name: `a key is younger in its last change after the ${what}`,
    steps: async (proxy: LiteLLMSession) => {
      const { alias, tokenId } = await proxy.generate({ duration: '1h' });
      // Times have milliseconds: the two must not fall into one.
      await Bun.sleep(2);
      await proxy.post(path, { key: tokenId, ...fields });
      return changedSince(await proxy.get(`/key/list?key_alias=${alias}&return_full_object=true`));
    },
    status: 200,
    body: { changed: true },
  })),
  {
    name: 'list by the time of creation, the oldest first',
    steps: async (proxy) => {
      const made: string[] = [];
      for (let index = 0; index < 3; index += 1) {
        made.push((await proxy.generate()).tokenId);
        await Bun.sleep(2);
      }
      const query = `key_alias=${proxy.tag}&substring_matching=true&sort_by=created_at&sort_order=asc`;
      const { status, body } = await proxy.get(`/key/list?${query}`);
      const { keys } = body as { readonly keys: readonly string[] };
      return { status, body: { inOrder: JSON.stringify(keys) === JSON.stringify(made) } };
    },
    status: 200,
    body: { inOrder: true },
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
    name: 'list by a part of an alias, in any case of letters',
    steps: async (proxy) => {
      const { alias } = await proxy.generate();
      return proxy.get(`/key/list?key_alias=${alias.slice(1).toUpperCase()}&substring_matching=true`);
    },
    status: 200,
    body: { total_count: 1 },
  },
  {
    name: 'list of those that have not expired',
    steps: async (proxy) => {
      const { alias } = await proxy.generate({ duration: '0s' });
      return proxy.get(`/key/list?key_alias=${alias}&expires=active`);
    },
    status: 200,
    body: { total_count: 0 },
  },
  {
    name: 'list of those that have not expired has the living',
    steps: async (proxy) => {
      const { alias } = await proxy.generate({ duration: '1h', max_budget: 5, models: ['gpt-4o'] });
      return proxy.get(`/key/list?key_alias=${alias}&expires=active&return_full_object=true`);
    },
    status: 200,
    body: { total_count: 1, keys: [{ models: ['gpt-4o'], max_budget: 5 }] },
  },
  {
    name: 'list by spend, the most first',
    steps: async (proxy) => {
      await proxy.generate();
      const query = 'size=100&sort_by=spend&sort_order=desc&return_full_object=true';
      const { status, body } = await proxy.get(`/key/list?${query}`);
      const spends = (body as { readonly keys: readonly { readonly spend: number }[] }).keys.map(({ spend }) => spend);
      return { status, body: { inOrder: spends.every((spend, at) => at === 0 || spend <= (spends[at - 1] ?? 0)) } };
    },
    status: 200,
    body: { inOrder: true },
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

/** Whether the one key of a list was changed since it was made. */
function changedSince({ status, body }: SeenAnswer): SeenAnswer {
  const { keys } = body as { readonly keys: readonly { readonly created_at: string; readonly updated_at: string }[] };
  return { status, body: { changed: keys.some((key) => key.updated_at !== key.created_at) } };
}
