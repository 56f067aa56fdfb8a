import { expect } from 'bun:test';
import type { LiteLLMSession } from '../litellm-session.ts';
import { missingId, proxyError, keyNotFound, noKeysFound, unknownKey, unprocessable, mocked } from './expected.ts';
import type { LiteLLMCase } from './litellm-case.ts';

/** Blocking and deleting a key. */
export const blockAndDelete: readonly LiteLLMCase[] = [
  {
    name: 'block',
    steps: async (proxy) => proxy.post('/key/block', { key: (await proxy.generate()).tokenId }),
    status: 200,
    body: { blocked: true, token: expect.any(String) },
  },
  {
    name: 'block twice',
    steps: async (proxy) => {
      const { tokenId } = await proxy.generate();
      await proxy.post('/key/block', { key: tokenId });
      return proxy.post('/key/block', { key: tokenId });
    },
    status: 200,
    body: { blocked: true },
  },
  {
    name: 'a blocked key is refused',
    steps: async (proxy) => {
      const { key, tokenId } = await proxy.generate();
      await proxy.post('/key/block', { key: tokenId });
      return proxy.chat(key);
    },
    status: 401,
    body: proxyError(401, 'auth_error', 'None', expect.stringContaining('Key is blocked')),
  },
  {
    name: 'an unblocked key works',
    steps: async (proxy) => {
      const { key, tokenId } = await proxy.generate();
      await proxy.post('/key/block', { key: tokenId });
      await proxy.post('/key/unblock', { key: tokenId });
      return proxy.chat(key);
    },
    status: 200,
    body: mocked('gpt-4o'),
  },
  ...['block', 'unblock'].map((verb) => ({
    name: `${verb} of a missing key`,
    steps: async (proxy: LiteLLMSession) => proxy.post(`/key/${verb}`, { key: missingId }),
    status: 404,
    body: keyNotFound,
  })),
  {
    name: 'block of a deleted key',
    steps: async (proxy) => {
      const { tokenId } = await proxy.generate();
      await proxy.post('/key/delete', { keys: [tokenId] });
      return proxy.post('/key/block', { key: tokenId });
    },
    status: 404,
    body: keyNotFound,
  },
  {
    name: 'block by alias',
    steps: async (proxy) => proxy.post('/key/block', { key: (await proxy.generate()).alias }),
    status: 400,
    body: proxyError(400, 'bad_request_error', 'key', 'Invalid key format.'),
  },
  {
    name: 'block of no key at all',
    steps: async (proxy) => proxy.post('/key/block', {}),
    status: 422,
    body: unprocessable('missing', 'body', 'key'),
  },
  {
    name: 'delete by hash names the hash',
    steps: async (proxy) => {
      const { tokenId } = await proxy.generate();
      const { status, body } = await proxy.post('/key/delete', { keys: [tokenId] });
      return { status, body: { same: JSON.stringify(body) === JSON.stringify({ deleted_keys: [tokenId] }) } };
    },
    status: 200,
    body: { same: true },
  },
  {
    name: 'a deleted key is refused',
    steps: async (proxy) => {
      const { key, tokenId } = await proxy.generate();
      await proxy.post('/key/delete', { keys: [tokenId] });
      return proxy.chat(key);
    },
    status: 401,
    body: unknownKey,
  },
  {
    name: 'delete of a missing key',
    steps: async (proxy) => proxy.post('/key/delete', { keys: [missingId] }),
    status: 404,
    body: noKeysFound,
  },
  {
    name: 'delete twice',
    steps: async (proxy) => {
      const { tokenId } = await proxy.generate();
      await proxy.post('/key/delete', { keys: [tokenId] });
      return proxy.post('/key/delete', { keys: [tokenId] });
    },
    status: 404,
    body: noKeysFound,
  },
  {
    name: 'delete of one found and one missing claims both',
    steps: async (proxy) => proxy.post('/key/delete', { keys: [(await proxy.generate()).tokenId, missingId] }),
    status: 200,
    body: { deleted_keys: [expect.any(String), missingId] },
  },
  {
    name: 'delete of nothing',
    steps: async (proxy) => proxy.post('/key/delete', { keys: [] }),
    status: 422,
    body: unprocessable('value_error', 'body'),
  },
  {
    name: 'delete by alias',
    steps: async (proxy) => proxy.post('/key/delete', { key_aliases: [(await proxy.generate()).alias] }),
    status: 200,
    body: { deleted_keys: [expect.stringMatching(/^case-/)] },
  },
  {
    name: 'an alias among the keys to delete is not found',
    steps: async (proxy) => proxy.post('/key/delete', { keys: [(await proxy.generate()).alias] }),
    status: 404,
    body: noKeysFound,
  },
  {
    name: 'regenerate without a licence',
    steps: async (proxy) => proxy.post(`/key/${(await proxy.generate()).key}/regenerate`, {}),
    status: 500,
    body: proxyError(500, 'internal_server_error', null, expect.stringContaining('Enterprise feature')),
  },
];
