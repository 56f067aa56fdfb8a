import { expect } from 'bun:test';
import type { LiteLLMSession } from '../litellm-session.ts';
import { proxyError, modelRefused, overBudget, mocked } from './expected.ts';
import type { LiteLLMCase } from './litellm-case.ts';

/** Models, budgets and durations. */
export const limits: readonly LiteLLMCase[] = [
  ...[
    { models: [], model: 'gpt-4o', allowed: true },
    { models: ['gpt-4o-mini'], model: 'gpt-4o-mini', allowed: true },
    { models: ['gpt-4o-mini'], model: 'gpt-4o', allowed: false },
    { models: ['gpt-*'], model: 'gpt-4o', allowed: true },
    { models: ['gpt-*'], model: 'claude-sonnet-4-5', allowed: false },
    { models: ['*'], model: 'claude-sonnet-4-5', allowed: true },
    { models: ['g*o'], model: 'gpt-4o-mini', allowed: false },
    { models: ['gpt-4'], model: 'gpt-4o', allowed: false },
    { models: ['no-default-models'], model: 'gpt-4o', allowed: false },
    { models: ['all-proxy-models'], model: 'gpt-4o', allowed: true },
  ].map(({ models, model, allowed }) => ({
    name: `models ${JSON.stringify(models)} ${allowed ? 'allow' : 'refuse'} ${model}`,
    steps: async (proxy: LiteLLMSession) =>
      proxy.chat((await proxy.generate({ models })).key, model, '/v1/chat/completions'),
    status: allowed ? 200 : 403,
    body: allowed ? mocked(model) : modelRefused,
  })),
  {
    name: 'a model that the proxy lacks can be given to a key',
    steps: async (proxy) => (await proxy.generate({ models: ['no-such-model'] })).answer,
    status: 200,
    body: { models: ['no-such-model'] },
  },
  {
    name: 'a model that the proxy lacks cannot be called',
    steps: async (proxy) => proxy.chat((await proxy.generate()).key, 'no-such-model'),
    status: 400,
    body: proxyError(400, 'invalid_request_error', null, expect.stringContaining('model=no-such-model')),
  },
  {
    name: 'a budget of 0 refuses every call',
    steps: async (proxy) => proxy.chat((await proxy.generate({ max_budget: 0 })).key),
    status: 422,
    body: overBudget,
  },
  {
    name: 'a budget of null is no limit',
    steps: async (proxy) => proxy.chat((await proxy.generate({ max_budget: null })).key),
    status: 200,
    body: mocked('gpt-4o'),
  },
  {
    name: 'calls over the budget are refused',
    steps: async (proxy) => {
      const { key } = await proxy.generate({ max_budget: 0.000_000_1 });
      return proxy.untilRefused(async () => proxy.chat(key));
    },
    status: 422,
    body: overBudget,
  },
  {
    name: 'an expired key is refused',
    steps: async (proxy) => {
      const { key } = await proxy.generate({ duration: '2s' });
      return proxy.untilRefused(async () => proxy.chat(key));
    },
    status: 401,
    body: proxyError(401, 'expired_key', expect.stringMatching(/^sk-\.\.\./), expect.stringContaining('Expired Key')),
  },
  {
    name: 'an expired key is still known',
    steps: async (proxy) => {
      const { key, tokenId } = await proxy.generate({ duration: '0s' });
      await proxy.untilRefused(async () => proxy.chat(key));
      return proxy.info(tokenId);
    },
    status: 200,
    body: { info: { status: 'expired' } },
  },
  {
    name: 'an expired key lives again when it is renewed',
    steps: async (proxy) => {
      const { key, tokenId } = await proxy.generate({ duration: '0s' });
      await proxy.untilRefused(async () => proxy.chat(key));
      await proxy.post('/key/update', { key: tokenId, duration: '60s' });
      return proxy.chat(key);
    },
    status: 200,
    body: mocked('gpt-4o'),
  },
  ...[
    { duration: '30s', seconds: 30 },
    { duration: '5m', seconds: 300 },
    { duration: '1h', seconds: 3600 },
    { duration: '7d', seconds: 604_800 },
    { duration: '2w', seconds: 1_209_600 },
    { duration: '1min', seconds: 60 },
    { duration: '60sec', seconds: 60 },
    { duration: '1hr', seconds: 3600 },
    { duration: '99999999999s', seconds: 99_999_999_999 },
  ].map(({ duration, seconds }) => ({
    name: `the duration ${duration} is ${seconds} s`,
    steps: async (proxy: LiteLLMSession) => (await proxy.generate({ duration })).answer,
    status: 200,
    body: { duration: null },
    expiresIn: seconds,
  })),
  {
    name: 'the duration 1mo is a month on the calendar',
    steps: async (proxy) => (await proxy.generate({ duration: '1mo' })).answer,
    status: 200,
    body: { expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
  },
  ...['30', '1y', '1.5h', '1 h', '1H'].map((duration) => ({
    name: `the duration ${JSON.stringify(duration)} has no unit that it knows`,
    steps: async (proxy: LiteLLMSession) => (await proxy.generate({ duration })).answer,
    status: 500,
    body: proxyError(500, 'internal_server_error', null, `Unsupported duration unit, passed duration: ${duration}`),
  })),
  ...['-1', '', 'never', '-5s'].map((duration) => ({
    name: `the duration ${JSON.stringify(duration)} has no number`,
    steps: async (proxy: LiteLLMSession) => (await proxy.generate({ duration })).answer,
    status: 500,
    body: proxyError(500, 'internal_server_error', null, 'Invalid duration format'),
  })),
];
