import { describe, expect, test } from 'bun:test';
import { startEngine, type TestEngine } from '../../harness/engine.ts';

const masterKey = 'sk-test-not-a-real-master-key';
const elsewhere = 'http://127.0.0.1:1';

const patch = (engine: TestEngine, data: Readonly<Record<string, unknown>>) =>
  engine.request('patch', 'config', { data });
const stored = (engine: TestEngine) => engine.storage.peek('config');

async function configured(fields: Readonly<Record<string, unknown>> = {}): Promise<TestEngine> {
  const engine = await startEngine();
  await engine.configure(fields);
  return engine;
}

describe('a patch of config', () => {
  test('changes what it names, gives what is null its default, and keeps the others', async () => {
    await using engine = await configured({ grace: 100, request_timeout: 5, write_ahead: true });
    expect(await patch(engine, { grace: '2m', request_timeout: null })).toBeUndefined();
    expect(stored(engine)).toMatchObject({ grace: 120, requestTimeout: 30, writeAhead: true, masterKey });
    expect(stored(engine)).toMatchObject({ verified: { kind: 'master key' } });
  });

  test('merges headers name by name', async () => {
    await using engine = await configured({ headers: { 'X-A': 'a', 'X-B': 'b' } });
    await patch(engine, { headers: { 'X-A': null, 'X-C': 'c' } });
    expect(stored(engine)).toMatchObject({ headers: { 'X-B': 'b', 'X-C': 'c' } });
    await patch(engine, { headers: null });
    expect(stored(engine)).toMatchObject({ headers: {} });
  });

  test('asks LiteLLM before it stores, unless told otherwise', async () => {
    await using engine = await configured();
    const refused = await patch(engine, { master_key: 'sk-test-not-a-real-key-refused' });
    expect(refused?.data?.['error']).toMatch(/nothing was stored.*refuses the master key/);
    expect(stored(engine)).toMatchObject({ masterKey });
    await patch(engine, { master_key: 'sk-test-not-a-real-key-refused', verify_connection: false });
    expect(stored(engine)).not.toHaveProperty('verified');
  });

  test('of base_url takes the master key and every stored header along', async () => {
    await using engine = await configured({ headers: { 'X-A': 'a', 'X-B': 'b' } });
    const moved = { base_url: elsewhere, verify_connection: false };
    const refusals: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
      [moved, /write master_key again/],
      [{ ...moved, master_key: masterKey }, /stored headers would be sent there/],
      [{ ...moved, master_key: masterKey, headers: { 'X-A': 'other' } }, /stored headers would be sent there/],
    ];
    for (const [data, says] of refusals) expect((await patch(engine, data))?.data?.['error']).toMatch(says);
    expect(stored(engine)).toMatchObject({ baseURL: engine.litellm.url });
    await patch(engine, { ...moved, master_key: masterKey, headers: { 'X-A': 'other', 'X-B': null } });
    expect(stored(engine)).toMatchObject({ baseURL: elsewhere, headers: { 'X-A': 'other' } });
  });

  test('that takes away what is needed is a mistake', async () => {
    await using engine = await configured();
    const before = stored(engine);
    for (const [field, says] of [
      ['base_url', /base_url is missing/],
      ['master_key', /master_key is missing/],
    ] as const) {
      expect((await patch(engine, { [field]: null }))?.data?.['error']).toMatch(says);
    }
    expect((await patch(engine, { grase: 5 }))?.data?.['error']).toMatch(/did you mean grace/);
    expect(stored(engine)).toEqual(before);
  });

  test('of none is a 404, and of one that cannot be read a 500', async () => {
    await using engine = await startEngine();
    await expect(patch(engine, { grace: 5 })).rejects.toMatchObject({ code: 404 });
    const value = new TextEncoder().encode(JSON.stringify({ baseURL: elsewhere }));
    await engine.storage.put({ key: 'config', value, sealWrap: true });
    await expect(patch(engine, { base_url: elsewhere, master_key: masterKey })).rejects.toMatchObject({ code: 500 });
    expect(stored(engine)).toEqual({ baseURL: elsewhere });
  });
});
