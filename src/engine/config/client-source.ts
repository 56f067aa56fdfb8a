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
   * From now on whoever has a client by the former key, or still asks for one, sends by the next. Resolves when nothing is
   * under way any more that was sent by the former.
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
  /** By which key it calls, and whom. */
  readonly caller: string;
  readonly switchable: SwitchableClient;
  /** Whether its calls are another's by now. */
  handedOver: boolean;
  lastGoodCall: Date | undefined;
}

/** Others wait: milliseconds. */
const longestHold = 2_000;
/** A stale copy of the configuration is trusted for seconds: more former keys than these nobody asks for. */
const mostFormer = 4;
/** Whoever has begun something by a connection goes on with it: more than these are not under way. */
const mostRecent = 16;

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
  /** Those that somebody may have, the newest last: a write of another field makes another connection of the same key. */
  let recent: readonly KeptClient[] = [];
  /** What has taken the place of a former key. */
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
      // A key that another connection was tried with is to be forgotten.
      other = undefined;
      recent = recent.filter(({ caller }) => caller === callerOf(config));
    },
    lastGoodCall: (config) => kept(config)?.lastGoodCall,
  };
}

function callerOf({ baseURL, masterKey }: Pick<ConfigEntry, 'baseURL' | 'masterKey'>): string {
  return `${masterKey} ${baseURL}`;
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
