import { describe, expect, test } from 'bun:test';
import { startLiteLLMServer } from '../harness/litellm-server.ts';
import { clientOf } from './test-client.ts';

describe('about', () => {
  test('tells what LiteLLM is, and that the key is its master key', async () => {
    const server = await startLiteLLMServer();
    try {
      expect(await clientOf(server).about()).toEqual({
        key: { kind: 'master key' },
        version: '1.106.2',
        edition: 'community',
      });
    } finally {
      await server.stop();
    }
  });

  test('tells of a virtual key whose it is and when it ends', async () => {
    const server = await startLiteLLMServer({ adminUserIds: ['admin'], licenseType: 'enterprise' });
    try {
      const answer = await fetch(`${server.url}/key/generate`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.masterKey}` },
        body: JSON.stringify({ user_id: 'admin', key_alias: 'robot', max_budget: 5, duration: '1h' }),
      });
      const made = (await answer.json()) as { readonly key: string; readonly expires: string };
      const { key, edition } = await clientOf({ url: server.url, masterKey: made.key }).about();
      const expires = new Date(made.expires);
      expect(key).toEqual({ kind: 'virtual key', alias: 'robot', userId: 'admin', maxBudget: 5, expires });
      expect(edition).toBe('enterprise');
    } finally {
      await server.stop();
    }
  });

  test('asks an older version where that tells its own', async () => {
    const server = await startLiteLLMServer();
    try {
      const none = { status: 404, body: '{"detail":"Not Found"}' } as const;
      server.faults.next({ path: '/public/model_hub/info', kind: 'status', ...none });
      server.faults.next({ path: '/health/license', kind: 'status', ...none });
      const body = JSON.stringify({ status: 'connected', litellm_version: '1.74.0' });
      server.faults.next({ path: '/health/readiness', kind: 'nonsense', body });
      expect(await clientOf(server).about()).toEqual({ key: { kind: 'master key' }, version: '1.74.0' });
    } finally {
      await server.stop();
    }
  });

  test('leaves out what goes wrong', async () => {
    const server = await startLiteLLMServer();
    try {
      for (const path of ['/public/model_hub/info', '/health/readiness']) {
        server.faults.next({ path, kind: 'html', status: 404 });
      }
      server.faults.next({ path: '/health/license', kind: 'nonsense' });
      server.faults.next({ path: '/key/info', kind: 'status', status: 500 });
      expect(await clientOf(server).about()).toEqual({});
    } finally {
      await server.stop();
    }
  });
});
