import { CallSlots } from '../../litellm/call-slots.ts';
import { type Client, createClient } from '../../litellm/client.ts';
import { configDefaults, type ConfigEntry } from './config-entry.ts';

/** Gives the client for a connection. */
export interface ClientSource {
  clientFor(config: ConfigEntry): Client;
}

/**
 * A source that makes a client when the connection has changed, and not for every key. All its clients share one bound
 * on the calls that are under way, the latest configuration's: a mount has one source.
 */
export function createClientSource(create: typeof createClient = createClient): ClientSource {
  const slots = new CallSlots(configDefaults.maxInFlight);
  let latest: { readonly config: string; readonly client: Client } | undefined;
  return {
    clientFor({ baseURL, masterKey, caCert, requestTimeout, grace, maxInFlight }) {
      slots.resize(maxInFlight);
      const options = { baseURL, masterKey, requestTimeout, grace, ...(caCert === '' ? {} : { caCert }) };
      const config = JSON.stringify(options);
      if (latest?.config !== config) latest = { config, client: create({ ...options, slots }) };
      return latest.client;
    },
  };
}
