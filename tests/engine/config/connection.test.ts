import { describe, expect, test } from 'bun:test';
import { createCertificateAuthority } from '../../harness/certificate-authority.ts';
import { startEngine, type TestEngine } from '../../harness/engine.ts';

const masterKey = 'sk-test-not-a-real-master-key';
const authority = createCertificateAuthority();
const stranger = createCertificateAuthority('Certificate authority of somebody else');
const client = authority.issue(['client.test']);
const renewed = stranger.issue(['client.test']);
const gatewaySecret = 'test-not-a-real-gateway-secret';
const elsewhere = 'http://127.0.0.1:1';

const write = (engine: TestEngine, data: Readonly<Record<string, unknown>>) =>
  engine.request('update', 'config', { data });
const read = async (engine: TestEngine) => (await engine.request('read', 'config'))?.data ?? {};
const secure = (clientCA?: string) => ({
  tls: { ...authority.issue(['127.0.0.1']), ...(clientCA === undefined ? {} : { clientCA }) },
});

describe('a client certificate', () => {
  test('opens a server that wants one, is read back, and its key is not', async () => {
    await using engine = await startEngine({ litellm: secure(authority.cert) });
    const refused = await engine.configure({ ca_cert: authority.cert });
    expect(refused?.data?.['error']).toMatch(/nothing was stored.*client_cert/);
    const certificate = { client_cert: client.cert, client_key: client.key };
    expect((await engine.configure({ ca_cert: authority.cert, ...certificate }))?.data).toBeUndefined();
    const shown = await read(engine);
    expect(shown['client_cert']).toBe(client.cert);
    expect(JSON.stringify(shown)).not.toContain('PRIVATE KEY');
    expect(Object.keys(shown)).not.toContain('client_key');
    expect(engine.storage.peekEntry('config')?.sealWrap).toBe(true);
    await write(engine, { grace: 100 });
    await engine.request('create', 'roles/a');
    expect((await engine.issue('a')).key).toStartWith('sk-');
  });

  test('takes effect when it changes, though a connection is kept', async () => {
    await using engine = await startEngine({ litellm: secure(authority.cert) });
    await engine.configure({ ca_cert: authority.cert, client_cert: client.cert, client_key: client.key });
    await engine.request('create', 'roles/a');
    await engine.issue('a');
    await write(engine, { client_cert: renewed.cert, client_key: renewed.key, verify_connection: false });
    await expect(engine.issue('a')).rejects.toThrow('client_cert');
    await write(engine, { client_cert: client.cert, client_key: client.key });
    await engine.issue('a');
  });

  test('may be renewed for the same key, and be taken away', async () => {
    await using engine = await startEngine();
    await engine.configure({ client_cert: client.cert, client_key: `some words\n${client.key}` });
    const before = engine.storage.peek('config');
    expect((await write(engine, { client_cert: `${client.cert}${authority.cert}` }))?.data).toBeUndefined();
    expect(engine.storage.peek('config')).toMatchObject({ clientCert: `${client.cert}${authority.cert}` });
    expect(before).toMatchObject({ clientKey: client.key });
    await write(engine, { client_cert: '', client_key: '' });
    expect(engine.storage.peek('config')).toMatchObject({ clientCert: '', clientKey: '' });
  });

  test('that has expired is warned of, and so is one for http', async () => {
    await using engine = await startEngine();
    const old = authority.issue(['client.test'], new Date(Date.parse('2029-12-31T00:00:00Z')));
    const { warnings = [] } = (await engine.configure({ client_cert: old.cert, client_key: old.key })) ?? {};
    expect(warnings).toEqual([
      'base_url is http: client_cert can only be used with https.',
      'The certificate in client_cert has expired at 2029-12-31T00:00:00.000Z.',
    ]);
  });
});

describe('tls_skip_verify', () => {
  test('is warned of at every write while it is on, and no more when it is off', async () => {
    await using engine = await startEngine({ litellm: secure() });
    const { warnings = [] } = (await engine.configure({ tls_skip_verify: true })) ?? {};
    expect(warnings).toEqual([expect.stringContaining('tls_skip_verify is on')]);
    expect((await write(engine, { grace: 100 }))?.warnings).toEqual(warnings);
    expect((await write(engine, { grace: 90, verify_connection: false }))?.warnings).toEqual(warnings);
    expect(await read(engine)).toMatchObject({ tls_skip_verify: true });
    const refused = await write(engine, { tls_skip_verify: false });
    expect(refused?.data?.['error']).toMatch(/its certificate is not trusted/);
    expect(await write(engine, { tls_skip_verify: false, ca_cert: authority.cert })).toBeUndefined();
  });
});

