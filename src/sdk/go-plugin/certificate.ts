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
} from './der.ts';

/** A certificate and its key, made for one life of the process. */
export interface Certificate {
  readonly der: Uint8Array;
  readonly certPem: string;
  readonly keyPem: string;
}

const oid = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/** The name that both sides use for each other. */
export const hostName = 'localhost';
const dnsNameTag = 2;
const keyUsageBits = { digitalSignature: 0x80, keyCertSign: 0x04 } as const;

/** If a clock is set back, new connections must not fail: go-plugin's own certificates have only 30 s. */
const backdateMs = 24 * 60 * 60 * 1000;
const validYears = 30;

/**
 * A self-signed P-256 certificate for `localhost`, for server and client, valid for 30 years from a day before `now`;
 * except for that day, as go-plugin makes its own. Made by hand, since a library costs 160 ms of every start. Go:
 * `generateCert` in go-plugin's mtls.go.
 */
export async function generateCertificate(now: Date): Promise<Certificate> {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('spki', keys.publicKey));
  const privateKey = new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey));

  const body = certificateBody(now, publicKey);
  const rawSignature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.privateKey, body);
  const der = sequence(body, sequence(objectIdentifier(oid.ecdsaWithSha256)), bitString(ecdsaSignature(rawSignature)));
  return { der, certPem: pem('CERTIFICATE', der), keyPem: pem('PRIVATE KEY', privateKey) };
}

function certificateBody(now: Date, publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  const serial = crypto.getRandomValues(new Uint8Array(16));
  const name = sequence(set(sequence(objectIdentifier(oid.commonName), utf8String(hostName))));
  const notBefore = new Date(now.getTime() - backdateMs);
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + validYears);
  const version3 = tagged(0, integer(Uint8Array.of(2)));
  const body = sequence(
    version3,
    integer(serial),
    sequence(objectIdentifier(oid.ecdsaWithSha256)),
    name,
    sequence(generalizedTime(notBefore), generalizedTime(notAfter)),
    name,
    publicKey,
    tagged(3, extensions()),
  );
  return new Uint8Array(body);
}

function extensions(): Uint8Array {
  const critical = boolean(true);
  const usage = keyUsageBits.digitalSignature | keyUsageBits.keyCertSign;
  const unusedBits = 2;
  return sequence(
    sequence(objectIdentifier(oid.basicConstraints), critical, octetString(sequence(boolean(true)))),
    sequence(objectIdentifier(oid.keyUsage), critical, octetString(bitString(Uint8Array.of(usage), unusedBits))),
    sequence(
      objectIdentifier(oid.extendedKeyUsage),
      octetString(sequence(objectIdentifier(oid.serverAuth), objectIdentifier(oid.clientAuth))),
    ),
    sequence(
      objectIdentifier(oid.subjectAlternativeName),
      octetString(sequence(tagged(dnsNameTag, new TextEncoder().encode(hostName), false))),
    ),
  );
}

/** WebCrypto gives the two numbers of a signature side by side; a certificate has them as integers. */
function ecdsaSignature(raw: ArrayBuffer): Uint8Array {
  const bytes = new Uint8Array(raw);
  const half = bytes.length / 2;
  return sequence(integer(bytes.subarray(0, half)), integer(bytes.subarray(half)));
}

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
