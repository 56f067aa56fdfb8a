import { CallSlots } from '../../litellm/call-slots.ts';
import { type Client, type ClientOptions, createClient } from '../../litellm/client.ts';
import { type Clock, systemClock } from '../../sdk/logical/clock.ts';
import { SwitchableClient } from './switchable-client.ts';
import { configDefaults, type ConfigEntry } from './config-entry.ts';

/** Gives the client for a connection. */
export interface ClientSource {
  /** For the stored configuration, whose bound on calls holds for the mount from now on. */
  clientFor(config: ConfigEntry): Client;
  /** For a configuration that is not stored, or not any more: the mount goes on as it is, and its bound holds. */
  clientOf(config: ConfigEntry): Client;
}

/** Calls that wait. */
export interface HeldBack {
  readonly client: Client;
  /** Lets them go; they have gone already where the connection was handed over. */
  readonly release: () => void;
}

/** The clients of a mount whose own key is rotated. */
export interface HandingOver {
  /**
   * From now on whoever has a client of the former connection, or still asks for one, sends by the next. Resolves when
   * nothing is under way any more that was sent by the former.
   */
  handOver(former: ConfigEntry, next: ConfigEntry): Promise<void>;
  /**
   * Holds back the calls of a connection; resolves when nothing is under way with it, or after two seconds. Gives a client
   * of it whose calls are not held back.
   */
  holdBack(config: ConfigEntry): Promise<HeldBack>;
  /** Like `clientOf`, for exactly this connection, whatever was handed over. */
  clientExactly(config: ConfigEntry): Client;
}

/** The clients of a mount, and what they remember. */
export interface MountClients extends ClientSource, HandingOver {
  /** A person has stored a connection: it means what it says, whatever was handed over before. */
  written(config: ConfigEntry): void;
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
  readonly switchable: SwitchableClient;
  /** Whether its calls are another's by now. */
  handedOver: boolean;
  lastGoodCall: Date | undefined;
}

/** Others wait: milliseconds. */
const longestHold = 2_000;
/** A stale copy of the configuration is trusted for seconds: more former connections than these nobody asks for. */
const mostFormer = 4;

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
  /** What has taken the place of a former connection. */
  const former = new Map<string, KeptClient>();

  function kept(connection: string): KeptClient | undefined {
    return former.get(connection) ?? [stored, other].find((candidate) => candidate?.connection === connection);
  }

  function find(config: ConfigEntry): KeptClient {
    return kept(JSON.stringify(clientOptions(config))) ?? newClient(config);
  }

  function exactly(config: ConfigEntry): KeptClient {
    const connection = JSON.stringify(clientOptions(config));
    const found = [stored, other].find((candidate) => candidate?.connection === connection && !candidate.handedOver);
    return found ?? newClient(config);
  }

  function newClient(config: ConfigEntry): KeptClient {
    const options = clientOptions(config);
    const onGoodCall = (): void => {
      made.lastGoodCall = clock.now();
    };
    const switchable = new SwitchableClient(create({ ...options, slots, onGoodCall }));
    const made: KeptClient = {
      connection: JSON.stringify(options),
      switchable,
      handedOver: false,
      lastGoodCall: undefined,
    };
    return made;
  }

  return {
    clientFor(config) {
      slots.resize(config.maxInFlight);
      stored = find(config);
      return stored.switchable.client;
    },
    clientOf(config) {
      const found = find(config);
      if (found !== stored) other = found;
      return found.switchable.client;
    },
    clientExactly(config) {
      const exact = exactly(config);
      if (exact !== stored) other = exact;
      return exact.switchable.client;
    },
    async handOver(before, next) {
      const connection = JSON.stringify(clientOptions(before));
      const from = kept(connection);
      const to = find(next);
      stored = to;
      for (const [name, successor] of former) if (successor === from) former.set(name, to);
      former.set(connection, to);
      for (const name of former.keys()) if (former.size > mostFormer) former.delete(name);
      if (from === undefined || from === to) return;
      from.handedOver = true;
      from.switchable.switchTo(to.switchable.client);
      from.switchable.release();
      await from.switchable.through();
    },
    async holdBack(config) {
      const { switchable } = find(config);
      const client = switchable.hold();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, longestHold);
      });
      await Promise.race([switchable.through(), late]);
      clearTimeout(timer);
      return { client, release: () => switchable.release() };
    },
    written(config) {
      slots.resize(config.maxInFlight);
      former.clear();
      stored = exactly(config);
      // It may have been tried with a key that is to be forgotten.
      other = undefined;
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
