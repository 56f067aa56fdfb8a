import { CallSlots } from '../../litellm/call-slots.ts';
import { type Client, type ClientOptions, createClient } from '../../litellm/client.ts';
import { type Clock, systemClock } from '../../sdk/logical/clock.ts';
import { SwitchableClient } from './switchable-client.ts';
import { configDefaults, type ConfigEntry } from './config-entry.ts';

/** Gives the client for a connection. */
export interface ClientSource {
  /** For the stored configuration. From now on its bound on calls holds for the mount. */
  clientFor(config: ConfigEntry): Client;
  /** For a configuration that is not stored, or no longer. The mount and its bound on calls stay as they are. */
  clientOf(config: ConfigEntry): Client;
}

/** Calls that wait. */
export interface HeldBack {
  readonly client: Client;
  /** Lets them go. After a handover they have gone already. */
  readonly release: () => void;
}

/** The clients of a mount whose own key rotates. */
export interface HandingOver {
  /**
   * From now on, whoever has or asks for a client of the former key sends by the next. Resolves when no call by the
   * former is under way.
   */
  handOver(former: ConfigEntry, next: ConfigEntry): Promise<void>;
  /**
   * Holds back the calls of a connection. Resolves when none of them is under way, or after two seconds. The client
   * that it gives is not held back.
   */
  holdBack(config: ConfigEntry): Promise<HeldBack>;
  /** Like `clientOf`, but for exactly this connection, whatever was handed over. */
  clientExactly(config: ConfigEntry): Client;
}

/** The clients of a mount, and what they remember. */
export interface MountClients extends ClientSource, HandingOver {
  /** A person stored this connection: it holds as written, whatever was handed over before. */
  written(config: ConfigEntry): void;
  /** When a call over this connection last succeeded, in this process. */
  lastGoodCall(config: ConfigEntry): Date | undefined;
}

/** What a source is made of; each part has a default. */
export interface ClientSourceOptions {
  readonly create?: typeof createClient;
  readonly clock?: Clock;
}

interface KeptClient {
  readonly connection: string;
  /** The key and the address that it calls with. */
  readonly caller: string;
  readonly switchable: SwitchableClient;
  /** Whether another client sends its calls now. */
  handedOver: boolean;
  lastGoodCall: Date | undefined;
}

/** Milliseconds; other calls wait meanwhile. */
const longestHold = 2_000;
/** A stale copy of the configuration is used for seconds only: nobody asks for more former keys than these. */
const mostFormer = 4;
/** Whoever started with a connection goes on with it; no more than these are in use at once. */
const mostRecent = 16;

/**
 * Makes a source that makes a client only when the connection changes, not for each key. All its clients share one
 * bound on the calls under way, that of the stored configuration: a mount has one source.
 */
export function createClientSource({
  create = createClient,
  clock = systemClock,
}: ClientSourceOptions = {}): MountClients {
  const slots = new CallSlots(configDefaults.maxInFlight);
  let stored: KeptClient | undefined;
  let other: KeptClient | undefined;
  /**
   * Clients that somebody may have, the newest last. A write of another field makes another connection of the same key.
   */
  let recent: readonly KeptClient[] = [];
  /** What took the place of a former key. */
  const former = new Map<string, KeptClient>();

  function kept(config: ConfigEntry): KeptClient | undefined {
    const next = former.size === 0 ? undefined : former.get(callerOf(config));
    if (next !== undefined) return next;
    const connection = JSON.stringify(clientOptions(config));
    return [stored, other].find((candidate) => candidate?.connection === connection);
  }

  function find(config: ConfigEntry): KeptClient {
    return kept(config) ?? newClient(config);
  }

  function sharing(config: ConfigEntry): readonly KeptClient[] {
    const caller = callerOf(config);
    return recent.filter((one) => one.caller === caller && !one.handedOver);
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
      caller: callerOf(config),
      switchable,
      handedOver: false,
      lastGoodCall: undefined,
    };
    recent = [...recent.slice(1 - mostRecent), made];
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
      const from = sharing(before).filter(({ caller }) => caller !== callerOf(next));
      const to = find(next);
      stored = to;
      for (const [caller, successor] of former) if (from.includes(successor)) former.set(caller, to);
      if (callerOf(before) !== to.caller) former.set(callerOf(before), to);
      for (const caller of former.keys()) if (former.size > mostFormer) former.delete(caller);
      for (const one of from) {
        one.handedOver = true;
        one.switchable.switchTo(to.switchable.client);
        one.switchable.release();
      }
      await Promise.all(from.map((one) => one.switchable.through()));
    },
    async holdBack(config) {
      const { switchable } = find(config);
      const all = [switchable, ...sharing(config).map((one) => one.switchable)];
      const client = switchable.hold();
      for (const one of all) one.hold();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, longestHold);
      });
      await Promise.race([Promise.all(all.map((one) => one.through())), late]);
      clearTimeout(timer);
      const release = (): void => {
        for (const one of all) one.release();
      };
      return { client, release };
    },
    written(config) {
      slots.resize(config.maxInFlight);
      former.delete(callerOf(config));
      stored = exactly(config);
      // Forget the key of a connection that was only tried.
      other = undefined;
      recent = recent.filter(({ caller }) => caller === callerOf(config));
    },
    lastGoodCall: (config) => kept(config)?.lastGoodCall,
  };
}

function callerOf({ baseURL, masterKey }: Pick<ConfigEntry, 'baseURL' | 'masterKey'>): string {
  return `${masterKey} ${baseURL}`;
}

/** Any difference here makes another client, which shares no connection. */
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
