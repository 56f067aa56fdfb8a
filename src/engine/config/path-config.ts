import { isDeepStrictEqual } from 'node:util';
import { definePath, type Path } from '../../sdk/framework/path.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import { CodedError } from '../../sdk/logical/error.ts';
import type { Request } from '../../sdk/logical/request.ts';
import { type Response, withWarnings } from '../../sdk/logical/response.ts';
import type { MountClients } from './client-source.ts';
import { type ConfigEntry, configKey } from './config-entry.ts';
import { configFields } from './config-fields.ts';
import { type ConfigData, mergedConfig, patchedConfig } from './merged-config.ts';
import { type OwnKey, type OwnKeys, refuseFixedKey, rotationStart, rotationWarnings } from './own-key.ts';
import { bootstrappedFields, shownConfig, shownConfigFields } from './shown-config.ts';
import { connectionWarnings, verifiedConnection } from './verify-connection.ts';
import { answeringMistakes, UserMistake } from '../fault/user-mistake.ts';
import { deletedResponses, operationPrefix } from '../fields/documentation.ts';
import { type EntryStore, StoredEntryError } from '../stored/entry-store.ts';

/** The configurations of a mount, as this path uses them. */
export type ConfigStore = Pick<EntryStore<ConfigEntry>, 'read' | 'exists' | 'change' | 'delete'>;

/** What the path works with. */
export interface ConfigOptions {
  readonly clients: MountClients;
  readonly clock: Clock;
  readonly own: OwnKeys;
}

/** The connection to LiteLLM: read, write, patch, delete. */
export const pathConfig = (configs: ConfigStore, options: ConfigOptions): Path =>
  definePath({
    pattern: 'config',
    fields: configFields,
    operations: {
      read: {
        callback: configRead(configs, options),
        summary: 'Read the connection, without its secrets, and what was learned when it was last verified.',
        responses: { 200: { description: 'The connection.', fields: shownConfigFields } },
        displayAttrs: { operationVerb: 'read', operationSuffix: 'configuration' },
      },
      create: { callback: configWrite(configs, options), summary: 'Set the connection.', ...storing },
      update: { callback: configWrite(configs, options), summary: 'Change the given fields.', ...storing },
      patch: {
        callback: configPatch(configs, options),
        summary: 'Change the given fields of the stored connection; null gives a field its default.',
        ...storing,
        displayAttrs: { operationVerb: 'patch', operationSuffix: 'configuration' },
      },
      delete: {
        callback: configDelete(configs),
        summary: 'Forget the connection.',
        responses: deletedResponses,
        displayAttrs: { operationVerb: 'delete', operationSuffix: 'configuration' },
      },
    },
    displayAttrs: { operationPrefix },
    existenceCheck: async (req) => await configs.exists(req.storage, configKey),
    refusesUnknownFields: true,
    helpSynopsis: 'Where LiteLLM is, and the key that manages its keys.',
    helpDescription:
      'A write changes the fields that it names and keeps the others. So does a patch (JSON merge patch), which merges ' +
      'headers name by name; null gives a field its default. Before it stores anything, the engine asks the proxy ' +
      "whether the master key is an administrator's; verify_connection=false stores without asking. If you change " +
      'base_url, write master_key in the same write, and headers if there are any: the stored ones would be sent ' +
      'there. A read asks LiteLLM nothing: it shows what was learned when the connection was last verified. ' +
      "With bootstrap=true and the proxy's own master key, the mount makes an administrator and a key of its own, stores " +
      'that key, and forgets the master key. The new key can be rotated, by rotate-root or by itself. ' +
      'Keep the connection while leases are outstanding: revoking them needs it.',
  });

/** Verifying asks the proxy, so a standby leaves that to the node that stores the answer. */
const storing = {
  responses: {
    200: {
      description: 'Stored, with warnings or the key that was made by bootstrap=true.',
      fields: bootstrappedFields,
    },
    204: { description: 'Stored.' },
  },
  displayAttrs: { operationVerb: 'configure' },
  forwardPerformanceStandby: true,
  forwardPerformanceSecondary: true,
};

const configRead =
  (configs: ConfigStore, { clients, own }: ConfigOptions) =>
  async (req: Request): Promise<Response | undefined> => {
    const config = await configs.read(req.storage, configKey);
    if (config === undefined) return undefined;
    const { next, warnings } = own.outlook(config);
    return withWarnings({ data: shownConfig(config, clients.lastGoodCall(config), next) }, warnings);
  };

const configWrite = (configs: ConfigStore, options: ConfigOptions) => (req: Request, data: ConfigData) =>
  changeConfig(configs, options, req, data, {
    of: (existing) => mergedConfig(existing, data),
    anew: (unreadable) => anew(unreadable, data),
  });

const configPatch = (configs: ConfigStore, options: ConfigOptions) => (req: Request, data: ConfigData) =>
  changeConfig(configs, options, req, data, {
    of(existing) {
      if (existing !== undefined) return patchedConfig(existing, data);
      throw new CodedError(notFound, 'there is no configuration to patch: write base_url and master_key to config');
    },
  });

