import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Client } from '../../src/litellm/client.ts';
import {
  KeyNotFoundError,
  MasterKeyRefusedError,
  NotAdminError,
  RequestRejectedError,
} from '../../src/litellm/error.ts';
import { sha256 } from '../../src/litellm/sha256.ts';
import { startLiteLLMServer, type LiteLLMServer } from '../harness/litellm-server.ts';
import { clientOf, failureOf, newRequest } from './test-client.ts';

let server: LiteLLMServer;
let client: Client;
beforeAll(async () => {
  server = await startLiteLLMServer({ now: () => new Date('2026-11-23T12:00:00Z') });
  client = clientOf(server);
});
afterAll(async () => server.stop());

describe('generateKey', () => {
  test('makes the key and tells what it may', async () => {
    const request = newRequest({ params: { max_budget: 1.5 } });
    expect(await client.generateKey(request)).toEqual({
      tokenId: sha256(request.key),
      keyAlias: request.keyAlias,
      models: ['gpt-4o'],
      maxBudget: 1.5,
      expires: new Date('2026-11-23T13:00:00Z'),
      lifetime: 3600,
      told: expect.not.objectContaining({ key: expect.anything() }),
    });
  });

  test('gives the very list of models that was sent, where the answer repeats it', async () => {
    const models = ['gpt-4o', 'gpt-4o-mini'];
    const made = await client.generateKey(newRequest({ params: { models } }));
    expect(made.models).toBe(models);
    expect(made.told).toMatchObject({ models });
  });

  test('sends everything that it was given', async () => {
    const request = newRequest({
      params: { max_budget: 0.25, models: ['a', 'b-*'] },
      metadata: { vault_mount: 'x/' },
    });
    const { tokenId } = await client.generateKey(request);
    expect(server.keys.find(tokenId)).toMatchObject({
      keyAlias: request.keyAlias,
      models: ['a', 'b-*'],
      maxBudget: 0.25,
      metadata: { vault_mount: 'x/' },
      keyType: 'llm_api',
      expires: new Date('2026-11-23T13:00:00Z'),
    });
  });

  test('without a budget asks for no limit', async () => {
    const made = await client.generateKey(newRequest());
    expect(made).not.toHaveProperty('maxBudget');
    expect(server.keys.find(made.tokenId)?.maxBudget).toBeNull();
  });

  test('tells the effective limits where the proxy sets others', async () => {
    const strict = await startLiteLLMServer({ defaults: { models: ['gpt-4o-mini'] }, upperbound: { maxBudget: 5 } });
    try {
      const made = await clientOf(strict).generateKey(newRequest({ params: { models: [] } }));
      expect(made).toMatchObject({ models: ['gpt-4o-mini'], maxBudget: 5 });
    } finally {
      await strict.stop();
    }
  });

  for (const maxBudget of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
    test(`never sends the budget ${maxBudget}, which would become no limit`, async () => {
      const before = server.requests.length;
      await expect(client.generateKey(newRequest({ params: { max_budget: maxBudget } }))).rejects.toThrow(RangeError);
      expect(server.requests.length).toBe(before);
    });
  }

  for (const duration of [0, -1, 1.5, Number.NaN, 1e21]) {
    test(`never sends the duration ${duration}`, async () => {
      await expect(client.generateKey(newRequest({ duration }))).rejects.toThrow(RangeError);
    });
  }
});

describe('a key that is there', () => {
  test('updateKey moves its end, counted from now, and changes nothing else', async () => {
    const { tokenId } = await client.generateKey(newRequest({ params: { max_budget: 2 } }));
    expect(await client.updateKey(tokenId, { duration: 7200 })).toEqual({
      expires: new Date('2026-11-23T14:00:00Z'),
      lifetime: 7200,
    });
    expect(server.keys.find(tokenId)).toMatchObject({
      models: ['gpt-4o'],
      maxBudget: 2,
      metadata: { vault_role: 'test' },
      expires: new Date('2026-11-23T14:00:00Z'),
    });
  });

  test('blockKey blocks it', async () => {
    const { tokenId } = await client.generateKey(newRequest());
    await client.blockKey(tokenId);
    expect(server.keys.find(tokenId)?.blocked).toBe(true);
  });

  test('deleteKey deletes it', async () => {
    const { tokenId } = await client.generateKey(newRequest());
    await client.deleteKey(tokenId);
    expect(server.keys.find(tokenId)).toBeUndefined();
    expect(await client.keyInfo(tokenId)).toMatchObject({ status: 'deleted' });
  });

  test('keyInfo tells of it', async () => {
    const request = newRequest({ params: { max_budget: 2 } });
    const { tokenId } = await client.generateKey(request);
    expect(await client.keyInfo(tokenId)).toEqual({
      status: 'active',
      alias: request.keyAlias,
      models: ['gpt-4o'],
      maxBudget: 2,
      expires: new Date('2026-11-23T13:00:00Z'),
      blocked: false,
      metadata: { vault_role: 'test' },
      spend: 0,
    });
  });

  test('listKeys finds it by its alias', async () => {
    const request = newRequest();
    const { tokenId } = await client.generateKey(request);
    const now = new Date('2026-11-23T12:00:00Z');
    expect(await client.listKeys({ page: 1, size: 10, keyAlias: request.keyAlias })).toEqual({
      keys: [
        {
          tokenId,
          alias: request.keyAlias,
          metadata: { vault_role: 'test' },
          expires: new Date('2026-11-23T13:00:00Z'),
          createdAt: now,
          updatedAt: now,
          spend: 0,
          blocked: false,
          models: ['gpt-4o'],
          limits: {},
        },
      ],
      totalCount: 1,
      currentPage: 1,
      totalPages: 1,
    });
  });
});

