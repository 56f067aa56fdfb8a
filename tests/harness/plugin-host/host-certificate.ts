import { generateKeyPairSync, sign } from 'node:crypto';
import type { Certificate } from '../../../src/sdk/go-plugin/certificate.ts';
import {
  bitString,
  boolean,
  generalizedTime,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  utf8String,
} from '../../../src/sdk/go-plugin/der.ts';

const ecdsaWithSha512 = sequence(objectIdentifier('1.2.840.10045.4.3.4'));
const name = sequence(
  set(sequence(objectIdentifier('2.5.4.10'), utf8String('Test Host'))),
  set(sequence(objectIdentifier('2.5.4.3'), utf8String('localhost'))),
);
const hour = 3_600_000;

/**
 * A certificate as a real host makes its own: self-signed, P-521, for `localhost`, good as server and as client.
 * Go: `generateCert` in go-plugin's mtls.go.
 */
export function generateHostCertificate(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
  const now = Date.now();
  const body = sequence(
    tagged(0, integer(Uint8Array.of(2))),
    integer(crypto.getRandomValues(new Uint8Array(15))),
    ecdsaWithSha512,
    name,
    sequence(generalizedTime(new Date(now - hour)), generalizedTime(new Date(now + 24 * hour))),
    name,
    new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
    tagged(3, extensions()),
  );
  const der = sequence(body, ecdsaWithSha512, bitString(sign('sha512', body, privateKey)));
  return {
    der,
    certPem: `-----BEGIN CERTIFICATE-----\n${lines(der)}\n-----END CERTIFICATE-----\n`,
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function extensions(): Uint8Array {
  const critical = boolean(true);
  // Digital signature, key encipherment, key agreement, certificate signing.
  const usage = bitString(Uint8Array.of(0xac), 2);
  const serverAuth = objectIdentifier('1.3.6.1.5.5.7.3.1');
  const clientAuth = objectIdentifier('1.3.6.1.5.5.7.3.2');
  const dnsName = tagged(2, new TextEncoder().encode('localhost'), false);
  return sequence(
    sequence(objectIdentifier('2.5.29.15'), critical, octetString(usage)),
    sequence(objectIdentifier('2.5.29.37'), octetString(sequence(clientAuth, serverAuth))),
    sequence(objectIdentifier('2.5.29.19'), critical, octetString(sequence(boolean(true)))),
    sequence(objectIdentifier('2.5.29.17'), octetString(sequence(dnsName))),
  );
}

function lines(der: Uint8Array): string {
  return (
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n');
}
