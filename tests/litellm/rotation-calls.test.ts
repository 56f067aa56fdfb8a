import { describe, expect, test } from 'bun:test';
import {
  AliasTakenError,
  KeyNotFoundError,
  RequestRejectedError,
  UnexpectedAnswerError,
} from '../../src/litellm/error.ts';
import type { LastingKeyRequest } from '../../src/litellm/key.ts';
import { sha256 } from '../../src/litellm/sha256.ts';
import { startLiteLLMServer } from '../harness/litellm-server.ts';
import { clientOf, failureOf, newRequest, sharedServer } from './test-client.ts';

const server = await sharedServer();
const client = clientOf(server);
const missing = sha256('sk-test-not-a-real-key-missing');

function lastingRequest(change: Partial<LastingKeyRequest> = {}): LastingKeyRequest {
  const { key, keyAlias, metadata, params } = newRequest();
  return { key, keyAlias, metadata, params, ...change };
}

describe('generateLastingKey', () => {
  test('makes a key that does not end', async () => {
    const request = lastingRequest();
    const made = await client.generateLastingKey(request);
    expect(made).toMatchObject({ tokenId: sha256(request.key), keyAlias: request.keyAlias, models: ['gpt-4o'] });
    expect(made).not.toHaveProperty('expires');
    expect(made).not.toHaveProperty('lifetime');
    expect(JSON.stringify(made)).not.toContain(request.key);
    expect(server.keys.find(made.tokenId)?.expires).toBeNull();
  });

  test('tells the end that a proxy with a bound gives it', async () => {
    await using strict = await stopping({ upperbound: { duration: '1h' } });
    const made = await clientOf(strict.server).generateLastingKey(lastingRequest());
    expect(made.expires).toBeInstanceOf(Date);
    expect(made.lifetime).toBeGreaterThan(3590);
  });

  test('sends spend and limits below 0 as another key has them', async () => {
    const { tokenId } = await client.generateLastingKey(lastingRequest({ params: { spend: 1.25, tpm_limit: -1 } }));
    expect(server.keys.find(tokenId)).toMatchObject({ spend: 1.25, params: { tpm_limit: -1 } });
  });

  test('never sends a limit that JSON does not have, which would become none', async () => {
    const params = { max_budget: Number.POSITIVE_INFINITY };
    await expect(client.generateLastingKey(lastingRequest({ params }))).rejects.toThrow(RangeError);
  });

  test('tells that the alias is taken', async () => {
    const { keyAlias } = await client.generateLastingKey(lastingRequest());
    const error = await failureOf(client.generateLastingKey(lastingRequest({ keyAlias })));
    expect(error).toBeInstanceOf(AliasTakenError);
    expect(error).toBeInstanceOf(RequestRejectedError);
    expect(error).toMatchObject({ status: 400, outcomeUnknown: false });
  });

  test('is sent once', async () => {
    server.faults.next({ kind: 'drop-after-effect', path: '/key/generate', times: 2 });
    const before = server.requests.length;
    expect(await failureOf(client.generateLastingKey(lastingRequest()))).toMatchObject({ outcomeUnknown: true });
    expect(server.requests.length).toBe(before + 1);
  });
});

describe('renameKey', () => {
  test('changes the alias and nothing else, and the former alias is free', async () => {
    const request = newRequest({ params: { max_budget: 2 } });
    const { tokenId } = await client.generateKey(request);
    const before = server.keys.find(tokenId);
    await client.renameKey(tokenId, `${request.keyAlias}-former`);
    expect({ ...server.keys.find(tokenId), updatedAt: before?.updatedAt }).toEqual({
      ...before,
      keyAlias: `${request.keyAlias}-former`,
    } as never);
    await client.generateLastingKey(lastingRequest({ keyAlias: request.keyAlias }));
  });

  test('may happen twice', async () => {
    const { tokenId, keyAlias } = await client.generateKey(newRequest());
    server.faults.next({ kind: 'drop-after-effect', path: '/key/update' });
    await client.renameKey(tokenId, `${keyAlias}-former`);
    await client.renameKey(tokenId, `${keyAlias}-former`);
  });

  test('tells that the alias is taken', async () => {
    const { keyAlias } = await client.generateKey(newRequest());
    const { tokenId } = await client.generateKey(newRequest());
    expect(await failureOf(client.renameKey(tokenId, keyAlias))).toBeInstanceOf(AliasTakenError);
  });

  test('does not believe an answer with another alias', async () => {
    const { tokenId } = await client.generateKey(newRequest());
    server.faults.next({ kind: 'nonsense', path: '/key/update', body: { token: tokenId, key_alias: 'another' } });
    expect(await failureOf(client.renameKey(tokenId, 'mine'))).toBeInstanceOf(UnexpectedAnswerError);
  });
});

