import type { FieldData } from '../../sdk/framework/field-data.ts';
import type { FieldValue } from '../../sdk/framework/field-schema.ts';
import { handlePatchOperation } from '../../sdk/framework/patch.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { normalizeBaseURL } from './base-url.ts';
import { checkedCACert, checkedClientCertificate } from './certificates.ts';
import { parsedRotation, type RotationParams } from '../schedule/rotation-params.ts';
import type { ConfigEntry } from './config-entry.ts';
import type { configFields } from './config-fields.ts';
import { checkedServerName, checkHeaders } from './gateway-headers.ts';

/** What a write of `config` sent. */
export type ConfigData = FieldData<typeof configFields>;

/** The given fields over the stored ones. Throws {@link UserMistake} if the result is not a connection. */
export function mergedConfig(existing: ConfigEntry | undefined, data: ConfigData): ConfigEntry {
  return merged(existing, data, parsedRotation(existing?.rotation, data));
}

function merged(existing: ConfigEntry | undefined, data: ConfigData, rotation: RotationParams): ConfigEntry {
  const baseURL = data.getOk('base_url');
  const masterKey = data.getOk('master_key') ?? existing?.masterKey ?? '';
  if (baseURL === undefined && existing === undefined) {
    throw new UserMistake(
      'base_url is missing: write the address of the LiteLLM proxy, such as base_url=https://litellm.example.com',
    );
  }
  if (masterKey === '') {
    throw new UserMistake("master_key is missing: write the proxy's master key, such as master_key=sk-...");
  }
  if (!/^[!-~]+$/.test(masterKey)) {
    throw new UserMistake(
      'master_key has a space, a line break or another character that no key has: was it read from a file that ends with a line break?',
    );
  }
  const headers = data.getOk('headers') ?? existing?.headers ?? {};
  checkHeaders(headers);
  const wanted: ConfigEntry = {
    baseURL: baseURL === undefined && existing ? existing.baseURL : normalizeBaseURL(baseURL ?? ''),
    masterKey,
    caCert: checkedCACert(data.getOk('ca_cert') ?? existing?.caCert ?? ''),
    ...checkedClientCertificate({
      clientCert: data.getOk('client_cert') ?? existing?.clientCert ?? '',
      clientKey: data.getOk('client_key') ?? existing?.clientKey ?? '',
    }),
    tlsServerName: checkedServerName(data.getOk('tls_server_name') ?? existing?.tlsServerName ?? ''),
    tlsSkipVerify: data.getOk('tls_skip_verify') ?? existing?.tlsSkipVerify ?? data.get('tls_skip_verify'),
    headers,
    requestTimeout: data.getOk('request_timeout') ?? existing?.requestTimeout ?? data.get('request_timeout'),
    maxInFlight: data.getOk('max_in_flight') ?? existing?.maxInFlight ?? data.get('max_in_flight'),
    grace: data.getOk('grace') ?? existing?.grace ?? data.get('grace'),
    writeAhead: data.getOk('write_ahead') ?? existing?.writeAhead ?? data.get('write_ahead'),
    rotation,
  };
  return existing === undefined ? ofAnotherKey(wanted) : comparedConfig(existing, wanted, data);
}

/** Names each field, since the store keeps what an entry does not name. */
function ofAnotherKey(wanted: ConfigEntry): ConfigEntry {
  return { ...wanted, verified: undefined, rotationFrom: undefined, madeAt: undefined, madeTokenId: undefined };
}

/**
 * Applies a JSON merge patch: it merges maps name by name, and null gives a field its default. Throws
 * {@link UserMistake} if the result is not a connection.
 */
export function patchedConfig(existing: ConfigEntry, data: ConfigData): ConfigEntry {
  const result = handlePatchOperation(data, valuesOf(existing));
  if (!result.ok) throw new UserMistake(result.message);
  return comparedConfig(existing, merged(undefined, result.data, parsedRotation(existing.rotation, data)), data);
}

/** Values of a connection by field name. */
type ConfigValues = { readonly [K in keyof typeof configFields]?: FieldValue<(typeof configFields)[K]> };

function valuesOf(config: ConfigEntry): ConfigValues {
  return {
    base_url: config.baseURL,
    master_key: config.masterKey,
    ca_cert: config.caCert,
    client_cert: config.clientCert,
    client_key: config.clientKey,
    tls_server_name: config.tlsServerName,
    tls_skip_verify: config.tlsSkipVerify,
    headers: config.headers,
    request_timeout: config.requestTimeout,
    max_in_flight: config.maxInFlight,
    grace: config.grace,
    write_ahead: config.writeAhead,
  };
}

/** Gives what replaces `existing`. What was learned stays with the same key at the same address. */
function comparedConfig(existing: ConfigEntry, wanted: ConfigEntry, data: ConfigData): ConfigEntry {
  if (wanted.baseURL !== existing.baseURL) refuseToCarryAlong(existing, wanted, data);
  const same = existing.baseURL === wanted.baseURL && existing.masterKey === wanted.masterKey;
  if (!same) return ofAnotherKey(wanted);
  const { verified, rotationFrom, madeAt, madeTokenId } = existing;
  return { ...wanted, verified, rotationFrom, madeAt, madeTokenId };
}

/** Otherwise whoever may write an address could have stored secrets sent to their own. */
function refuseToCarryAlong(existing: ConfigEntry, wanted: ConfigEntry, data: ConfigData): void {
  if (data.getOk('master_key') === undefined) {
    throw new UserMistake(
      'base_url is another one than before, and the stored master key would be sent there: write master_key again in the same write',
    );
  }
  const given = data.getOk('headers') ?? {};
  const stored = Object.keys(wanted.headers).filter((name) => Object.hasOwn(existing.headers, name));
  if (stored.some((name) => !Object.hasOwn(given, name))) {
    throw new UserMistake(
      'base_url is another one than before, and the stored headers would be sent there: write headers again in the same write, or headers={} for none',
    );
  }
}