describe('headers', () => {
  test('go to LiteLLM with every call; their names are read, and their values are not', async () => {
    await using engine = await startEngine();
    await engine.configure({ headers: [`X-Gateway-Key=${gatewaySecret}`, 'X-Team=search'] });
    await engine.request('create', 'roles/a');
    await engine.issue('a');
    const sent = { 'x-gateway-key': gatewaySecret, 'x-team': 'search' };
    for (const { headers } of engine.litellm.requests) expect(headers).toEqual(sent);
    const shown = await read(engine);
    expect(shown['header_names']).toEqual(['X-Gateway-Key', 'X-Team']);
    expect(JSON.stringify(shown)).not.toContain(gatewaySecret);
    await write(engine, { headers: { 'X-Team': 'other' } });
    expect((await read(engine))['header_names']).toEqual(['X-Team']);
    await write(engine, { headers: {} });
    expect((await read(engine))['header_names']).toEqual([]);
  });
});

describe('another base_url', () => {
  test('takes the master key along in the same write, or nothing is sent or stored', async () => {
    await using engine = await startEngine();
    await engine.configure();
    const asked = engine.litellm.requests.length;
    for (const base_url of [elsewhere, `${engine.litellm.url}/llm`, engine.litellm.url.replace('http', 'https')]) {
      for (const verify_connection of [true, false]) {
        const error = (await write(engine, { base_url, verify_connection }))?.data?.['error'];
        expect(error).toMatch(/base_url is another one.*write master_key again/);
      }
    }
    expect(engine.litellm.requests.length).toBe(asked);
    expect(engine.storage.peek('config')).toMatchObject({ baseURL: engine.litellm.url });
    await write(engine, { base_url: elsewhere, master_key: masterKey, verify_connection: false });
    expect(engine.storage.peek('config')).toMatchObject({ baseURL: elsewhere });
  });

  test('is none with a slash at its end', async () => {
    await using engine = await startEngine();
    await engine.configure();
    expect(await write(engine, { base_url: `${engine.litellm.url}//` })).toBeUndefined();
  });

  test('takes the headers along, too', async () => {
    await using engine = await startEngine();
    await engine.configure({ headers: { 'X-Gateway-Key': gatewaySecret } });
    const moved = { base_url: elsewhere, master_key: masterKey, verify_connection: false };
    const error = (await write(engine, moved))?.data?.['error'];
    expect(error).toMatch(/stored headers would be sent there.*headers=\{\}/);
    expect(await write(engine, { ...moved, headers: {} })).toBeUndefined();
  });
});