const notFound = 404;

/** What a request makes of the stored connection. Throws a `UserMistake` if that is not one. */
interface ConfigChange {
  of(existing: ConfigEntry | undefined): ConfigEntry;
  /** Replaces one that cannot be read; absent if the caller is told of it. */
  readonly anew?: (unreadable: StoredEntryError) => ConfigEntry;
}

async function changeConfig(
  configs: ConfigStore,
  options: ConfigOptions,
  req: Request,
  data: ConfigData,
  change: ConfigChange,
): Promise<Response | undefined> {
  return await answeringMistakes(async () => {
    const storing = { configs, req, change, clock: options.clock };
    let stored: ConfigEntry | undefined;
    let own: OwnKey | undefined;
    if (data.get('bootstrap')) {
      own = await bootstrapped(storing, options, data);
      stored = own.config;
    }
    while (stored === undefined) {
      let verified: Verified | undefined;
      if (data.get('verify_connection')) {
        const asked = await wanted(configs, req, change);
        verified = { asked, learned: await verifiedConnection(asked, options, req.signal) };
        refuseFixedKey(verified.learned);
      }
      stored = await store(storing, verified);
    }
    // From now on it is the mount's connection, and trying another does not displace it.
    options.clients.written(stored);
    const now = options.clock.now();
    const warnings = [...(own?.warnings ?? []), ...connectionWarnings(stored, now), ...rotationWarnings(stored, now)];
    if (own === undefined) return warnings.length === 0 ? undefined : { warnings };
    const { keyAlias, tokenId, userId } = own;
    const shown = { master_key_alias: keyAlias, master_key_token_id: tokenId, master_key_user_id: userId };
    return withWarnings({ data: shown }, warnings);
  });
}

/** Makes a key of the mount's own with the given master key, and stores it in its place. */
async function bootstrapped(storing: Storing, options: ConfigOptions, data: ConfigData): Promise<OwnKey> {
  if (!data.get('verify_connection')) {
    throw new UserMistake('bootstrap=true asks LiteLLM to make a key, so leave verify_connection=false out');
  }
  const { configs, req, change } = storing;
  const asked = await wanted(configs, req, change);
  const learned = await verifiedConnection(asked, options, req.signal);
  return await options.own.bootstrap(req, learned, async (own) => {
    return (await store({ ...storing, evenIfGone: true }, { asked, learned: own })) !== undefined;
  });
}

/** What storing a connection needs. */
interface Storing {
  readonly configs: ConfigStore;
  readonly req: Request;
  readonly change: ConfigChange;
  readonly clock: Clock;
  /** Whether to store it even if the caller has gone. */
  readonly evenIfGone?: boolean;
}

/** A connection as it was verified, and with what LiteLLM told. */
interface Verified {
  readonly asked: ConfigEntry;
  readonly learned: ConfigEntry;
}

/**
 * Stores the change, unless it no longer gives the verified connection because another write came in between. No write
 * waits for another's proxy. Gives what was stored; undefined if nothing was.
 */
async function store(
  { configs, req, change, clock, evenIfGone = false }: Storing,
  verified: Verified | undefined,
): Promise<ConfigEntry | undefined> {
  let stored: ConfigEntry | undefined;
  const unlessChanged = (config: ConfigEntry, existing?: ConfigEntry): ConfigEntry | undefined => {
    if (!evenIfGone) req.signal.throwIfAborted();
    stored = undefined;
    if (verified !== undefined && !isSameConnection(config, verified.asked)) return undefined;
    const wantedNow = verified?.learned ?? config;
    refuseFixedKey(wantedNow);
    stored = { ...wantedNow, rotationFrom: rotationStart(existing, wantedNow, clock.now()) };
    return stored;
  };
  const { anew: overwrite } = change;
  await configs.change(
    req.storage,
    configKey,
    (existing) => unlessChanged(change.of(existing), existing),
    overwrite && ((unreadable) => unlessChanged(overwrite(unreadable))),
  );
  return stored;
}

/** Another write may have learned something else. */
function isSameConnection(a: ConfigEntry, b: ConfigEntry): boolean {
  return isDeepStrictEqual({ ...a, verified: undefined }, { ...b, verified: undefined });
}

/** What the connection would be if it were stored now. */
async function wanted(configs: ConfigStore, req: Request, change: ConfigChange): Promise<ConfigEntry> {
  let existing: ConfigEntry | undefined;
  try {
    existing = await configs.read(req.storage, configKey);
  } catch (error) {
    if (error instanceof StoredEntryError && change.anew !== undefined) return change.anew(error);
    throw error;
  }
  return change.of(existing);
}

/** Replaces a connection that cannot be read, and keeps nothing of it. */
function anew(unreadable: StoredEntryError, data: ConfigData): ConfigEntry {
  try {
    return mergedConfig(undefined, data);
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
