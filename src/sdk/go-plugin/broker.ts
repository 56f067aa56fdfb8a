import type { ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { plugin } from '../pb/pb.js';

type ConnInfo = plugin.ConnInfo.$Shape;

/** Where the host listens for one of its services. */
export interface Announcement {
  readonly network: string;
  readonly address: string;
}

interface Pending {
  readonly announcement: Promise<Announcement>;
  readonly resolve: (announcement: Announcement) => void;
}

/** The host named a service and did not say where it listens. */
export class BrokerTimeoutError extends Error {
  override readonly name = 'BrokerTimeoutError';

  constructor(serviceId: number, seconds: number) {
    super(`the host did not say within ${seconds} s where its service ${serviceId} listens`);
  }
}

/** Seconds that an announcement may take; the same as in go-plugin's broker. */
const timeoutSeconds = 5;

/**
 * The plugin's side of go-plugin's broker. The host announces its listeners by number on one stream, before or after
 * the call that names the number. If the host is killed, the end of this stream is the only sign. Go: `GRPCBroker` in
 * go-plugin's grpc_broker.go.
 */
export class Broker {
  /** Resolves when the host has opened its stream. */
  readonly connected: Promise<void>;
  /** Resolves when the stream, once open, has ended. */
  readonly lost: Promise<void>;
  readonly #pending = new Map<number, Pending>();
  readonly #acknowledged = new Map<number, (error: string) => void>();
  #stream: ServerDuplexStream<ConnInfo, ConnInfo> | undefined;
  #find: ((serviceId: number) => Promise<Announcement>) | undefined;
  readonly #connect: () => void;
  readonly #lose: () => void;

  constructor() {
    const connected = Promise.withResolvers<void>();
    const lost = Promise.withResolvers<void>();
    this.connected = connected.promise;
    this.lost = lost.promise;
    this.#connect = connected.resolve;
    this.#lose = lost.resolve;
  }

  /** The handlers of `plugin.GRPCBroker`. */
  handlers(): UntypedServiceImplementation {
    return { startStream: (call: ServerDuplexStream<ConnInfo, ConnInfo>) => this.#startStream(call) };
  }

  /** From now on `find` tells where the host listens: the host announces nothing then. */
  findBy(find: (serviceId: number) => Promise<Announcement>): void {
    this.#find = find;
  }

  /**
   * Asks the host to use the next stream of a shared connection for one of its services. Rejects with the host's
   * reason, or with {@link BrokerTimeoutError}. Go: `GRPCBroker.knock`.
   */
  async knock(serviceId: number): Promise<void> {
    const answer = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => answer.reject(new BrokerTimeoutError(serviceId, timeoutSeconds)),
      timeoutSeconds * 1000,
    );
    this.#acknowledged.set(serviceId, (error) => {
      if (error === '') answer.resolve();
      else answer.reject(new Error(`the host does not open its service ${serviceId}: ${error}`));
    });
    try {
      this.#stream?.write({ serviceId, knock: { knock: true } });
      await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#acknowledged.delete(serviceId);
    }
  }

  /** Where the host listens for a service. Rejects with {@link BrokerTimeoutError} if it does not say. */
  async announcement(serviceId: number): Promise<Announcement> {
    if (this.#find !== undefined) return await this.#find(serviceId);
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => timeout.reject(new BrokerTimeoutError(serviceId, timeoutSeconds)),
      timeoutSeconds * 1000,
    );
    try {
      return await Promise.race([this.#pendingFor(serviceId).announcement, timeout.promise]);
    } finally {
      clearTimeout(timer);
      this.#pending.delete(serviceId);
    }
  }

  #startStream(call: ServerDuplexStream<ConnInfo, ConnInfo>): void {
    this.#stream = call;
    this.#connect();
    call.on('data', ({ serviceId, network, address, knock }: ConnInfo) => {
      if (knock?.ack === true) this.#acknowledged.get(serviceId ?? 0)?.(knock.error ?? '');
      else this.#pendingFor(serviceId ?? 0).resolve({ network: network ?? '', address: address ?? '' });
    });
    call.on('error', () => this.#lose());
    call.on('cancelled', () => this.#lose());
    call.on('end', () => {
      call.end();
      this.#lose();
    });
  }

  #pendingFor(serviceId: number): Pending {
    let pending = this.#pending.get(serviceId);
    if (pending === undefined) {
      const { promise, resolve } = Promise.withResolvers<Announcement>();
      pending = { announcement: promise, resolve };
      this.#pending.set(serviceId, pending);
    }
    return pending;
  }
}