describe('clearExpiry', () => {
  test('takes the end away', async () => {
    const { tokenId } = await client.generateKey(newRequest());
    await client.clearExpiry(tokenId);
    expect(server.keys.find(tokenId)?.expires).toBeNull();
  });

  test('does not believe a LiteLLM that leaves it', async () => {
    const { tokenId } = await client.generateKey(newRequest());
    const body = { token: tokenId, expires: '2030-01-01T00:00:00.000000+00:00' };
    server.faults.next({ kind: 'nonsense', path: '/key/update', body });
    expect(await failureOf(client.clearExpiry(tokenId))).toBeInstanceOf(UnexpectedAnswerError);
  });
});

describe('findKey', () => {
  test('finds one by its whole alias', async () => {
    const { tokenId, keyAlias } = await client.generateLastingKey(lastingRequest());
    await client.generateLastingKey(lastingRequest({ keyAlias: `${keyAlias}-longer` }));
    expect(await client.findKey(keyAlias)).toBe(tokenId);
  });

  test('finds none', async () => {
    expect(await client.findKey('nobody-has-this-alias')).toBeUndefined();
  });

  test('leaves out keys that a LiteLLM with other ideas of an alias lists too, and tells of several', async () => {
    const row = (token: string, alias: string) => ({ token, key_alias: alias });
    const page = { total_count: 2, current_page: 1, total_pages: 1 };
    const answer = (body: unknown) => server.faults.next({ kind: 'nonsense', path: '/key/list', body });
    answer({ ...page, keys: [row('a', 'mine too'), row('b', 'mine')] });
    expect(await client.findKey('mine')).toBe('b');
    answer({ ...page, keys: [row('a', 'mine'), row('b', 'mine')] });
    expect((await failureOf(client.findKey('mine'))).message).toContain('2 keys with the alias');
  });
});

describe('regenerateKey', () => {
  test('gives a key another value and keeps the rest', async () => {
    await using licensed = await stopping({ licenseType: 'enterprise' });
    const own = clientOf(licensed.server);
    const { tokenId, keyAlias, expires } = await own.generateKey(newRequest({ params: { max_budget: 3 } }));
    const value = newRequest().key;
    expect(await own.regenerateKey(tokenId, value)).toEqual({ tokenId: sha256(value), expires });
    const body = { key: tokenId, new_key: value, grace_period: '0s' };
    expect(licensed.server.requests.at(-1)?.bodyHash).toBe(sha256(JSON.stringify(body)));
    expect(licensed.server.keys.find(tokenId)).toBeUndefined();
    expect(licensed.server.keys.find(sha256(value))).toMatchObject({ keyAlias, maxBudget: 3 });
    expect(await failureOf(own.regenerateKey(missing, newRequest().key))).toBeInstanceOf(KeyNotFoundError);
  });

  test('is a fault of LiteLLM without a licence', async () => {
    const { tokenId } = await client.generateKey(newRequest());
    const error = await failureOf(client.regenerateKey(tokenId, newRequest().key));
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    expect(error.message).toContain('Enterprise feature');
  });
});

describe('administrators', () => {
  test('newAdminUser makes one without a key, whose keys may what the master key may', async () => {
    const userId = `admin-${crypto.randomUUID()}`;
    expect(await client.hasUser(userId)).toBe(false);
    await client.newAdminUser(userId);
    expect(await client.hasUser(userId)).toBe(true);
    expect(await client.userInfo(userId)).toEqual({ userRole: 'proxy_admin' });
    const request = lastingRequest({ params: { user_id: userId, key_type: 'management' } });
    await client.generateLastingKey(request);

    const admin = clientOf(server, { masterKey: request.key });
    await admin.verifyAdmin();
    const own = await admin.keyDetails(undefined);
    expect(own).toMatchObject({
      tokenId: sha256(request.key),
      userId,
      params: { user_id: userId, key_type: 'management' },
    });
    const successor = lastingRequest({ params: own.params });
    await admin.generateLastingKey(successor);
    const next = clientOf(server, { masterKey: successor.key });
    await next.verifyAdmin();
    await next.blockKey(own.tokenId);
    await next.deleteKey(own.tokenId);
    expect((await failureOf(admin.keyDetails(undefined))).status).toBe(401);
    // LiteLLM keeps these two from a key of this type.
    expect(await next.edition()).toBeUndefined();
    expect(await next.hasBudget('any')).toBeUndefined();
  });

  test('newAdminUser tells that there is such a user', async () => {
    const userId = `admin-${crypto.randomUUID()}`;
    await client.newAdminUser(userId);
    const error = await failureOf(client.newAdminUser(userId));
    expect(error).toBeInstanceOf(RequestRejectedError);
    expect(error.status).toBe(409);
  });
});

async function stopping(options: Parameters<typeof startLiteLLMServer>[0]) {
  const started = await startLiteLLMServer(options);
  return { server: started, [Symbol.asyncDispose]: async () => started.stop() };
}
