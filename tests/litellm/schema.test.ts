import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { UnexpectedAnswerError } from '../../src/litellm/error.ts';
import { sha256 } from '../../src/litellm/sha256.ts';
import { startLiteLLMServer, type LiteLLMServer } from '../harness/litellm-server.ts';
import { clientOf, failureOf, newRequest } from './test-client.ts';

let server: LiteLLMServer;
beforeAll(async () => {
  server = await startLiteLLMServer();
});
afterAll(async () => server.stop());

const request = newRequest();
const tokenId = sha256(request.key);
const otherId = sha256('sk-test-not-a-real-key-other');
const generated = {
  key: request.key,
  token_id: tokenId,
  token: tokenId,
  key_alias: request.keyAlias,
  models: ['gpt-4o'],
  max_budget: null,
  expires: '2026-11-23T13:00:00.123456Z',
};
const info = { status: 'active', key_alias: 'a', models: [], max_budget: 1, expires: null, blocked: null };

const refused = [
  { path: '/key/generate', why: 'no JSON', body: '{"key": ', says: 'is not JSON' },
  { path: '/key/generate', why: 'no object', body: '"ok"', says: 'the whole' },
  { path: '/key/generate', why: 'null', body: 'null', says: 'the whole is null' },
  {
    path: '/key/generate',
    why: 'another key',
    body: { ...generated, key: 'sk-test-not-a-real-key-other' },
    says: 'another key',
  },
  { path: '/key/generate', why: 'another token_id', body: { ...generated, token_id: otherId }, says: 'another key' },
  { path: '/key/generate', why: 'another token', body: { ...generated, token: otherId }, says: 'another key' },
  {
    path: '/key/generate',
    why: 'no token at all',
    body: { ...generated, token: null, token_id: null },
    says: 'another key',
  },
  { path: '/key/generate', why: 'no expiry', body: { ...generated, expires: null }, says: 'expires is null' },
  {
    path: '/key/generate',
    why: 'an unreadable expiry',
    body: { ...generated, expires: 'soon' },
    says: 'expires has the wrong form',
  },
  {
    path: '/key/generate',
    why: 'an impossible expiry',
    body: { ...generated, expires: '2026-13-45T00:00:00Z' },
    says: 'expires',
  },
  {
    path: '/key/generate',
    why: 'no alias',
    body: { ...generated, key_alias: undefined },
    says: 'key_alias is missing',
  },
  {
    path: '/key/generate',
    why: 'models that are none',
    body: { ...generated, models: [1] },
    says: 'models.0 has the wrong form',
  },
  { path: '/key/generate', why: 'a budget as text', body: { ...generated, max_budget: '1' }, says: 'max_budget has' },
  { path: '/key/update', why: 'no expiry', body: { token: tokenId, expires: null }, says: 'expires is null' },
  {
    path: '/key/update',
    why: 'another key',
    body: { token: otherId, expires: generated.expires },
    says: 'another key',
  },
  {
    path: '/key/block',
    why: 'a key that is not blocked',
    body: { token: tokenId, blocked: false },
    says: 'blocked has',
  },
  { path: '/key/block', why: 'another key', body: { token: otherId, blocked: true }, says: 'another key' },
  { path: '/key/block', why: 'null', body: 'null', says: 'the whole is null' },
  { path: '/key/delete', why: 'nothing deleted', body: { deleted_keys: [] }, says: 'another key' },
  { path: '/key/delete', why: 'another key', body: { deleted_keys: [otherId] }, says: 'another key' },
  { path: '/key/info', why: 'no info', body: { key: tokenId }, says: 'info is missing' },
  { path: '/key/info', why: 'no status', body: { info: { ...info, status: null } }, says: 'info.status is null' },
  { path: '/key/info', why: 'a bad expiry', body: { info: { ...info, expires: 'never' } }, says: 'info.expires has' },
  { path: '/key/list', why: 'no keys', body: { total_count: 0 }, says: 'keys is missing' },
];

function callOf(path: string) {
  const client = clientOf(server);
  switch (path) {
    case '/key/generate':
      return client.generateKey(request);
    case '/key/update':
      return client.updateKey(tokenId, { duration: 60 });
    case '/key/block':
      return client.blockKey(tokenId);
    case '/key/delete':
      return client.deleteKey(tokenId);
    case '/key/info':
      return client.keyInfo(tokenId);
    default:
      return client.verifyAdmin();
  }
}

describe('an answer with 200', () => {
  for (const { path, why, body, says } of refused) {
    test(`to ${path} with ${why} is refused`, async () => {
      server.faults.next({ kind: 'nonsense', path, body });
      const error = await failureOf(callOf(path));
      expect(error).toBeInstanceOf(UnexpectedAnswerError);
      expect(error).toMatchObject({ status: 200, outcomeUnknown: true });
      expect(error.message).toContain(says);
    });
  }

  // `bun test` runs in UTC, where a moment without a zone cannot be misread.
  const { TZ = 'UTC' } = process.env;
  beforeAll(() => {
    process.env.TZ = 'Asia/Tokyo';
  });
  afterAll(() => {
    process.env.TZ = TZ;
  });

  const moments = [
    { expires: '2026-11-23T13:00:00.123456Z', want: '2026-11-23T13:00:00.123Z' },
    { expires: '2026-11-23T13:00:00.123000+00:00', want: '2026-11-23T13:00:00.123Z' },
    { expires: '2026-11-23T14:00:00+01:00', want: '2026-11-23T13:00:00.000Z' },
    { expires: '2026-11-23T13:00:00.123456', want: '2026-11-23T13:00:00.123Z' },
    { expires: '2026-11-23 13:00:00', want: '2026-11-23T13:00:00.000Z' },
  ];
  for (const { expires, want } of moments) {
    test(`that expires at ${expires} is read`, async () => {
      server.faults.next({ kind: 'nonsense', path: '/key/generate', body: { ...generated, expires } });
      expect((await clientOf(server).generateKey(request)).expires.toISOString()).toBe(want);
    });
  }

  test('may have fields that nobody knows, and may lack what is not needed', async () => {
    const body = { ...generated, token: undefined, models: null, news: { a: [1] } };
    server.faults.next({ kind: 'nonsense', path: '/key/generate', body });
    expect(await clientOf(server).generateKey(request)).toMatchObject({ tokenId, models: [] });
  });
});
