import { X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { LiteLLMError } from '../../litellm/error.ts';
import type { FieldData } from '../../sdk/framework/field-data.ts';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import { bool, durationSecond, int, string } from '../../sdk/framework/field-type.ts';
import { definePath, type Path } from '../../sdk/framework/path.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Response } from '../../sdk/logical/response.ts';
import { normalizeBaseURL } from './base-url.ts';
import type { ClientSource } from './client-source.ts';
import { configDefaults, type ConfigEntry, configKey } from './config-entry.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { answeringMistakes, UserMistake } from '../fault/user-mistake.ts';

/** The configurations of a mount, as this path uses them. */
export type ConfigStore = Pick<EntryStore<ConfigEntry>, 'read' | 'change' | 'delete'>;

const maxRequestTimeout = 3600;
const mostInFlight = 1024;
const maxGrace = 86_400;

/** The fields of `config`. */
export const configFields = defineFields({
  base_url: {
    type: string,
    description: 'Address of the LiteLLM proxy, http or https; may have a path. Needed on the first write.',
    required: true,
  },
  master_key: {
    type: string,
    description:
      'Master key of the proxy, or a key of one of its administrators. Never returned. Needed on the first write.',
    required: true,
    displayAttrs: { sensitive: true },
  },
  ca_cert: {
    type: string,
    description: "PEM certificates to trust instead of the system's, for a proxy behind a private CA.",
    displayAttrs: { editType: 'file' },
  },
  request_timeout: {
    type: v.pipe(
      durationSecond,
      v.minValue(1, 'must be at least 1 second'),
      v.maxValue(maxRequestTimeout, 'must be at most 1 hour'),
    ),
    description: 'How long one call to the proxy may take.',
    default: configDefaults.requestTimeout,
  },
  max_in_flight: {
    type: v.pipe(
      int,
      v.minValue(2, 'must be at least 2: one call is kept free for revocations'),
      v.maxValue(mostInFlight, 'must be at most 1024'),
    ),
    description: 'How many calls to the proxy this mount may have under way at once. A part is kept for revocations.',
    default: configDefaults.maxInFlight,
  },
  grace: {
    type: v.pipe(
      durationSecond,
      v.minValue(1, 'must be at least 1 second'),
      v.maxValue(maxGrace, 'must be at most 24 hours'),
    ),
    description:
      'How long LiteLLM lets a key live on after its lease. Must be longer than user_api_key_cache_ttl of LiteLLM, which is 60 seconds unless set.',
    default: configDefaults.grace,
  },
  write_ahead: {
    type: bool,
    description:
      'Keep a write-ahead entry in the storage while a key is made, so that even a plugin that is killed leaves no key without a lease. Costs two storage writes for each key.',
    default: configDefaults.writeAhead,
  },
  verify_connection: {
    type: bool,
    description: "Ask the proxy whether the master key is an administrator's before anything is stored.",
    default: true,
  },
});

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
    existenceCheck: async (req) => (await configs.read(req.storage, configKey)) !== undefined,
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
        verified = merged(await configs.read(req.storage, configKey), data);
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
  return await configs.change(req.storage, configKey, (existing) => {
    req.signal.throwIfAborted();
    const config = merged(existing, data);
    return verified === undefined || isDeepStrictEqual(config, verified) ? config : undefined;
  });
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
    await clients.clientFor(config).verifyAdmin(signal);
  } catch (error) {
    if (!(error instanceof LiteLLMError)) throw error;
    throw new UserMistake(
      `nothing was stored, since the connection could not be verified (verify_connection=false skips that): ${error.message}`,
    );
  }
}
