import { describe, expect, test } from 'bun:test';
import { startEngine } from '../../harness/engine.ts';

const masterKey = 'sk-test-not-a-real-master-key';

describe('config', () => {
  test('is read without its master key, and absent before the first write', async () => {
    await using engine = await startEngine();
    expect(await engine.request('read', 'config')).toBeUndefined();
    expect(await engine.configure()).toBeUndefined();
    const response = await engine.request('read', 'config');
    expect(response).toEqual({
      data: {
        base_url: engine.litellm.url,
        ca_cert: '',
        client_cert: '',
        tls_server_name: '',
        tls_skip_verify: false,
        header_names: [],
        request_timeout: 30,
        max_in_flight: 8,
        grace: 90,
        write_ahead: false,
        disable_automated_rotation: false,
        last_vault_rotation: null,
        next_vault_rotation: null,
        master_key_kind: 'master key',
        master_key_alias: null,
        master_key_token_id: null,
        master_key_user_id: null,
        master_key_expires: null,
        master_key_max_budget: null,
        litellm_version: '1.106.2',
        litellm_edition: 'community',
        last_verified: '2030-01-01T00:00:00.000Z',
        last_good_call: '2030-01-01T00:00:00.000Z',
      },
    });
    expect(JSON.stringify(response)).not.toContain(masterKey);
  });

  test('is seal-wrapped, and nothing else is', async () => {
    await using engine = await startEngine();
    await engine.configure();
    await engine.request('update', 'roles/a');
    expect(engine.backend.specialPaths()).toEqual({
      root: ['rotate-root', 'config/rotate-root'],
      // A write-ahead entry of a rotation has a key.
      sealWrapStorage: ['config', 'wal/', 'static-roles/*'],
    });
    expect(engine.storage.peekEntry('config')?.sealWrap).toBe(true);
    expect(engine.storage.peekEntry('roles/a')?.sealWrap).toBe(false);
  });

  test('keeps a path and loses trailing slashes', async () => {
    await using engine = await startEngine({ litellm: { pathPrefix: '/llm/proxy' } });
    await engine.configure({ base_url: `${engine.litellm.url}//` });
    expect((await engine.request('read', 'config'))?.data?.['base_url']).toBe(engine.litellm.url);
    await engine.request('update', 'roles/a');
    expect((await engine.issue('a')).key).toStartWith('sk-');
  });

  test('a write changes the fields that it names and keeps the others', async () => {
    await using engine = await startEngine();
    await engine.configure();
    await engine.request('update', 'config', { data: { request_timeout: '5s' } });
    expect(engine.storage.peek('config')).toEqual({
      baseURL: engine.litellm.url,
      masterKey,
      caCert: '',
      requestTimeout: 5,
      maxInFlight: 8,
      grace: 90,
      rotation: { schedule: '', window: 0, period: 0, disabled: false },
      writeAhead: false,
      clientCert: '',
      clientKey: '',
      tlsServerName: '',
      tlsSkipVerify: false,
      headers: {},
      verified: { at: '2030-01-01T00:00:00.000Z', kind: 'master key', version: '1.106.2', edition: 'community' },
    });
  });

  test('asks whether the key is an administrator and stores nothing if it is not', async () => {
    await using engine = await startEngine();
    const refused = await engine.configure({ master_key: 'sk-test-not-a-real-key-refused' });
    expect(refused?.data?.['error']).toMatch(/nothing was stored.*refuses the master key/);
    expect(JSON.stringify(refused)).not.toContain('refused-by');
    expect(engine.storage.keys).toEqual([]);

    await engine.configure();
    await engine.request('update', 'roles/a', { data: { key_type: 'default' } });
    const { key } = await engine.issue('a');
    const ordinary = await engine.configure({ master_key: key });
    expect(ordinary?.data?.['error']).toMatch(/not an administrator's/);
    expect(JSON.stringify(ordinary)).not.toContain(key);
    expect(engine.storage.peek('config')).toMatchObject({ masterKey });
  });

  test('verify_connection=false stores without asking', async () => {
    await using engine = await startEngine();
    const data = { base_url: 'http://127.0.0.1:1', master_key: masterKey, verify_connection: false };
    expect(await engine.request('update', 'config', { data })).toBeUndefined();
    expect(engine.litellm.requests).toEqual([]);
    expect(engine.storage.peek('config')).toMatchObject({ baseURL: 'http://127.0.0.1:1' });
  });

  test('deleting it twice is no error', async () => {
    await using engine = await startEngine();
    await engine.configure();
    expect(await engine.request('delete', 'config')).toBeUndefined();
    expect(await engine.request('delete', 'config')).toBeUndefined();
    expect(await engine.request('read', 'config')).toBeUndefined();
  });

  test('a standby leaves a write to the active node before it asks LiteLLM', async () => {
    const performanceStandby = 1 << 14;
    await using engine = await startEngine({ system: { replicationState: performanceStandby } });
    await expect(engine.configure()).rejects.toThrow('cannot write to readonly storage');
    expect(engine.litellm.requests).toEqual([]);
  });

  test('concurrent writes of different fields are all kept', async () => {
    await using engine = await startEngine();
    await engine.configure();
    const write = (data: Readonly<Record<string, unknown>>) => engine.request('update', 'config', { data });
    await Promise.all([
      write({ request_timeout: 7 }),
      write({ base_url: `${engine.litellm.url}/` }),
      write({ ca_cert: '' }),
    ]);
    expect(engine.storage.peek('config')).toMatchObject({ requestTimeout: 7, baseURL: engine.litellm.url });
  });

  test('a write does not wait for the proxy of another, and neither is lost', async () => {
    await using engine = await startEngine();
    await engine.configure();
    engine.litellm.faults.next({ path: '/key/list', kind: 'hang' });
    const asked = engine.litellm.handled('/key/list');
    const slow = engine.request('update', 'config', { data: { request_timeout: 1 } });
    await asked;
    const quick = { ca_cert: '', request_timeout: 9, verify_connection: false };
    expect(await engine.request('update', 'config', { data: quick })).toBeUndefined();
    expect(engine.storage.peek('config')).toMatchObject({ requestTimeout: 9 });
    expect((await slow)?.data?.['error']).toMatch(/nothing was stored.*no answer within 1 s/);
    expect(engine.storage.peek('config')).toMatchObject({ requestTimeout: 9 });
  });

  test('a write whose caller has gone stores nothing', async () => {
    await using engine = await startEngine();
    await engine.configure();
    const before = engine.storage.peek('config');
    const data = { request_timeout: 9, verify_connection: false };
    const gone = engine.request('update', 'config', { data, signal: AbortSignal.abort() });
    await expect(gone).rejects.toThrow();
    expect(engine.storage.peek('config')).toEqual(before);
  });

  test('what was verified is what is stored, though another write came in between', async () => {
    await using engine = await startEngine();
    await engine.configure();
    engine.litellm.faults.next({ path: '/key/list', kind: 'delay', milliseconds: 50 });
    const asked = engine.litellm.handled('/key/list');
    const slow = engine.request('update', 'config', { data: { request_timeout: 7 } });
    await engine.request('update', 'config', {
      data: { master_key: 'sk-test-not-a-real-key-refused', verify_connection: false },
    });
    await asked;
    expect((await slow)?.data?.['error']).toMatch(/refuses the master key/);
    expect(engine.storage.peek('config')).toMatchObject({ requestTimeout: 30 });
  });

  const mistakes: readonly {
    readonly title: string;
    readonly data: Readonly<Record<string, unknown>>;
    readonly error: RegExp;
  }[] = [
    { title: 'no base_url', data: { master_key: masterKey }, error: /base_url is missing/ },
    { title: 'no master_key', data: { base_url: 'http://127.0.0.1:1' }, error: /master_key is missing/ },
    {
      title: 'a base_url of another scheme',
      data: { base_url: 'file:///etc', master_key: masterKey },
      error: /base_url must be/,
    },
    {
      title: 'a base_url with a query',
      data: { base_url: 'http://a/?x=1', master_key: masterKey },
      error: /base_url must end/,
    },
    {
      title: 'a base_url with credentials',
      data: { base_url: 'http://me:sk-test-not-a-real-key@a', master_key: masterKey },
      error: /base_url must not carry credentials/,
    },
    {
      title: 'a master_key read with its line break',
      data: { base_url: 'http://127.0.0.1:1', master_key: `${masterKey}\n` },
      error: /master_key has a space, a line break/,
    },
    {
      title: 'a ca_cert that only looks like one',
      data: {
        base_url: 'http://127.0.0.1:1',
        master_key: masterKey,
        ca_cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      },
      error: /ca_cert must be/,
    },
    {
      title: 'a ca_cert with a private key beside it',
      data: {
        base_url: 'http://127.0.0.1:1',
        master_key: masterKey,
        ca_cert: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
      },
      error: /ca_cert has a private key in it/,
    },
    {
      title: 'a request_timeout of nothing',
      data: { base_url: 'http://127.0.0.1:1', master_key: masterKey, request_timeout: 0 },
      error: /"request_timeout".*at least 1 second/,
    },
    {
      title: 'a request_timeout of days',
      data: { base_url: 'http://127.0.0.1:1', master_key: masterKey, request_timeout: '40d' },
      error: /"request_timeout".*at most 1 hour/,
    },
  ];
  const narrowed: readonly (readonly [field: string, value: unknown, error: RegExp])[] = [
    ['request_timeout', '', /must be a duration.*not an empty text/],
    ['request_timeout', null, /not null/],
    ['request_timeout', '1500ms', /whole seconds/],
    ['request_timeout', 1.5, /whole seconds/],
    ['grace', '500ms', /whole seconds/],
    ['grace', 0, /at least 1 second/],
    ['grace', '25h', /at most 24 hours/],
    ['grace', false, /must be a duration.*not false/],
    ['max_in_flight', '', /must be a whole number.*not an empty text/],
    ['max_in_flight', 8.9, /must be a whole number.*not 8.9/],
    ['max_in_flight', '8x', /must be a whole number/],
    ['max_in_flight', '010', /must be a whole number/],
    ['max_in_flight', true, /must be a whole number/],
    ['max_in_flight', 1, /at least 2: one call is kept free for revocations/],
    ['max_in_flight', 1025, /at most 1024/],
    ['write_ahead', '', /must be true or false, not an empty text/],
    ['write_ahead', 2, /must be true or false/],
    ['verify_connection', '', /must be true or false, not an empty text/],
    ['verify_connection', null, /must be true or false, not null/],
    ['base_url', true, /must be a text/],
    ['base_url', ['http://127.0.0.1:1'], /must be a text/],
    ['ca_cert', 1, /must be a text/],
    ['master_key', 1234567890123456, /expected a text$/],
    ['master_key', [masterKey], /expected a text$/],
    ['max_inflight', 2, /there is no field "max_inflight" \(did you mean max_in_flight\?\)/],
    ['verify', false, /there is no field "verify"/],
    ['request_timeout', masterKey, /not a text of 29 characters/],
    ['max_in_flight', masterKey, /not a text of 29 characters/],
    ['write_ahead', masterKey, /not a text of 29 characters/],
    ['base_url', masterKey, /base_url must be an http or https URL/],
    ['ca_cert', masterKey, /ca_cert must be one or more certificates/],
    [masterKey, 'x', /there is no field a name of 29 characters/],
  ];
  for (const [field, value, error] of narrowed) {
    test(`${JSON.stringify(value)?.replace(masterKey, 'a key')} in ${field.replace(masterKey, 'a key')} is told and nothing is stored`, async () => {
      await using engine = await startEngine();
      const data = { base_url: 'http://127.0.0.1:1', master_key: masterKey, verify_connection: false, [field]: value };
      const response = await engine.request('update', 'config', { data });
      expect(response?.data?.['error']).toMatch(error);
      expect(JSON.stringify(response)).not.toContain('sk-test');
      expect(engine.storage.keys).toEqual([]);
    });
  }

  test('takes whole seconds in any form, numbers and flags as text', async () => {
    await using engine = await startEngine();
    const fields = { request_timeout: '1m0.5s500ms', grace: '1.5h', max_in_flight: '16', write_ahead: 'true' };
    expect(await engine.configure(fields)).toBeUndefined();
    expect((await engine.request('read', 'config'))?.data).toMatchObject({
      request_timeout: 61,
      grace: 5400,
      max_in_flight: 16,
      write_ahead: true,
    });
  });

  test('says what the proxy forbids', async () => {
    await using engine = await startEngine();
    await engine.configure();
    const before = engine.storage.peek('config');
    engine.litellm.faults.next({ path: '/key/list', kind: 'status', status: 403 });
    const error = (await engine.request('update', 'config', { data: { grace: 100 } }))?.data?.['error'];
    expect(error).toStartWith('nothing was stored, since the connection could not be verified');
    expect(engine.storage.peek('config')).toEqual(before);
  });

  test('is told to come again by a proxy that takes no calls for the moment', async () => {
    await using engine = await startEngine();
    engine.litellm.faults.next({ path: '/key/list', kind: 'status', status: 429, retryAfter: '60' });
    await expect(engine.configure()).rejects.toMatchObject({
      code: 503,
      message: expect.stringMatching(/^nothing was stored, since the connection .*try again in 60 s/),
    });
    expect(engine.storage.keys).toEqual([]);
  });

  for (const { title, data, error } of mistakes) {
    test(`${title} is told and nothing is stored`, async () => {
      await using engine = await startEngine();
      const response = await engine.request('update', 'config', { data });
      expect(response?.data?.['error']).toMatch(error);
      expect(JSON.stringify(response)).not.toContain('sk-test');
      expect(engine.storage.keys).toEqual([]);
      expect(engine.litellm.requests).toEqual([]);
    });
  }
});