describe('a key that is not there', () => {
  const missing = sha256('sk-test-not-a-real-key-missing');
  const calls: readonly { readonly name: string; readonly call: () => Promise<unknown> }[] = [
    { name: 'updateKey', call: async () => client.updateKey(missing, { duration: 60 }) },
    { name: 'blockKey', call: async () => client.blockKey(missing) },
    { name: 'deleteKey', call: async () => client.deleteKey(missing) },
    { name: 'keyInfo', call: async () => client.keyInfo(missing) },
  ];
  for (const { name, call } of calls) {
    test(`is what ${name} says`, async () => {
      const error = await failureOf(call());
      expect(error).toBeInstanceOf(KeyNotFoundError);
      expect(error).toMatchObject({ status: 404, outcomeUnknown: false });
    });
  }
});

describe('verifyAdmin', () => {
  test('accepts the master key', async () => {
    const before = server.keys.all().length;
    await client.verifyAdmin();
    expect(server.requests.slice(-2).map(({ path }) => path)).toEqual(['/key/list', '/key/generate']);
    expect(server.keys.all().length).toBe(before);
  });

  test('refuses an administrator who may only look', async () => {
    const viewed = await startLiteLLMServer({ viewerUserIds: ['viewer-of-a-test'] });
    try {
      const key = 'sk-test-not-a-real-key-viewer';
      await fetch(`${viewed.url}/key/generate`, {
        method: 'POST',
        headers: { authorization: `Bearer ${viewed.masterKey}` },
        body: JSON.stringify({ key, user_id: 'viewer-of-a-test' }),
      });
      const error = await failureOf(clientOf(viewed, { masterKey: key }).verifyAdmin());
      expect(error).toBeInstanceOf(NotAdminError);
      expect(error.message).toContain('role= proxy_admin_viewer');
    } finally {
      await viewed.stop();
    }
  });

  test('tells that the proxy lets nobody choose a key', async () => {
    const strict = await startLiteLLMServer({ disableCustomAPIKeys: true });
    try {
      const error = await failureOf(clientOf(strict).verifyAdmin());
      expect(error).toBeInstanceOf(RequestRejectedError);
      expect(error.message).toContain('set disable_custom_api_keys to false');
    } finally {
      await strict.stop();
    }
  });

  test('deletes the key again that a LiteLLM which takes any value makes of the question', async () => {
    const old = await startLiteLLMServer();
    try {
      old.faults.next({ kind: 'nonsense', path: '/key/generate', body: { key: 'as in 1.74' } });
      old.faults.next({ kind: 'nonsense', path: '/key/delete', body: { deleted_keys: ['one'] } });
      await clientOf(old).verifyAdmin();
      expect(old.requests.map(({ path }) => path)).toEqual(['/key/list', '/key/generate', '/key/delete']);
      // LiteLLM hashes only what begins with sk-, and keeps no key but by its hash.
      const body = { keys: [sha256('vault-plugin-secrets-litellm-verification')] };
      expect(old.requests.at(-1)?.bodyHash).toBe(sha256(JSON.stringify(body)));
    } finally {
      await old.stop();
    }
  });

  for (const keyType of ['llm_api', 'default', 'management']) {
    test(`refuses a key of the type ${keyType}`, async () => {
      const request = newRequest({ params: { key_type: keyType } });
      const now = await startLiteLLMServer();
      try {
        await clientOf(now).generateKey(request);
        const error = await failureOf(clientOf(now, { masterKey: request.key }).verifyAdmin());
        expect(error).toBeInstanceOf(NotAdminError);
        expect(error).toMatchObject({ status: 403, outcomeUnknown: false });
        expect(error.message).toContain('set master_key to');
      } finally {
        await now.stop();
      }
    });
  }

  for (const masterKey of ['sk-test-not-a-real-key-wrong', 'test-not-a-real-key-wrong']) {
    test(`refuses ${masterKey}`, async () => {
      const error = await failureOf(clientOf(server, { masterKey }).verifyAdmin());
      expect(error).toBeInstanceOf(MasterKeyRefusedError);
      expect(error).toMatchObject({ status: 401, outcomeUnknown: false });
    });
  }
});

describe('the base URL', () => {
  test('keeps its path', async () => {
    const prefixed = await startLiteLLMServer({ pathPrefix: '/llm/proxy' });
    try {
      await clientOf(prefixed).verifyAdmin();
      expect(prefixed.requests.map(({ path }) => path)).toEqual(['/key/list', '/key/generate']);
    } finally {
      await prefixed.stop();
    }
  });
});
