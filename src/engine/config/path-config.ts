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
        summary: 'Change the given fields of a connection that is there, and give those that are null their defaults.',
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
      'A write changes the fields that it names and keeps the others; so does a patch (JSON merge patch), which merges ' +
      'headers name by name and gives what is null its default. Before anything is stored, the proxy is asked ' +
      "whether the master key is an administrator's; verify_connection=false stores without asking. Another base_url " +
      'takes master_key along in the same write, and headers where there are any, since what is stored would be sent ' +
      'there. A read asks LiteLLM nothing: it tells what was learned when the connection was last verified. ' +
      "With bootstrap=true and the proxy's own master key the mount makes an administrator and a key of its own, stores " +
      'that, and forgets the master key: it can then be rotated, by rotate-root or by itself. ' +
      'While leases are outstanding the connection is needed to revoke them.',
  });

/** Verifying asks the proxy: a standby leaves that to the node that will store the answer. */
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

/** What a request makes of the stored connection. Throws a `UserMistake` where that is none. */
interface ConfigChange {
  of(existing: ConfigEntry | undefined): ConfigEntry;
  /** Of one that cannot be read; left out where that is to be told. */
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
    // From now on it is the mount's own, and what another connection is tried for puts it out of no memory.
    options.clients.written(stored);
    const now = options.clock.now();
    const warnings = [...(own?.warnings ?? []), ...connectionWarnings(stored, now), ...rotationWarnings(stored, now)];
    if (own === undefined) return warnings.length === 0 ? undefined : { warnings };
    const { keyAlias, tokenId, userId } = own;
    const shown = { master_key_alias: keyAlias, master_key_token_id: tokenId, master_key_user_id: userId };
    return withWarnings({ data: shown }, warnings);
  });
}

/** Has a key of the mount's own made, by the master key that is asked for, and stored in its place. */
async function bootstrapped(storing: Storing, options: ConfigOptions, data: ConfigData): Promise<OwnKey> {
  if (!data.get('verify_connection')) {
    throw new UserMistake('bootstrap=true has LiteLLM make a key, so verify_connection=false cannot stand beside it');
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
  /** Whether it is stored though the caller has gone. */
  readonly evenIfGone?: boolean;
}

/** A connection as LiteLLM was asked over it, and with what it told. */
interface Verified {
  readonly asked: ConfigEntry;
  readonly learned: ConfigEntry;
}

/**
 * Stores the given fields over those that are there, unless that makes another connection than the verified one: then
 * another write came in between. No write waits for the other's proxy. Gives what was stored.
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

/** What was learned may be another write's by now. */
function isSameConnection(a: ConfigEntry, b: ConfigEntry): boolean {
  return isDeepStrictEqual({ ...a, verified: undefined }, { ...b, verified: undefined });
}

/** What the connection would be, were it stored now. */
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

/** A connection that takes the place of one that cannot be read, of which nothing is kept. */
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
