import { expect } from 'bun:test';
import type { LiteLLMSession } from '../litellm-session.ts';
import { proxyError, invalidAlias, aliasTaken, unprocessable } from './expected.ts';
import type { LiteLLMCase } from './litellm-case.ts';

/** Requests that are turned down, and aliases. */
export const rejected: readonly LiteLLMCase[] = [
  {
    name: 'a chosen key without sk-',
    steps: async (proxy) => proxy.post('/key/generate', { key: 'test-not-a-real-key' }),
    status: 400,
    body: proxyError(400, 'internal_server_error', null, expect.stringContaining("must start with 'sk-'")),
  },
  {
    name: 'a chosen key that is too short',
    steps: async (proxy) => proxy.post('/key/generate', { key: 'sk-test-short' }),
    status: 400,
    body: proxyError(400, 'internal_server_error', null, expect.stringContaining('at least 16 characters')),
  },
  {
    name: 'a negative budget',
    steps: async (proxy) => (await proxy.generate({ max_budget: -1 })).answer,
    status: 400,
    body: proxyError(
      400,
      'internal_server_error',
      null,
      "{'error': 'max_budget must be a non-negative finite number. Received: -1.0'}",
    ),
  },
  ...[
    { field: 'duration', value: 3600, type: 'string_type' },
    { field: 'models', value: 'gpt-4o', type: 'list_type' },
    { field: 'max_budget', value: 'much', type: 'float_parsing' },
    { field: 'metadata', value: 'text', type: 'dict_type' },
    { field: 'key_alias', value: 5, type: 'string_type' },
    { field: 'key_type', value: 'bogus', type: 'enum' },
  ].map(({ field, value, type }) => ({
    name: `${field} as ${JSON.stringify(value)}`,
    steps: async (proxy: LiteLLMSession) => (await proxy.generate({ [field]: value })).answer,
    status: 422,
    body: unprocessable(type, 'body', field),
  })),
  {
    name: 'a body that is no JSON',
    steps: async (proxy) => proxy.post('/key/generate', '{"key'),
    status: 422,
    body: { detail: [{ type: 'json_invalid' }] },
  },
  {
    name: 'an alias that is taken',
    steps: async (proxy) => (await proxy.generate({ key_alias: (await proxy.generate()).alias })).answer,
    status: 400,
    body: aliasTaken,
  },
  {
    name: 'an alias that is taken, on update',
    steps: async (proxy) => {
      const { alias } = await proxy.generate();
      return proxy.post('/key/update', { key: (await proxy.generate()).tokenId, key_alias: alias });
    },
    status: 400,
    body: aliasTaken,
  },
  {
    name: 'the alias of a deleted key is free',
    steps: async (proxy) => {
      const { tokenId, alias } = await proxy.generate();
      await proxy.post('/key/delete', { keys: [tokenId] });
      return (await proxy.generate({ key_alias: alias })).answer;
    },
    status: 200,
    body: { key_alias: expect.stringMatching(/^case-/) },
  },
  ...['/../up', 'tab\there', 'line\nbreak', '\u0085', '/..', '\u007f'].map((end) => ({
    name: `an alias with ${JSON.stringify(end)}`,
    steps: async (proxy: LiteLLMSession) => (await proxy.generate({ key_alias: `${proxy.tag}${end}` })).answer,
    status: 400,
    body: invalidAlias,
  })),
  ...[' with space', '/b', 'ü:#', '..x', '\u{1F600}', 'x'.repeat(300)].map((end) => ({
    name: `an alias with ${JSON.stringify(end.slice(0, 12))} is fine`,
    steps: async (proxy: LiteLLMSession) => (await proxy.generate({ key_alias: `${proxy.tag}${end}` })).answer,
    status: 200,
    body: { key_alias: expect.stringContaining(end) },
  })),
];
