import { describe, expect, test } from 'bun:test';
import { startEngine, type TestEngine } from '../../harness/engine.ts';

const masterKey = 'sk-test-not-a-real-master-key';
const readable = { baseURL: 'http://127.0.0.1:1', masterKey, caCert: '', requestTimeout: 30 };

const put = (engine: TestEngine, stored: unknown) =>
  engine.storage.put({ key: 'config', value: new TextEncoder().encode(JSON.stringify(stored)), sealWrap: true });

const unreadable: readonly { readonly name: string; readonly stored: unknown; readonly says: string }[] = [
  { name: 'of another form', stored: [masterKey], says: '"config" is not' },
  { name: 'without its address', stored: { ...readable, baseURL: undefined }, says: '"baseURL"' },
  { name: 'with an address of another kind', stored: { ...readable, baseURL: [readable.baseURL] }, says: '"baseURL"' },
  { name: 'with an address that is none', stored: { ...readable, baseURL: 'litellm' }, says: '"baseURL"' },
  { name: 'without its key', stored: { ...readable, masterKey: '' }, says: '"masterKey"' },
  { name: 'that lets no call be under way', stored: { ...readable, maxInFlight: 0 }, says: '"maxInFlight"' },
  { name: 'with a time in text', stored: { ...readable, requestTimeout: '30s' }, says: '"requestTimeout"' },
  { name: 'with a null', stored: { ...readable, grace: null }, says: '"grace"' },
];

for (const { name, stored, says } of unreadable) {
  describe(`a stored configuration ${name}`, () => {
    test('is told of by reads and keys alike, and shown by none', async () => {
      await using engine = await startEngine();
      await put(engine, stored);
      await engine.request('create', 'roles/a');
      for (const path of ['config', 'creds/a']) {
        const error = await engine.request('read', path).catch((reason: unknown) => reason);
        expect(error).toMatchObject({ code: 500, message: expect.stringContaining(says) });
        expect(String(error)).not.toContain(masterKey);
      }
    });

    for (const verify of [true, false]) {
      test(`is overwritten by a whole one, ${verify ? 'which is verified' : 'unverified'}`, async () => {
        await using engine = await startEngine();
        await put(engine, stored);
        expect(await engine.configure({ grace: 100, verify_connection: verify })).toBeUndefined();
        expect(engine.litellm.requests.length > 0).toBe(verify);
        expect((await engine.request('read', 'config'))?.data).toMatchObject({
          base_url: engine.litellm.url,
          ca_cert: '',
          request_timeout: 30,
          max_in_flight: 8,
          grace: 100,
          write_ahead: false,
        });
      });

      for (const left of ['base_url', 'master_key']) {
        test(`stays as it is after a write without ${left}${verify ? '' : ', unverified'}`, async () => {
          await using engine = await startEngine();
          await put(engine, stored);
          const before = engine.storage.peek('config');
          const all = { base_url: engine.litellm.url, master_key: masterKey, verify_connection: verify };
          const data = Object.fromEntries(Object.entries(all).filter(([field]) => field !== left));
          const error = (await engine.request('update', 'config', { data }))?.data?.['error'];
          expect(error).toContain(says);
          expect(error).toContain(`Nothing was stored: ${left} is missing`);
          expect(error).not.toContain(masterKey);
          expect(engine.storage.peek('config')).toEqual(before);
        });
      }
    }

    test('is deleted, and written anew', async () => {
      await using engine = await startEngine();
      await put(engine, stored);
      await engine.request('delete', 'config');
      expect(await engine.configure()).toBeUndefined();
    });
  });
}

test('what a newer version added survives a write, and is in no answer', async () => {
  await using engine = await startEngine();
  await put(engine, { ...readable, region: 'eu' });
  expect(await engine.configure({ grace: 100 })).toBeUndefined();
  expect(engine.storage.peek('config')).toMatchObject({ region: 'eu', grace: 100, baseURL: engine.litellm.url });
  expect((await engine.request('read', 'config'))?.data).not.toHaveProperty('region');
});

test('what a newer version lets a write ask for is read', async () => {
  await using engine = await startEngine();
  await put(engine, { ...readable, requestTimeout: 7200, maxInFlight: 5000, grace: 200_000 });
  expect((await engine.request('read', 'config'))?.data).toMatchObject({ request_timeout: 7200, max_in_flight: 5000 });
});

test('what an older version did not write has its default', async () => {
  await using engine = await startEngine();
  const { requestTimeout, ...older } = readable;
  await put(engine, older);
  expect((await engine.request('read', 'config'))?.data).toMatchObject({
    request_timeout: requestTimeout,
    max_in_flight: 8,
    grace: 90,
    write_ahead: false,
  });
});
