import { type Client, createClient } from '../../litellm/client.ts';
import type { ConfigEntry } from './config-entry.ts';

/** Gives the client for a connection. */
export interface ClientSource {
  clientFor(config: ConfigEntry): Client;
}

/** A source that makes a client when the connection has changed, and not for every key. */
export function createClientSource(create: typeof createClient = createClient): ClientSource {
  let latest: { readonly config: string; readonly client: Client } | undefined;
  return {
    clientFor({ baseURL, masterKey, caCert, requestTimeout }) {
      const options = { baseURL, masterKey, requestTimeout, ...(caCert === '' ? {} : { caCert }) };
      const config = JSON.stringify(options);
      if (latest?.config !== config) latest = { config, client: create(options) };
      return latest.client;
    },
  };
}