describe('what is known of the connection', () => {
  const asAdmin = { adminUserIds: ['admin'] };

  async function adminKey(engine: TestEngine, more: Readonly<Record<string, unknown>>): Promise<string> {
    const answer = await fetch(`${engine.litellm.url}/key/generate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${engine.litellm.masterKey}` },
      body: JSON.stringify({ user_id: 'admin', key_alias: 'vault-admin', ...more }),
    });
    return ((await answer.json()) as { readonly key: string }).key;
  }

  test('a virtual key is told with its alias and user, and its end and budget are warned of at each write', async () => {
    await using engine = await startEngine({ litellm: { ...asAdmin, licenseType: 'enterprise' } });
    const key = await adminKey(engine, { duration: '2h', max_budget: 5 });
    const { warnings = [] } = (await engine.configure({ master_key: key })) ?? {};
    expect(warnings).toEqual([
      expect.stringMatching(/expires at 2030-01-01T02:00:00.000Z:.*every lease ends/),
      expect.stringMatching(/budget of 5 US dollars: once that is spent/),
    ]);
    expect((await write(engine, { grace: 100, verify_connection: false }))?.warnings).toEqual(warnings);
    expect(await read(engine)).toMatchObject({
      master_key_kind: 'virtual key',
      master_key_alias: 'vault-admin',
      master_key_user_id: 'admin',
      master_key_expires: '2030-01-01T02:00:00.000Z',
      master_key_max_budget: 5,
      litellm_edition: 'enterprise',
    });
    expect(JSON.stringify(await read(engine))).not.toContain(key);
  });

  test('one without an end and a budget is no cause for a warning', async () => {
    await using engine = await startEngine({ litellm: asAdmin });
    expect(await engine.configure({ master_key: await adminKey(engine, {}) })).toBeUndefined();
    expect(await read(engine)).toMatchObject({ master_key_kind: 'virtual key', master_key_expires: null });
  });

  test('it is forgotten with the key, and asked anew by the next write that verifies', async () => {
    await using engine = await startEngine({ litellm: asAdmin });
    await engine.configure({ master_key: await adminKey(engine, { duration: '2h' }) });
    expect(await write(engine, { master_key: masterKey, verify_connection: false })).toBeUndefined();
    expect(await read(engine)).toMatchObject({ master_key_kind: null, litellm_version: null, last_verified: null });
    engine.clock.advance(60);
    await write(engine, {});
    expect(await read(engine)).toMatchObject({
      master_key_kind: 'master key',
      litellm_version: '1.106.2',
      last_verified: '2030-01-01T00:01:00.000Z',
    });
  });

  test('a read asks LiteLLM nothing, and tells when it last did what it was asked', async () => {
    await using engine = await startEngine();
    await engine.configure();
    await engine.request('create', 'roles/a');
    engine.clock.advance(60);
    await engine.issue('a');
    engine.clock.advance(60);
    engine.litellm.faults.next({ path: '/key/generate', kind: 'status', status: 500 });
    await expect(engine.issue('a')).rejects.toThrow('500');
    const asked = engine.litellm.requests.length;
    expect(await read(engine)).toMatchObject({ last_good_call: '2030-01-01T00:01:00.000Z' });
    expect(engine.litellm.requests.length).toBe(asked);
  });

  test('the time of the last good call outlives the trial of other connections', async () => {
    await using engine = await startEngine();
    await engine.configure();
    for (const other of ['refused', 'refused-too']) {
      const refused = await write(engine, { master_key: `sk-test-not-a-real-key-${other}` });
      expect(refused?.data?.['error']).toContain('refuses the master key');
    }
    expect(await read(engine)).toMatchObject({ last_good_call: '2030-01-01T00:00:00.000Z' });
  });

  test('a LiteLLM that tells nothing of itself is none the worse', async () => {
    await using engine = await startEngine();
    for (const path of ['/public/model_hub/info', '/health/readiness', '/health/license', '/key/info']) {
      engine.litellm.faults.next({ path, kind: 'status', status: 500 });
    }
    expect(await engine.configure()).toBeUndefined();
    expect(await read(engine)).toMatchObject({ master_key_kind: null, litellm_version: null, litellm_edition: null });
  });
});

describe('a stored entry', () => {
  const put = (engine: TestEngine, stored: unknown) =>
    engine.storage.put({ key: 'config', value: new TextEncoder().encode(JSON.stringify(stored)), sealWrap: true });

  test('of a version that knew none of this is read and written', async () => {
    await using engine = await startEngine();
    await put(engine, { baseURL: engine.litellm.url, masterKey, caCert: '', requestTimeout: 30 });
    expect(await read(engine)).toMatchObject({ tls_skip_verify: false, header_names: [], master_key_kind: null });
    expect(await write(engine, { grace: 100 })).toBeUndefined();
  });

  test('of a newer one keeps what that added, and is read whatever it learned', async () => {
    await using engine = await startEngine();
    const verified = { at: '2029-01-01T00:00:00.000Z', kind: 'another kind', region: 'north' };
    await put(engine, {
      baseURL: engine.litellm.url,
      masterKey,
      caCert: '',
      requestTimeout: 30,
      verified,
      egress: 'b',
    });
    expect(await read(engine)).toMatchObject({ master_key_kind: null });
    await write(engine, { grace: 100, verify_connection: false });
    expect(engine.storage.peek('config')).toMatchObject({ egress: 'b' });
  });
});

