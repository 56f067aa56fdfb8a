import { describe, expect, test } from 'bun:test';
import { CallSlots } from '../../src/litellm/call-slots.ts';
import { createClient } from '../../src/litellm/client.ts';
import {
  DatabaseUnavailableError,
  NoTurnError,
  RateLimitedError,
  RequestAbortedError,
  RequestTimeoutError,
} from '../../src/litellm/error.ts';
import { clientOf, failureOf, newRequest, sharedServer } from './test-client.ts';

const server = await sharedServer();

const soon = { random: () => 0 };
const databaseAway = { error: { message: "Can't reach database server at `db:5432`", type: 'auth_error' } };

describe('a LiteLLM that refuses for the moment', () => {
  for (const { name, fault } of [
    { name: '429', fault: { kind: 'status', status: 429 } as const },
    { name: '400 about its database', fault: { kind: 'status', status: 400, body: databaseAway } as const },
    { name: '503 of a gateway', fault: { kind: 'html', status: 503 } as const },
  ]) {
    test(`with ${name} is asked again`, async () => {
      const { tokenId } = await clientOf(server).generateKey(newRequest());
      server.faults.next({ ...fault, path: '/key/block' });
      await clientOf(server, soon).blockKey(tokenId);
      expect(server.keys.find(tokenId)?.blocked).toBe(true);
    });
  }

  test('is not asked again for a new key', async () => {
    server.faults.next({ kind: 'status', status: 429, path: '/key/generate', retryAfter: '7' });
    const before = server.requests.length;
    const error = await failureOf(clientOf(server, soon).generateKey(newRequest()));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfter: 7, outcomeUnknown: false });
    expect(error.message).toContain('try again in 7 s');
    expect(server.requests.length).toBe(before + 1);
  });

  test('for longer than the call has is the answer', async () => {
    const { tokenId } = await clientOf(server).generateKey(newRequest());
    server.faults.next({ kind: 'status', status: 429, path: '/key/block', retryAfter: '60' });
    const error = await failureOf(clientOf(server).blockKey(tokenId));
    expect(error).toBeInstanceOf(RateLimitedError);
  });

  test('again and again is the answer', async () => {
    const { tokenId } = await clientOf(server).generateKey(newRequest());
    server.faults.next({ kind: 'status', status: 500, body: databaseAway, path: '/key/update', times: 9 });
    const error = await failureOf(clientOf(server, soon).updateKey(tokenId, { duration: 60 }));
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error.outcomeUnknown).toBe(true);
  });

  test('is not waited for by a caller who goes', async () => {
    const { tokenId } = await clientOf(server).generateKey(newRequest());
    server.faults.next({ kind: 'status', status: 429, path: '/key/block', retryAfter: '5' });
    const caller = new AbortController();
    const handled = server.handled('/key/block');
    const failure = failureOf(clientOf(server).blockKey(tokenId, caller.signal));
    await handled;
    caller.abort();
    expect(await failure).toBeInstanceOf(RequestAbortedError);
  });
});

describe('a mount that has as many calls under way as it may', () => {
  const boundClient = (requestTimeout: number) => {
    const slots = new CallSlots(2);
    return {
      slots,
      client: createClient({ baseURL: server.url, masterKey: server.masterKey, requestTimeout, slots }),
    };
  };

  test('sends nothing more, and tells so when the time is up', async () => {
    const { client, slots } = boundClient(0.3);
    slots.tryTake('ordinary');
    const before = server.requests.length;
    const error = await failureOf(client.generateKey(newRequest()));
    expect(error).toBeInstanceOf(NoTurnError);
    expect(error.outcomeUnknown).toBe(false);
    expect(error.message).toContain('max_in_flight');
    expect(server.requests.length).toBe(before);
  });

  test('ends keys all the same', async () => {
    const { client, slots } = boundClient(5);
    const { tokenId } = await client.generateKey(newRequest());
    slots.tryTake('ordinary');
    await client.blockKey(tokenId);
    await client.keyInfo(tokenId);
    await client.deleteKey(tokenId);
    expect(server.keys.find(tokenId)).toBeUndefined();
    expect(slots.inFlight).toBe(1);
  });

  test('forgets a caller who goes while waiting', async () => {
    const { client, slots } = boundClient(5);
    slots.tryTake('ordinary');
    const caller = new AbortController();
    const failure = failureOf(client.generateKey(newRequest(), caller.signal));
    caller.abort();
    const error = await failure;
    expect(error).toBeInstanceOf(RequestAbortedError);
    expect(error.outcomeUnknown).toBe(false);
    slots.release('ordinary');
    expect(slots.inFlight).toBe(0);
  });

  test('heeds a caller who goes just as the turn is there', async () => {
    const { client, slots } = boundClient(5);
    slots.tryTake('ordinary');
    const before = server.requests.length;
    const caller = new AbortController();
    const failure = failureOf(client.listKeys({ page: 1, size: 1 }, caller.signal));
    await Bun.sleep(0);
    slots.release('ordinary');
    caller.abort();
    expect(await failure).toMatchObject({ name: 'RequestAbortedError', outcomeUnknown: false });
    expect([slots.inFlight, server.requests.length]).toEqual([0, before]);
  });

  test('lets others go while it waits to ask again, and waits for a turn then', async () => {
    const { client, slots } = boundClient(5);
    const { tokenId } = await client.generateKey(newRequest());
    server.faults.next({ kind: 'status', status: 429, path: '/key/update', retryAfter: '2' });
    const before = server.requests.length;
    const handled = server.handled('/key/update');
    const updated = client.updateKey(tokenId, { duration: 60 });
    await handled;
    while (slots.inFlight > 0) await Bun.sleep(1);
    slots.tryTake('ordinary');
    const others = client.generateKey(newRequest());
    slots.release('ordinary');
    await others;
    await updated;
    const paths = server.requests.slice(before).map(({ path }) => path);
    expect(paths).toEqual(['/key/update', '/key/generate', '/key/update']);
    expect(slots.inFlight).toBe(0);
  });

  test('ends with what LiteLLM said where no turn comes again', async () => {
    const { client, slots } = boundClient(1);
    const { tokenId } = await client.generateKey(newRequest());
    server.faults.next({ kind: 'status', status: 503, path: '/key/update', body: {} });
    const failure = failureOf(client.updateKey(tokenId, { duration: 60 }));
    while (slots.inFlight > 0) await Bun.sleep(1);
    slots.tryTake('ordinary');
    expect(['RequestTimeoutError', 'UnexpectedAnswerError']).toContain((await failure).name);
    expect(slots.inFlight).toBe(1);
  });

  test('has its slots back whatever became of the calls', async () => {
    const { client, slots } = boundClient(0.2);
    server.faults.next({ kind: 'hang', path: '/key/generate' });
    expect(await failureOf(client.generateKey(newRequest()))).toBeInstanceOf(RequestTimeoutError);
    server.faults.next({ kind: 'drop-before', path: '/key/block', times: 9 });
    await failureOf(client.blockKey('7'.repeat(64)));
    await failureOf(client.generateKey(newRequest(), AbortSignal.abort()));
    expect(client.generateKey(newRequest({ params: { max_budget: -1 } }))).rejects.toThrow(RangeError);
    expect(slots.inFlight).toBe(0);
  });
});
