import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { UserMistake } from '../fault/user-mistake.ts';

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const pemPrivateKey = /-----BEGIN ([A-Z]+ )?PRIVATE KEY-----[^-]+(?:-[^-]+)*?-----END \1?PRIVATE KEY-----/g;

/**
 * Gives a `ca_cert` as it is stored; empty means none. Throws {@link UserMistake} if it is not a list of certificates.
 */
export function checkedCACert(pem: string): string {
  certificatesIn('ca_cert', pem);
  return pem.trim() === '' ? '' : pem;
}

/** A client's certificate and key as they are stored. Both are empty if none is shown. */
export interface ClientCertificate {
  readonly clientCert: string;
  /** PKCS #8, which every TLS library reads. */
  readonly clientKey: string;
}

/**
 * Throws {@link UserMistake}, which quotes neither, unless the two belong together. `clientCert` begins with the
 * client's own certificate, followed by those that signed it.
 */
export function checkedClientCertificate({ clientCert, clientKey }: ClientCertificate): ClientCertificate {
  const [own] = certificatesIn('client_cert', clientCert);
  const key = privateKeyIn(clientKey);
  if (own === undefined && key === undefined) return { clientCert: '', clientKey: '' };
  if (own === undefined) throw new UserMistake(`client_key is set and client_cert is not: ${bothOrNone}`);
  if (key === undefined) throw new UserMistake(`client_cert is set and client_key is not: ${bothOrNone}`);
  if (!own.checkPrivateKey(key)) {
    throw new UserMistake(
      'client_cert and client_key do not belong together: write the key that the first certificate of client_cert is for, and both in one write if both are new',
    );
  }
  return { clientCert, clientKey: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** When the client's own certificate ends; undefined if there is none, or its end cannot be read. */
export function endOfClientCert(clientCert: string): Date | undefined {
  const [own] = certificatesIn('client_cert', clientCert);
  const end = new Date(own?.validTo ?? '');
  return Number.isNaN(end.getTime()) ? undefined : end;
}

const bothOrNone = 'write both, or empty texts to both for no client certificate';

function certificatesIn(field: string, pem: string): readonly X509Certificate[] {
  if (pem.trim() === '') return [];
  if (pem.includes('PRIVATE KEY-----')) {
    throw new UserMistake(`${field} has a private key in it, which is read back with it: leave that out`);
  }
  try {
    const certificates = (pem.match(pemCertificate) ?? []).map((text) => new X509Certificate(text));
    if (certificates.length === 0) throw new Error('no certificate');
    return certificates;
  } catch {
    throw new UserMistake(
      `${field} must be one or more certificates in PEM form, from "-----BEGIN CERTIFICATE-----" on`,
    );
  }
}

function privateKeyIn(pem: string): KeyObject | undefined {
  if (pem.trim() === '') return undefined;
  const keys = pem.match(pemPrivateKey) ?? [];
  if (/BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type:.*ENCRYPTED/m.test(pem)) {
    throw new UserMistake('client_key is encrypted: decrypt it first (openssl pkey -in FILE), it is stored sealed');
  }
  if (keys.length > 1) throw new UserMistake('client_key has more than one private key in it: write one');
  try {
    return createPrivateKey(keys[0] ?? '');
  } catch {
    throw new UserMistake('client_key must be a private key in PEM form, from "-----BEGIN PRIVATE KEY-----" on');
  }
}
