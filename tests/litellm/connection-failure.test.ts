import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectionFailure } from '../../src/litellm/connection-failure.ts';
import { ConnectionError } from '../../src/litellm/error.ts';
import { createCertificateAuthority } from '../harness/certificate-authority.ts';
import { startLiteLLMServer, type LiteLLMServer } from '../harness/litellm-server.ts';
import { clientOf, failureOf, newRequest } from './test-client.ts';

const authority = createCertificateAuthority();
const stranger = createCertificateAuthority('Certificate authority that signed nothing here');
const here = ['localhost', '127.0.0.1'];

let server: LiteLLMServer;
let folder: string;
beforeAll(async () => {
  server = await startLiteLLMServer({ tls: authority.issue(here) });
  folder = await mkdtemp(join(tmpdir(), 'litellm-certificates-'));
  await Bun.write(join(folder, 'own.pem'), authority.cert);
  await Bun.write(join(folder, 'other.pem'), stranger.cert);
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

describe('a certificate', () => {
  for (const { name, caCert } of [
    { name: 'of the given authority', caCert: authority.cert },
    { name: 'of one of the given authorities', caCert: `${stranger.cert}\n${authority.cert}` },
  ]) {
    test(`${name} is accepted`, async () => {
      await clientOf(server, { caCert }).verifyAdmin();
    });
  }

  test('is accepted for a name, too', async () => {
    const url = server.url.replace('127.0.0.1', 'localhost');
    await clientOf({ url, masterKey: server.masterKey }, { caCert: authority.cert }).verifyAdmin();
  });

  test('does not cost the connection', async () => {
    const fresh = await startLiteLLMServer({ tls: authority.issue(here) });
    try {
      for (let calls = 0; calls < 5; calls += 1) await clientOf(fresh, { caCert: authority.cert }).verifyAdmin();
      expect(fresh.connections).toBe(1);
    } finally {
      await fresh.stop();
    }
  });

  const yesterday = new Date(Date.now() - 86_400_000);
  const refused = [
    { name: 'of an unknown authority', leaf: authority.issue(here), says: 'put the CA that signed it into ca_cert' },
    {
      name: 'of another authority than the given one',
      leaf: authority.issue(here),
      caCert: stranger.cert,
      says: 'not trusted',
    },
    {
      name: 'for another name',
      leaf: authority.issue(['elsewhere.example']),
      caCert: authority.cert,
      says: 'for another name',
    },
    {
      name: 'that has expired',
      leaf: authority.issue(here, yesterday),
      caCert: authority.cert,
      says: 'not valid at this time',
    },
    {
      name: 'against a ca_cert that is none',
      leaf: authority.issue(here),
      caCert: 'not a certificate',
      says: 'ca_cert is a readable PEM',
    },
  ];
  for (const { name, leaf, caCert, says } of refused) {
    test(`${name} is refused before anything is sent`, async () => {
      const fresh = await startLiteLLMServer({ tls: leaf });
      try {
        const client = clientOf(fresh, caCert === undefined ? {} : { caCert });
        const error = await failureOf(client.generateKey(newRequest()));
        expect(error).toBeInstanceOf(ConnectionError);
        expect(error.outcomeUnknown).toBe(false);
        expect(error.message).toContain(says);
        expect(fresh.requests).toEqual([]);
      } finally {
        await fresh.stop();
      }
    });
  }

  test('is missed where there is none', async () => {
    const plain = await startLiteLLMServer();
    try {
      const url = plain.url.replace('http:', 'https:');
      const error = await failureOf(clientOf({ url, masterKey: plain.masterKey }).generateKey(newRequest()));
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error.outcomeUnknown).toBe(false);
      expect(error.message).toContain('check the scheme in base_url');
    } finally {
      await plain.stop();
    }
  });
});

describe('with NODE_TLS_REJECT_UNAUTHORIZED=0', () => {
  const cases = [
    { name: 'a plain fetch is satisfied with anything', mode: 'fetch', ca: '', output: 'accepted' },
    { name: 'the client refuses an unknown authority', mode: 'client', ca: '', output: 'ConnectionError' },
    { name: 'the client refuses another authority', mode: 'client', ca: 'other.pem', output: 'ConnectionError' },
    { name: 'the client accepts its authority', mode: 'client', ca: 'own.pem', output: 'accepted' },
    {
      name: 'the client does not use a connection that was opened without a check',
      mode: 'fetch-then-client',
      ca: '',
      output: 'ConnectionError',
    },
  ];
  for (const { name, mode, ca, output } of cases) {
    test(name, async () => {
      const script = join(import.meta.dir, 'verify-admin-child.ts');
      const child = Bun.spawn({
        cmd: [process.execPath, script, mode, server.url, ca === '' ? '' : join(folder, ca)],
        env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0', TEST_MASTER_KEY: server.masterKey },
        stdout: 'pipe',
        stderr: 'ignore',
      });
      expect((await new Response(child.stdout).text()).trim()).toBe(output);
      expect(await child.exited).toBe(0);
    });
  }
});

describe('connectionFailure', () => {
  test('takes a code that it does not know for one that may come late', () => {
    const error = Object.assign(new TypeError('of a test'), { code: 'EWHATEVER' });
    expect(connectionFailure(error, {})).toMatchObject({ sent: true, cause: error });
  });

  test('keeps what lies under an error that carries the request', () => {
    const cause = Object.assign(new TypeError('of a test'), { code: 'ECONNREFUSED' });
    const error = Object.assign(new Error('wrapped', { cause }), { request: new Request('http://localhost') });
    expect(connectionFailure(error, {})).toMatchObject({ sent: false, cause });
  });
});
