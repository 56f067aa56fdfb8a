import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { inspect } from 'node:util';
import { createClient } from '../../src/litellm/client.ts';
import { sha256 } from '../../src/litellm/sha256.ts';
import type { Fault } from '../harness/litellm/faults.ts';
import { startLiteLLMServer, type LiteLLMServer } from '../harness/litellm-server.ts';
import { clientOf, failureOf, newRequest } from './test-client.ts';

// Without sk-, so that nothing but its value can give it away.
const masterKey = 'master-of-a-test-not-a-real-key';

let server: LiteLLMServer;
beforeAll(async () => {
  server = await startLiteLLMServer({ masterKey });
});
afterAll(async () => server.stop());

/** Everything that an error can be made to show, all the way down. */
function everythingOf(error: unknown): string {
  const shown = [inspect(error, { depth: null, showHidden: true, getters: true }), Bun.inspect(error, { depth: 50 })];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const own = Object.fromEntries(Reflect.ownKeys(at).map((key) => [String(key), Reflect.get(at as object, key)]));
    shown.push(String(at), at.stack ?? '', JSON.stringify(at), inspect(own, { depth: null, showHidden: true }));
  }
  return shown.join('\n');
}

/** Servers that repeat what they were told, in every shape and place. */
function talkative(key: string): readonly Fault[] {
  const said = `key ${key}, master ${masterKey}, hash ${sha256(masterKey)}`;
  const error = { message: said, type: said, param: said, code: '400' };
  return [
    ...[400, 401, 403, 404, 422, 500].flatMap((status): Fault[] => [
      { kind: 'status', status, body: { error } },
      { kind: 'status', status, body: { detail: said } },
      { kind: 'status', status, body: { detail: { error: said } } },
      { kind: 'status', status, body: { detail: [{ loc: ['body', said], msg: said }] } },
    ]),
    { kind: 'status', status: 404, body: { error: { message: said, type: 'not_found_error' } } },
    { kind: 'html', body: `<h1>${said}</h1>` },
    { kind: 'html', status: 200, body: said },
    { kind: 'html', contentType: `text/html; charset=${key}` },
    { kind: 'nonsense', body: { key: said, token: said, expires: said, models: said } },
    { kind: 'nonsense', body: `{"key": "${key}" "master": ${masterKey}}` },
    { kind: 'redirect', location: `http://${masterKey}@127.0.0.1/${key}/${masterKey}?key=${key}` },
    { kind: 'half-body' },
    { kind: 'slow-body' },
    { kind: 'hang' },
    { kind: 'drop-before' },
  ];
}

describe('no error shows a key', () => {
  for (const [index, { kind, status = '' }] of talkative('').entries()) {
    test(`${index}: ${kind} ${status}`, async () => {
      // With characters at which the look of a key ends, so that it must be known to be found.
      const request = newRequest({ key: `sk-test,not(a)real-key-${crypto.randomUUID()}` });
      const fault = talkative(request.key)[index];
      if (fault === undefined) throw new Error('there is no such case');
      server.faults.next({ ...fault, path: '/key/generate' });
      const error = await failureOf(clientOf(server, { requestTimeout: 0.3 }).generateKey(request));
      const shown = everythingOf(error);
      const secrets = [masterKey, request.key, sha256(masterKey), request.key.slice('sk-test,not(a)'.length)];
      for (const secret of secrets) expect(shown).not.toContain(secret);
      expect(error.message).not.toMatch(/[\r\n]/);
      expect(error.message.length).toBeLessThan(700);
    });
  }

  const address = { url: 'http://127.0.0.1:1', masterKey };
  for (const { name, call } of [
    { name: 'nothing listens', call: async (url: string) => clientOf({ ...address, url }).generateKey(newRequest()) },
    {
      name: 'the caller is gone',
      call: async () => clientOf(server).generateKey(newRequest(), AbortSignal.abort()),
    },
    {
      name: 'the master key is wrong',
      call: async () => clientOf(server, { masterKey: 'wrong-of-a-test' }).verifyAdmin(),
    },
  ]) {
    test(name, async () => {
      const shown = everythingOf(await failureOf(call(address.url)));
      expect(shown).not.toContain(masterKey);
      expect(shown).not.toContain('wrong-of-a-test');
      expect(shown).not.toContain('sk-test-not-a-real-key');
    });
  }

  test('nor does the client itself', () => {
    const client = createClient({ baseURL: server.url, masterKey, requestTimeout: 10 });
    expect(inspect(client, { depth: null, showHidden: true })).not.toContain(masterKey);
    expect(JSON.stringify(client)).not.toContain(masterKey);
  });
});
