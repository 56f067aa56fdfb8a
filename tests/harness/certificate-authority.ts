import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
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
} from '../../src/sdk/go-plugin/der.ts';

/** A server's certificate and its key, as PEM. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority that lives as long as the test. */
export interface CertificateAuthority {
  /** Its certificate, as PEM. */
  readonly cert: string;
  /** A certificate for these names and addresses, good for a day unless `notAfter` says otherwise. */
  issue(names: readonly string[], notAfter?: Date): ServerCertificate;
}

const day = 86_400_000;
const ecdsaWithSHA256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const yes = boolean(true);

/** Makes a P-256 authority. What it signs is trusted by whoever trusts its certificate; RFC 5280. */
export function createCertificateAuthority(name = 'Certificate authority of a test'): CertificateAuthority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const basicConstraints = extension('2.5.29.19', sequence(yes), true);
  const keyCertSign = bitString(Buffer.of(0b0000_0100), 2);
  const keyUsage = extension('2.5.29.15', keyCertSign, true);
  const tomorrow = () => new Date(Date.now() + day);
  const own = certificate(privateKey, name, name, publicKey, tomorrow(), [basicConstraints, keyUsage]);
  return {
    cert: pem(own),
    issue(names, notAfter = tomorrow()) {
      const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const alternatives = extension('2.5.29.17', sequence(...names.map(generalName)), false);
      const cert = certificate(privateKey, name, 'Server of a test', leaf.publicKey, notAfter, [alternatives]);
      return { cert: pem(cert), key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}

function certificate(
  signer: KeyObject,
  issuer: string,
  subject: string,
  publicKey: KeyObject,
  notAfter: Date,
  extensions: readonly Uint8Array[],
): Uint8Array {
  const serial = randomBytes(16);
  serial[0] = 0x01; // positive, and of a length of its own
  const toBeSigned = sequence(
    tagged(0, integer(Buffer.of(2))), // version 3
    integer(serial),
    ecdsaWithSHA256,
    distinguishedName(issuer),
    sequence(generalizedTime(new Date(notAfter.getTime() - 2 * day)), generalizedTime(notAfter)),
    distinguishedName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions)),
  );
  return sequence(toBeSigned, ecdsaWithSHA256, bitString(sign('sha256', toBeSigned, signer)));
}

function distinguishedName(commonName: string): Uint8Array {
  return sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName))));
}

function extension(id: string, value: Uint8Array, critical: boolean): Uint8Array {
  return sequence(objectIdentifier(id), ...(critical ? [yes] : []), octetString(value));
}

function generalName(name: string): Uint8Array {
  return isIPv4(name)
    ? tagged(7, Buffer.from(name.split('.').map(Number)), false)
    : tagged(2, Buffer.from(name), false);
}

function pem(certificateBytes: Uint8Array): string {
  const lines =
    Buffer.from(certificateBytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
