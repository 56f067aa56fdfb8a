import { describe, expect, test } from 'bun:test';
import { createClientSource } from '../../../src/engine/config/client-source.ts';
import { configDefaults, type ConfigEntry } from '../../../src/engine/config/config-entry.ts';
import { createClient } from '../../../src/litellm/client.ts';

function configWith(masterKey: string): ConfigEntry {
  return { ...configDefaults, caCert: '', baseURL: 'http://litellm.test', masterKey };
}

/** Clients whose calls tell by which key they were sent, and wait to be let go. */
function newSource() {
  const sent: string[] = [];
  const answers: (() => void)[] = [];
  const source = createClientSource({
    create: (options) => ({
      ...createClient(options),
      deleteKey: async () => {
        sent.push(options.masterKey);
        const { promise, resolve } = Promise.withResolvers<void>();
        answers.push(resolve);
        await promise;
      },
    }),
  });
  const answer = (): void => {
    for (const resolve of answers.splice(0)) resolve();
  };
  return { source, sent, answer };
}

const [former, next, last] = ['sk-made-up-former', 'sk-made-up-next', 'sk-made-up-last'].map(configWith) as [
  ConfigEntry,
  ConfigEntry,
  ConfigEntry,
];

describe('a connection that is handed over', () => {
  test('sends by the next, whoever has its client or still asks for it', async () => {
    const { source, sent, answer } = newSource();
    const client = source.clientFor(former);
    await source.handOver(former, next);
    const calls = [client, source.clientFor(former), source.clientOf(former), source.clientFor(next)].map((one) =>
      one.deleteKey('a'),
    );
    answer();
    await Promise.all(calls);
    expect(new Set(sent)).toEqual(new Set([next.masterKey]));
  });

  test('goes on to the one after, too', async () => {
    const { source, sent, answer } = newSource();
    const client = source.clientFor(former);
    await source.handOver(former, next);
    await source.handOver(next, last);
    const calls = [client.deleteKey('a'), source.clientFor(former).deleteKey('a')];
    answer();
    await Promise.all(calls);
    expect(sent).toEqual([last.masterKey, last.masterKey]);
  });

  test('waits for what was sent before, and for nothing that is sent after', async () => {
    const { source, sent, answer } = newSource();
    const client = source.clientFor(former);
    const before = client.deleteKey('a');
    let over = false;
    const handed = source.handOver(former, next).then(() => void (over = true));
    const after = client.deleteKey('a');
    await Bun.sleep(0);
    expect(over).toBe(false);
    expect(sent).toEqual([former.masterKey, next.masterKey]);
    answer();
    await Promise.all([before, handed, after]);
  });

  test('takes those along that have the same key by another connection, from before a write of another field', async () => {
    const { source, sent, answer } = newSource();
    const client = source.clientFor(former);
    const before = client.deleteKey('a');
    const written = { ...former, grace: 100 };
    source.written(written);
    let over = false;
    const handed = source.handOver(written, { ...next, grace: 100 }).then(() => void (over = true));
    const after = [client, source.clientFor(former)].map((one) => one.deleteKey('a'));
    await Bun.sleep(0);
    expect(over).toBe(false);
    expect(sent).toEqual([former.masterKey, next.masterKey, next.masterKey]);
    answer();
    await Promise.all([before, handed, ...after]);
  });

  test('is held back with those that have the same key', async () => {
    const { source, sent, answer } = newSource();
    const client = source.clientFor(former);
    const written = { ...former, grace: 100 };
    source.written(written);
    const { release } = await source.holdBack(written);
    const held = client.deleteKey('a');
    await Bun.sleep(0);
    expect(sent).toEqual([]);
    release();
    await Bun.sleep(0);
    expect(sent).toHaveLength(1);
    answer();
    await held;
  });

  test('is not taken for itself where exactly it is asked for', async () => {
    const { source, sent, answer } = newSource();
    source.clientFor(former);
    await source.handOver(former, next);
    const call = source.clientExactly(former).deleteKey('a');
    answer();
    await call;
    expect(sent).toEqual([former.masterKey]);
  });

  test('means what it says once a person writes it again', async () => {
    const { source, sent, answer } = newSource();
    source.clientFor(former);
    await source.handOver(former, next);
    source.written(former);
    const call = source.clientFor(former).deleteKey('a');
    answer();
    await call;
    expect(sent).toEqual([former.masterKey]);
  });
});

describe('a connection that is held back', () => {
  test('sends nothing until it is let go, but by the client that it gives', async () => {
    const { source, sent, answer } = newSource();
    const client = source.clientFor(former);
    const { client: own, release } = await source.holdBack(former);
    const held = client.deleteKey('a');
    const sentNow = own.deleteKey('a');
    expect(sent).toHaveLength(1);
    answer();
    await sentNow;
    release();
    await Bun.sleep(0);
    expect(sent).toHaveLength(2);
    answer();
    await held;
  });

  test('sends by the next where it is handed over', async () => {
    const { source, sent, answer } = newSource();
    const client = source.clientFor(former);
    await source.holdBack(former);
    const held = client.deleteKey('a');
    await source.handOver(former, next);
    await Bun.sleep(0);
    answer();
    await held;
    expect(sent).toEqual([next.masterKey]);
  });
});
