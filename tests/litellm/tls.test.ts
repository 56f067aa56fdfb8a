import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { ConnectionError } from '../../src/litellm/error.ts';
import { createCertificateAuthority } from '../harness/certificate-authority.ts';
import { startLiteLLMServer, type LiteLLMServer } from '../harness/litellm-server.ts';
import { clientOf, failureOf, newRequest } from './test-client.ts';

// Connections are kept and shared in the whole process: what one mount may do over one, another mount may not.

const authority = createCertificateAuthority();
const stranger = createCertificateAuthority('Certificate authority that nobody trusts');
const certificateOf = (from: typeof authority) => {
  const { cert, key } = from.issue(['client.test']);
  return { clientCert: cert, clientKey: key };
};
const trusted = certificateOf(authority);
const foreign = certificateOf(stranger);
const caCert = authority.cert;

async function started(clientCA?: string): Promise<LiteLLMServer> {
  const certificate = authority.issue(['127.0.0.1', 'litellm.test']);
  return startLiteLLMServer({ tls: { ...certificate, ...(clientCA === undefined ? {} : { clientCA }) } });
}

describe('a server that wants a client certificate', () => {
  let server: LiteLLMServer;
  beforeAll(async () => {
    server = await started(authority.cert);
  });
  afterAll(async () => server.stop());

  test('takes the one that is set, for every call, and the connection is kept', async () => {
    const before = server.connections;
    const client = clientOf(server, { caCert, ...trusted });
    await client.verifyAdmin();
    await client.generateKey(newRequest());
    await clientOf(server, { caCert, ...trusted }).generateKey(newRequest());
    expect(server.connections).toBe(before + 1);
  });

  const refused = [
    { name: 'none', certificate: {}, says: 'check that it wants no client certificate (client_cert)' },
    { name: 'one of another authority', certificate: foreign, says: 'takes the certificate in client_cert' },
  ];
  for (const { name, certificate, says } of refused) {
    test(`refuses ${name}, also where a connection is kept that it takes`, async () => {
      await clientOf(server, { caCert, ...trusted }).verifyAdmin();
      const calls = server.requests.length;
      const error = await failureOf(clientOf(server, { caCert, ...certificate }).generateKey(newRequest()));
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error.message).toContain(says.replace('check that', 'and that'));
      expect(error.message).not.toContain('PRIVATE KEY');
      expect(server.requests.length).toBe(calls);
      // And what was refused spoils nothing.
      await clientOf(server, { caCert, ...trusted }).verifyAdmin();
    });
  }
});

describe('a connection whose certificate nobody looked at', () => {
  const verifying = [
    { name: "with the system's roots", options: {} },
    { name: 'with another CA', options: { caCert: stranger.cert } },
  ];
  for (const { name, options } of verifying) {
    test(`is not lent to one that verifies ${name}`, async () => {
      const server = await started();
      try {
        await clientOf(server, { ...options, tlsSkipVerify: true }).verifyAdmin();
        const calls = server.requests.length;
        const error = await failureOf(clientOf(server, options).verifyAdmin());
        expect(error.message).toContain('its certificate is not trusted');
        expect(server.requests.length).toBe(calls);
        await clientOf(server, { ...options, tlsSkipVerify: true }).verifyAdmin();
      } finally {
        await server.stop();
      }
    });
  }

  test('is not used once verification is on, with the CA that signed it', async () => {
    const server = await started();
    try {
      await clientOf(server, { caCert, tlsSkipVerify: true }).verifyAdmin();
      await clientOf(server, { caCert }).verifyAdmin();
      expect(server.connections).toBe(2);
    } finally {
      await server.stop();
    }
  });
});

describe('the name of the server', () => {
  let server: LiteLLMServer;
  beforeAll(async () => {
    server = await startLiteLLMServer({ tls: authority.issue(['litellm.test']) });
  });
  afterAll(async () => server.stop());

  test('may be another one than that in the address', async () => {
    const error = await failureOf(clientOf(server, { caCert }).verifyAdmin());
    expect(error.message).toContain('write it to tls_server_name');
    await clientOf(server, { caCert, tlsServerName: 'litellm.test' }).verifyAdmin();
  });

  test('must be that of the certificate, also where a connection to it is kept', async () => {
    await clientOf(server, { caCert, tlsServerName: 'litellm.test' }).verifyAdmin();
    await clientOf(server, { caCert, tlsServerName: 'other.test', tlsSkipVerify: true }).verifyAdmin();
    const error = await failureOf(clientOf(server, { caCert, tlsServerName: 'other.test' }).verifyAdmin());
    expect(error.message).toContain('its certificate is for another name');
  });
});

describe('headers', () => {
  const value = 'Gateway test-not-a-real-gateway-secret';

  test('go out with every call, and no call puts them in place of its own', async () => {
    const server = await startLiteLLMServer();
    try {
      const client = clientOf(server, { headers: { 'X-Gateway-Key': value } });
      await client.verifyAdmin();
      const { tokenId } = await client.generateKey(newRequest());
      await client.about();
      await client.blockKey(tokenId);
      await client.deleteKey(tokenId);
      expect(server.requests.length).toBeGreaterThan(6);
      for (const { headers } of server.requests) expect(headers).toEqual({ 'x-gateway-key': value });
    } finally {
      await server.stop();
    }
  });

  test('are not in a message that repeats them, nor in one that says where a redirect goes', async () => {
    const server = await startLiteLLMServer();
    try {
      const client = clientOf(server, { headers: { 'X-Gateway-Key': value } });
      const said = `the gateway takes no ${value}, nor test-not-a-real-gateway-secret alone`;
      server.faults.next({ kind: 'status', status: 400, body: JSON.stringify({ detail: said }) });
      const refusal = await failureOf(client.generateKey(newRequest()));
      expect(refusal.message).toContain('takes no [redacted], nor [redacted] alone');
      server.faults.next({ kind: 'redirect', status: 302, location: 'https://test-not-a-real-gateway-secret.test/' });
      const redirect = await failureOf(client.generateKey(newRequest()));
      expect(Bun.inspect(redirect)).not.toContain('test-not-a-real-gateway-secret');
    } finally {
      await server.stop();
    }
  });
});
