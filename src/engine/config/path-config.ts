import { X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { LiteLLMError } from '../../litellm/error.ts';
import type { FieldData } from '../../sdk/framework/field-data.ts';
import { definePath, type Path } from '../../sdk/framework/path.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Response } from '../../sdk/logical/response.ts';
import { normalizeBaseURL } from './base-url.ts';
import type { ClientSource } from './client-source.ts';
import { type ConfigEntry, configKey } from './config-entry.ts';
import { configFields } from './config-fields.ts';
import { type EntryStore, StoredEntryError } from '../stored/entry-store.ts';
import { answeringMistakes, UserMistake } from '../fault/user-mistake.ts';

/** The configurations of a mount, as this path uses them. */
export type ConfigStore = Pick<EntryStore<ConfigEntry>, 'read' | 'exists' | 'change' | 'delete'>;

type Data = FieldData<typeof configFields>;

/** The connection to LiteLLM: read, write, delete. */
export const pathConfig = (configs: ConfigStore, clients: ClientSource): Path =>
  definePath({
    pattern: 'config',
    fields: configFields,
    operations: {
      read: { callback: configRead(configs), summary: 'Read the connection, without its master key.' },
      create: { callback: configWrite(configs, clients), summary: 'Set the connection.', ...onActiveNode },
      update: { callback: configWrite(configs, clients), summary: 'Change the given fields.', ...onActiveNode },
      delete: { callback: configDelete(configs), summary: 'Forget the connection.' },
    },
    existenceCheck: async (req) => await configs.exists(req.storage, configKey),
    refusesUnknownFields: true,
    helpSynopsis: 'Where LiteLLM is, and the key that manages its keys.',
    helpDescription:
      'A write changes the fields that it names and keeps the others. Before anything is stored, the proxy is asked ' +
      "whether the master key is an administrator's; verify_connection=false stores without asking. " +
      'While leases are outstanding the connection is needed to revoke them.',
  });

/** Verifying asks the proxy: a standby leaves that to the node that will store the answer. */
const onActiveNode = { forwardPerformanceStandby: true, forwardPerformanceSecondary: true };

const configRead =
  (configs: ConfigStore) =>
  async (req: Request): Promise<Response | undefined> => {
    const config = await configs.read(req.storage, configKey);
    if (config === undefined) return undefined;
    return {
      data: {
        base_url: config.baseURL,
        ca_cert: config.caCert,
        request_timeout: config.requestTimeout,
        max_in_flight: config.maxInFlight,
        grace: config.grace,
        write_ahead: config.writeAhead,
      },
    };
  };

const configWrite = (configs: ConfigStore, clients: ClientSource) => (req: Request, data: Data) =>
  answeringMistakes(async () => {
    let verified: ConfigEntry | undefined;
    let stored = false;
    while (!stored) {
      if (data.get('verify_connection')) {
        verified = await wanted(configs, req, data);
        await verify(clients, verified, req.signal);
      }
      stored = await store(configs, req, data, verified);
    }
    return undefined;
  });

/**
 * Stores the given fields over those that are there, unless that makes another connection than the verified one: then
 * another write came in between. No write waits for the other's proxy.
 */
async function store(
  configs: ConfigStore,
  req: Request,
  data: Data,
  verified: ConfigEntry | undefined,
): Promise<boolean> {
  const unlessChanged = (config: ConfigEntry): ConfigEntry | undefined => {
    req.signal.throwIfAborted();
    return verified === undefined || isDeepStrictEqual(config, verified) ? config : undefined;
  };
  return await configs.change(
    req.storage,
    configKey,
    (existing) => unlessChanged(merged(existing, data)),
    (unreadable) => unlessChanged(anew(unreadable, data)),
  );
}

/** What the connection would be, were it stored now. */
async function wanted(configs: ConfigStore, req: Request, data: Data): Promise<ConfigEntry> {
  let existing: ConfigEntry | undefined;
  try {
    existing = await configs.read(req.storage, configKey);
  } catch (error) {
    if (error instanceof StoredEntryError) return anew(error, data);
    throw error;
  }
  return merged(existing, data);
}

/** A connection that takes the place of one that cannot be read, of which nothing is kept. */
function anew(unreadable: StoredEntryError, data: Data): ConfigEntry {
  try {
    return merged(undefined, data);
  } catch (error) {
    if (!(error instanceof UserMistake)) throw error;
    throw new UserMistake(`${unreadable.message}. Nothing was stored: ${error.message}`, { cause: error });
  }
}

const configDelete =
  (configs: ConfigStore) =>
  async (req: Request): Promise<undefined> => {
    await configs.delete(req.storage, configKey);
  };

function merged(existing: ConfigEntry | undefined, data: Data): ConfigEntry {
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
  return {
    baseURL: baseURL === undefined && existing ? existing.baseURL : normalizeBaseURL(baseURL ?? ''),
    masterKey,
    caCert: checkedCACert(data.getOk('ca_cert') ?? existing?.caCert ?? ''),
    requestTimeout: data.getOk('request_timeout') ?? existing?.requestTimeout ?? data.get('request_timeout'),
    maxInFlight: data.getOk('max_in_flight') ?? existing?.maxInFlight ?? data.get('max_in_flight'),
    grace: data.getOk('grace') ?? existing?.grace ?? data.get('grace'),
    writeAhead: data.getOk('write_ahead') ?? existing?.writeAhead ?? data.get('write_ahead'),
  };
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function checkedCACert(pem: string): string {
  if (pem.trim() === '') return '';
  if (pem.includes('PRIVATE KEY-----')) {
    throw new UserMistake('ca_cert has a private key in it, which is read back with it: leave that out');
  }
  const certificates = pem.match(pemCertificate) ?? [];
  try {
    if (certificates.length === 0) throw new Error('no certificate');
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch {
    throw new UserMistake(
      'ca_cert must be one or more certificates in PEM form, from "-----BEGIN CERTIFICATE-----" on',
    );
  }
  return pem;
}

async function verify(clients: ClientSource, config: ConfigEntry, signal: AbortSignal): Promise<void> {
  try {
    await clients.clientOf(config).verifyAdmin(signal);
  } catch (error) {
    if (!(error instanceof LiteLLMError)) throw error;
    throw new UserMistake(
      `nothing was stored, since the connection could not be verified (verify_connection=false skips that): ${error.message}`,
    );
  }
}
