import { CallSlots } from '../../litellm/call-slots.ts';
import { type Client, type ClientOptions, createClient } from '../../litellm/client.ts';
import { type Clock, systemClock } from '../../sdk/logical/clock.ts';
import { configDefaults, type ConfigEntry } from './config-entry.ts';

/** Gives the client for a connection. */
export interface ClientSource {
  /** For the stored configuration, whose bound on calls holds for the mount from now on. */
  clientFor(config: ConfigEntry): Client;
  /** For a configuration that is not stored, or not any more: the mount goes on as it is, and its bound holds. */
  clientOf(config: ConfigEntry): Client;
}

/** The clients of a mount, and what they remember. */
export interface MountClients extends ClientSource {
  /** When LiteLLM last did what it was asked over this connection, since this process has it. */
  lastGoodCall(config: ConfigEntry): Date | undefined;
}

/** What a source is made of; everything has a default. */
export interface ClientSourceOptions {
  readonly create?: typeof createClient;
  readonly clock?: Clock;
}

interface KeptClient {
  readonly connection: string;
  readonly client: Client;
  lastGoodCall: Date | undefined;
}

/**
 * A source that makes a client when the connection has changed, and not for every key. All its clients share one bound
 * on the calls that are under way, the stored configuration's: a mount has one source.
 */
export function createClientSource({
  create = createClient,
  clock = systemClock,
}: ClientSourceOptions = {}): MountClients {
  const slots = new CallSlots(configDefaults.maxInFlight);
  let stored: KeptClient | undefined;
  let other: KeptClient | undefined;

  function kept(connection: string): KeptClient | undefined {
    return [stored, other].find((candidate) => candidate?.connection === connection);
  }

  function find(config: ConfigEntry): KeptClient {
    const options = clientOptions(config);
    const connection = JSON.stringify(options);
    const found = kept(connection);
    if (found !== undefined) return found;
    const onGoodCall = (): void => {
      made.lastGoodCall = clock.now();
    };
    const client = create({ ...options, slots, onGoodCall });
    const made: KeptClient = { connection, client, lastGoodCall: undefined };
    return made;
  }

  return {
    clientFor(config) {
      slots.resize(config.maxInFlight);
      stored = find(config);
      return stored.client;
    },
    clientOf(config) {
      const found = find(config);
      if (found !== stored) other = found;
      return found.client;
    },
    lastGoodCall: (config) => kept(JSON.stringify(clientOptions(config)))?.lastGoodCall,
  };
}

/** What makes a connection another one: with the least change there is another client, and no connection is shared. */
function clientOptions(config: ConfigEntry): ClientOptions {
  const { baseURL, masterKey, caCert, clientCert, clientKey, tlsServerName, tlsSkipVerify, headers } = config;
  return {
    baseURL,
    masterKey,
    requestTimeout: config.requestTimeout,
    grace: config.grace,
    ...(caCert === '' ? {} : { caCert }),
    ...(clientCert === '' ? {} : { clientCert, clientKey }),
    ...(tlsServerName === '' ? {} : { tlsServerName }),
    ...(tlsSkipVerify ? { tlsSkipVerify } : {}),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
  };
}
