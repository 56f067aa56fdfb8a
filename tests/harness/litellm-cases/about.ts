import { expect } from 'bun:test';
import { proxyError } from './expected.ts';
import type { LiteLLMCase } from './litellm-case.ts';

/** What LiteLLM tells of itself and of who asks. */
export const about: readonly LiteLLMCase[] = [
  {
    name: 'the master key is none of the keys that there is information on',
    steps: async (proxy) => proxy.get('/key/info'),
    status: 404,
    body: proxyError(404, 'not_found_error', 'key', 'Key not found in database'),
  },
  {
    name: 'a key is told of itself',
    steps: async (proxy) => {
      const { key } = await proxy.generate({ duration: '1h', max_budget: 5 });
      return proxy.get('/key/info', key);
    },
    status: 200,
    body: {
      info: {
        key_alias: expect.stringMatching(/^case-/),
        max_budget: 5,
        expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      },
    },
  },
  {
    name: 'the edition',
    steps: async (proxy) => proxy.get('/health/license'),
    status: 200,
    body: { license_type: 'community' },
  },
  {
    name: 'the version, to anybody',
    steps: async (proxy) => proxy.send('GET', '/public/model_hub/info', {}),
    status: 200,
    body: { litellm_version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
  },
];
