import { CallSlots } from '../../litellm/call-slots.ts';
import { type Client, createClient } from '../../litellm/client.ts';
import { configDefaults, type ConfigEntry } from './config-entry.ts';

/** Gives the client for a connection. */
export interface ClientSource {
  /** For the stored configuration, whose bound on calls holds for the mount from now on. */
  clientFor(config: ConfigEntry): Client;
  /** For a configuration that is not stored, or not any more: the mount goes on as it is, and its bound holds. */
  clientOf(config: ConfigEntry): Client;
}

interface KeptClient {
  readonly connection: string;
  readonly client: Client;
}

/**
 * A source that makes a client when the connection has changed, and not for every key. All its clients share one bound
 * on the calls that are under way, the stored configuration's: a mount has one source.
 */
export function createClientSource(create: typeof createClient = createClient): ClientSource {
  const slots = new CallSlots(configDefaults.maxInFlight);
  let stored: KeptClient | undefined;
  let other: KeptClient | undefined;

  function find({ baseURL, masterKey, caCert, requestTimeout, grace }: ConfigEntry): KeptClient {
    const options = { baseURL, masterKey, requestTimeout, grace, ...(caCert === '' ? {} : { caCert }) };
    const connection = JSON.stringify(options);
    for (const kept of [stored, other]) if (kept?.connection === connection) return kept;
    return { connection, client: create({ ...options, slots }) };
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
  };
}
