import { describe, expect, test } from 'bun:test';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { connect, createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { generateCertificate } from '../../../src/sdk/go-plugin/certificate.ts';
import { generateHostCertificate } from '../../harness/plugin-host/host-certificate.ts';

const now = new Date('2026-03-01T12:00:00.500Z');

describe('a certificate', () => {
  test('is for localhost, and for nothing else', async () => {
    const { certPem } = await generateCertificate(now);
    const parsed = new X509Certificate(certPem);
    expect(parsed.subject).toBe('CN=localhost');
    expect(parsed.issuer).toBe('CN=localhost');
    expect(parsed.subjectAltName).toBe('DNS:localhost');
    expect(parsed.checkHost('localhost')).toBe('localhost');
    expect(parsed.checkHost('example.com')).toBeUndefined();
  });

  test('is valid from a day ago, for the clock may be set back, for 30 years', async () => {
    const parsed = new X509Certificate((await generateCertificate(now)).certPem);
    expect(new Date(parsed.validFrom)).toEqual(new Date('2026-02-28T12:00:00Z'));
    expect(new Date(parsed.validTo)).toEqual(new Date('2056-03-01T12:00:00Z'));
  });

  test('made on a leap day is valid too', async () => {
    const parsed = new X509Certificate((await generateCertificate(new Date('2028-02-29T00:00:00Z'))).certPem);
    expect(new Date(parsed.validTo)).toEqual(new Date('2058-03-01T00:00:00Z'));
  });

  test('is its own authority, good for server and client', async () => {
    const parsed = new X509Certificate((await generateCertificate(now)).certPem);
    expect(parsed.ca).toBe(true);
    expect(parsed.checkIssued(parsed)).toBe(true);
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  });

  test('is P-256, and its key is its own', async () => {
    const { certPem, keyPem, der } = await generateCertificate(now);
    const parsed = new X509Certificate(certPem);
    expect(parsed.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    expect(parsed.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
    expect(Buffer.from(der).equals(parsed.raw)).toBe(true);
  });

  test('is another one every time', async () => {
    const [first, second] = await Promise.all([generateCertificate(now), generateCertificate(now)]);
    expect(new X509Certificate(first.certPem).serialNumber).not.toBe(new X509Certificate(second.certPem).serialNumber);
    expect(first.keyPem).not.toBe(second.keyPem);
  });

  test('has a well-formed signature whatever its numbers begin with', async () => {
    // A leading zero in one of the two numbers comes once in 128 certificates.
    for (let count = 0; count < 300; count++) {
      const parsed = new X509Certificate((await generateCertificate(now)).certPem);
      expect(parsed.verify(parsed.publicKey)).toBe(true);
    }
  });
});

test('the two sides of a connection take each other for what they say', async () => {
  const server = await generateCertificate(new Date());
  const client = generateHostCertificate();
  const listener = createServer({
    cert: server.certPem,
    key: server.keyPem,
    ca: client.certPem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const accepted = new Promise<TLSSocket>((resolve) => {
    listener.once('secureConnection', resolve);
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  const { port } = listener.address() as AddressInfo;
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    cert: client.certPem,
    key: client.keyPem,
    ca: server.certPem,
  });
  try {
    const connected = new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    const [peer] = await Promise.all([accepted, connected]);
    expect(socket.authorized).toBe(true);
    expect(peer.authorized).toBe(true);
  } finally {
    socket.destroy();
    listener.close();
  }
});
