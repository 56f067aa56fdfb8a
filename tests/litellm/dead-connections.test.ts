import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { CallSlots } from '../../src/litellm/call-slots.ts';
import { type Client, createClient } from '../../src/litellm/client.ts';
import { ConnectionError } from '../../src/litellm/error.ts';
import { startLiteLLMServer, type LiteLLMServer } from '../harness/litellm-server.ts';
import { startTCPProxy, type TCPProxy } from '../harness/tcp-proxy.ts';
import { failureOf, newRequest } from './test-client.ts';

// A kept connection dies between two calls: the proxy closes it just as the next call comes, or something between
// forgets it without a word.

let server: LiteLLMServer;
let proxy: TCPProxy;
let client: Client;
beforeEach(async () => {
  server = await startLiteLLMServer();
  proxy = await startTCPProxy(server.url);
  client = createClient({ baseURL: proxy.url, masterKey: server.masterKey, requestTimeout: 20 });
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  await server.stop();
});

const repeatable: readonly { readonly name: string; readonly call: (tokenId: string) => Promise<unknown> }[] = [
  { name: 'updateKey', call: async (tokenId) => client.updateKey(tokenId, { duration: 60 }) },
  { name: 'blockKey', call: async (tokenId) => client.blockKey(tokenId) },
  { name: 'deleteKey', call: async (tokenId) => client.deleteKey(tokenId) },
  { name: 'keyInfo', call: async (tokenId) => client.keyInfo(tokenId) },
  { name: 'listKeys', call: async () => client.listKeys({ page: 1, size: 10 }) },
  { name: 'verifyAdmin', call: async () => client.verifyAdmin() },
];

describe('a kept connection', () => {
  for (const how of ['reset', 'silent'] as const) {
    for (const { name, call } of repeatable) {
      test(`that is ${how} costs ${name} nothing but a second sending`, async () => {
        const { tokenId } = await client.generateKey(newRequest());
        const [heard, connections] = [server.requests.length, proxy.connections];
        proxy.kill(how);
        await call(tokenId);
        // What went out on the dead connection was never heard; verifying is two calls.
        expect(server.requests.length).toBe(heard + (name === 'verifyAdmin' ? 2 : 1));
        expect(proxy.connections).toBeGreaterThan(connections);
      }, 10_000);
    }
  }

  test('that is reset under /key/generate is the caller’s to know: it goes out once', async () => {
    await client.generateKey(newRequest());
    proxy.kill('reset');
    const error = await failureOf(client.generateKey(newRequest()));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.outcomeUnknown).toBe(true);
    expect(server.requests.length).toBe(1);
  });

  for (const how of ['reset', 'silent'] as const) {
    test(`that is ${how} does not bear on /key/generate on a fresh one`, async () => {
      await client.generateKey(newRequest());
      proxy.kill(how);
      await client.generateKey(newRequest(), undefined, { fresh: true });
      expect(server.keys.all().length).toBe(2);
    });
  }

  test('of several that are silent: each call is hedged, one after the other', async () => {
    const made = await Promise.all(Array.from({ length: 4 }, async () => client.generateKey(newRequest())));
    proxy.kill('silent');
    await Promise.all(made.map(async ({ tokenId }) => client.blockKey(tokenId)));
    expect(server.keys.all().every(({ blocked }) => blocked)).toBe(true);
  }, 10_000);
});

describe('a mount whose turns are all taken by silent connections', () => {
  let slots: CallSlots;
  let bound: Client;
  beforeEach(() => {
    slots = new CallSlots(2);
    bound = createClient({ baseURL: proxy.url, masterKey: server.masterKey, requestTimeout: 20, slots });
  });

  test('sends a call again all the same, and counts it not', async () => {
    const { tokenId } = await bound.generateKey(newRequest());
    proxy.kill('silent');
    await bound.updateKey(tokenId, { duration: 60 });
    expect(slots.inFlight).toBe(0);
  }, 10_000);

  test('makes a key out of turn, and gives no turn back for it', async () => {
    await bound.generateKey(newRequest());
    slots.tryTake('ordinary');
    await bound.generateKey(newRequest(), undefined, { fresh: true, extra: true });
    expect(slots.inFlight).toBe(1);
  });

  test('tells when a request goes out, which is after the wait for its turn', async () => {
    slots.tryTake('ordinary');
    let sent = false;
    const made = bound.generateKey(newRequest(), undefined, { onSent: () => void (sent = true) });
    await Bun.sleep(5);
    expect(sent).toBe(false);
    slots.release('ordinary');
    await made;
    expect(sent).toBe(true);
  });
});

test('a call that is answered late is not sent twice by a client that knows LiteLLM to be slow', async () => {
  const { tokenId } = await client.generateKey(newRequest());
  server.faults.next({ kind: 'delay', path: '/key/info', milliseconds: 2000, times: Number.POSITIVE_INFINITY });
  await client.keyInfo(tokenId);
  const heard = server.requests.length;
  await client.keyInfo(tokenId);
  expect(server.requests.length).toBe(heard + 1);
}, 10_000);