const pem = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----';
const mistakes: readonly (readonly [title: string, data: Readonly<Record<string, unknown>>, error: RegExp])[] = [
  ['a client_cert alone', { client_cert: client.cert }, /client_cert is set and client_key is not/],
  ['a client_key alone', { client_key: client.key }, /client_key is set and client_cert is not/],
  ['another key', { client_cert: client.cert, client_key: renewed.key }, /do not belong together/],
  ['a client_key that is none', { client_cert: client.cert, client_key: pem }, /client_key must be a private key/],
  ['a client_key that is a text', { client_cert: client.cert, client_key: masterKey }, /client_key must be a private/],
  [
    'an encrypted client_key',
    { client_cert: client.cert, client_key: pem.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE') },
    /client_key is encrypted: decrypt it/,
  ],
  ['two client_keys', { client_cert: client.cert, client_key: client.key + renewed.key }, /more than one private key/],
  ['a client_cert with its key', { client_cert: client.cert + client.key }, /client_cert has a private key in it/],
  ['a client_cert that is none', { client_cert: masterKey, client_key: client.key }, /client_cert must be one or/],
  ['a client_cert of a number', { client_cert: 1 }, /client_cert.*must be a text/],
  ['a client_key of a number', { client_key: 1234567890 }, /client_key.*expected a text/],
  ['a client_key of null', { client_key: null }, /client_key.*expected a text/],
  ['a tls_server_name with a scheme', { tls_server_name: 'https://a.test' }, /tls_server_name must be the name/],
  ['a tls_server_name with a port', { tls_server_name: 'a.test:443' }, /tls_server_name must be the name/],
  ['a tls_server_name in numbers', { tls_server_name: '127.0.0.1' }, /tls_server_name must be the name/],
  ['a key as tls_server_name', { tls_server_name: masterKey }, /tls_server_name must be the name/],
  ['a tls_server_name of a list', { tls_server_name: ['a.test'] }, /must be a text/],
  ['a tls_skip_verify of nothing', { tls_skip_verify: '' }, /must be true or false, not an empty text/],
  ['a tls_skip_verify of null', { tls_skip_verify: null }, /must be true or false, not null/],
  ['a tls_skip_verify of a text', { tls_skip_verify: 'yes' }, /must be true or false/],
  ['headers that are a text', { headers: gatewaySecret }, /headers.*expected a map of texts/],
  ['headers that are a number', { headers: { 'X-Pin': 987654321 } }, /headers.*expected a map of texts/],
  ['headers that are null', { headers: null }, /headers.*expected a map of texts/],
  ['Authorization', { headers: { authorization: gatewaySecret } }, /"authorization": it carries the master key/],
  ['Host', { headers: { Host: 'a.test' } }, /"Host": it comes from base_url/],
  ['Content-Length', { headers: { 'Content-Length': '5' } }, /"Content-Length": every call sets it/],
  ['Content-Type', { headers: { 'content-type': 'a/b' } }, /"content-type": every call sets it/],
  ['a name that is about a connection', { headers: { 'Transfer-Encoding': 'chunked' } }, /about one connection/],
  ["LiteLLM's own header for keys", { headers: { 'X-LiteLLM-API-Key': gatewaySecret } }, /in place of master_key/],
  ['a name that is none', { headers: { 'X Key': gatewaySecret } }, /which is not the name of a header/],
  [
    'a key as a name',
    { headers: { [masterKey]: 'x' } },
    /headers has a name of 29 characters in it, which looks like a key/,
  ],
  ['the same name twice', { headers: { 'X-A': gatewaySecret, 'x-a': 'b' } }, /"x-a" twice/],
  ['a value with a line break', { headers: { 'X-A': `${gatewaySecret}\n` } }, /value of "X-A".*line break/],
  ['a value that is empty', { headers: { 'X-A': '' } }, /value of "X-A" in headers is empty/],
  ['a value that is no ASCII', { headers: { 'X-A': `${gatewaySecret}\u00e4` } }, /value of "X-A"/],
  ['a huge value', { headers: { 'X-A': 'x'.repeat(9000) } }, /at most 8192 characters/],
];
describe('a write with', () => {
  for (const [title, data, says] of mistakes) {
    test(`${title} is a mistake; nothing is sent or stored`, async () => {
      await using engine = await startEngine();
      const response = await engine.configure(data);
      expect(response?.data?.['error']).toMatch(says);
      for (const secret of ['sk-test', gatewaySecret, 'AAAA', '987654321', '1234567890']) {
        expect(JSON.stringify(response)).not.toContain(secret);
      }
      expect(engine.storage.keys).toEqual([]);
      expect(engine.litellm.requests).toEqual([]);
    });
  }
});
