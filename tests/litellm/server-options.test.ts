import { describe, expect, test } from 'bun:test';
import { startLiteLLMServer, type LiteLLMServerOptions } from '../harness/litellm-server.ts';
import { LiteLLMSession, type SeenAnswer } from '../harness/litellm-session.ts';

interface OptionCase {
  readonly name: string;
  readonly options: LiteLLMServerOptions;
  readonly steps: (proxy: LiteLLMSession) => Promise<SeenAnswer>;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const rejected = (code: number, type: string, param: string | null, text: string) => ({
  error: { message: `{'error': '${text}'}`, type, param, code: String(code) },
});
const bounds: LiteLLMServerOptions = { upperbound: { maxBudget: 10, duration: '1h' } };

/** Seen on real proxies that were started with these settings; they cannot be set on a running one. */
const cases: readonly OptionCase[] = [
  {
    name: 'disable_custom_api_keys refuses a chosen key',
    options: { disableCustomAPIKeys: true },
    steps: async (proxy) => (await proxy.generate()).answer,
    status: 403,
    body: rejected(
      403,
      'internal_server_error',
      null,
      'Custom API key values are disabled by your administrator. Keys must be auto-generated.',
    ),
  },
  {
    name: 'disable_custom_api_keys lets the proxy choose',
    options: { disableCustomAPIKeys: true },
    steps: async (proxy) => proxy.post('/key/generate', {}),
    status: 200,
    body: { key: expect.stringMatching(/^sk-/) },
  },
  {
    name: 'upperbound_key_generate_params refuses a longer duration',
    options: bounds,
    steps: async (proxy) => (await proxy.generate({ duration: '2h' })).answer,
    status: 400,
    body: rejected(
      400,
      'internal_server_error',
      null,
      'duration is over max limit set in config - user_value=2h; max_value=1h',
    ),
  },
  {
    name: 'upperbound_key_generate_params refuses a longer duration on update',
    options: bounds,
    steps: async (proxy) => proxy.post('/key/update', { key: (await proxy.generate()).tokenId, duration: '2h' }),
    status: 400,
    body: rejected(400, 'auth_error', 'None', 'duration is over max limit set in config - user_value=2h; max_value=1h'),
  },
  {
    name: 'upperbound_key_generate_params refuses a larger budget',
    options: bounds,
    steps: async (proxy) => (await proxy.generate({ max_budget: 20 })).answer,
    status: 400,
    body: rejected(
      400,
      'internal_server_error',
      null,
      'max_budget is over max limit set in config - user_value=20.0; max_value=10.0',
    ),
  },
  {
    name: 'upperbound_key_generate_params fills in what is missing',
    options: bounds,
    steps: async (proxy) => (await proxy.generate()).answer,
    status: 200,
    body: { max_budget: 10, expires: expect.any(String) },
  },
  {
    name: 'upperbound_key_generate_params lets an update take the limit away',
    options: bounds,
    steps: async (proxy) => proxy.post('/key/update', { key: (await proxy.generate()).tokenId, max_budget: null }),
    status: 200,
    body: { max_budget: null },
  },
  {
    name: 'default_key_generate_params fills what is empty, before the bounds do',
    options: { ...bounds, defaults: { maxBudget: 2, models: ['gpt-4o'], metadata: { team: 'x' } } },
    steps: async (proxy) => (await proxy.generate()).answer,
    status: 200,
    body: { max_budget: 2, models: ['gpt-4o'], metadata: { team: 'x' } },
  },
  {
    name: 'default_key_generate_params leaves what was given',
    options: { defaults: { maxBudget: 2, models: ['gpt-4o'], metadata: { team: 'x' } } },
    steps: async (proxy) => (await proxy.generate({ max_budget: 1, models: ['a'], metadata: { q: '1' } })).answer,
    status: 200,
    body: { max_budget: 1, models: ['a'], metadata: { q: '1' } },
  },
  {
    name: 'a key of a user who is an administrator makes keys',
    options: { adminUserIds: ['operator'] },
    steps: async (proxy) => proxy.post('/key/generate', {}, (await proxy.generate({ user_id: 'operator' })).key),
    status: 200,
    body: { key: expect.stringMatching(/^sk-/) },
  },
  {
    name: 'the clock is the given one',
    options: { now: () => new Date('2026-11-23T12:00:00Z') },
    steps: async (proxy) => (await proxy.generate({ duration: '90s' })).answer,
    status: 200,
    body: { expires: '2026-11-23T12:01:30.000000Z' },
  },
];

describe('the stand-in, set up otherwise', () => {
  for (const { name, options, steps, status, body } of cases) {
    test(name, async () => {
      const server = await startLiteLLMServer(options);
      try {
        expect(await steps(new LiteLLMSession(server))).toMatchObject({ status, body });
      } finally {
        await server.stop();
      }
    });
  }

  test('its log and its store hold hashes, and no key', async () => {
    const server = await startLiteLLMServer();
    try {
      const { key, tokenId } = await new LiteLLMSession(server).generate({ models: ['gpt-4o'] });
      const seen = JSON.stringify([server.requests, server.keys.all()]);
      expect(seen).toContain(tokenId);
      expect(seen).not.toContain(key);
      expect(seen).not.toContain(server.masterKey);
    } finally {
      await server.stop();
    }
  });
});
