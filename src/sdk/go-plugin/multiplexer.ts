import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Announcement, Broker } from './broker.ts';
import { ListenerError } from './listener.ts';
import { YamuxSession } from './yamux.ts';

/**
 * For a host that wants every stream over one connection, as Vault does for a plugin in a container. Splits the
 * connection that comes to `socketPath`, and joins each stream to a connection of its own: to where the plugin listens,
 * or from where the plugin looks for the host. Go: `GRPCServerMuxer` in go-plugin's internal/grpcmux.
 */
export class Multiplexer {
  readonly #innerPath: string;
  readonly #servers = new Map<string, Server>();
  readonly #sockets = new Set<Socket>();
  #session: YamuxSession | undefined;
  /** A host uses the next stream for the last knock, so dials go one after another. */
  #dialled: Promise<unknown> = Promise.resolve();

  private constructor(innerPath: string) {
    this.#innerPath = innerPath;
  }

  /** Listens where the host looks for the plugin, which itself listens at `innerPath`. @throws ListenerError */
  static async listen(socketPath: string, innerPath: string): Promise<Multiplexer> {
    const multiplexer = new Multiplexer(innerPath);
    await multiplexer.#listen(socketPath, (socket) => multiplexer.#accept(socket));
    return multiplexer;
  }

  /** Makes a service of the host reachable at `path`, which is new. @throws ListenerError */
  async serviceOfHost(serviceId: number, broker: Broker, path: string): Promise<Announcement> {
    await this.#listen(path, (socket) => {
      const dial = async (): Promise<void> => {
        await broker.knock(serviceId);
        if (this.#session === undefined) throw new Error('the host has not connected');
        join(socket, this.#session.open());
      };
      this.#dialled = this.#dialled.then(dial).catch(() => void socket.destroy());
    });
    return { network: 'unix', address: path };
  }

  /** Ends every connection, and removes the sockets. */
  close(): void {
    for (const [path, server] of this.#servers) {
      server.close();
      rmSync(path, { force: true });
    }
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    // A host connects once.
    if (this.#session !== undefined) socket.destroy();
    else
      this.#session = new YamuxSession(socket, (stream) =>
        join(connect({ path: this.#innerPath, allowHalfOpen: true }), stream),
      );
  }

  async #listen(path: string, onConnection: (socket: Socket) => void): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      onConnection(socket);
    });
    this.#servers.set(path, server);
    await new Promise<void>((resolve, reject) => {
      server.on('error', (error) => {
        reject(new ListenerError(`cannot listen on ${path}: ${error.message}`, { cause: error }));
      });
      server.listen(path, resolve);
    });
  }
}

/** Each gets what the other says, and ends with it. */
function join(one: Socket, other: Duplex): void {
  one.on('error', () => other.destroy());
  one.on('close', () => other.destroy());
  other.on('close', () => one.destroy());
  one.pipe(other);
  other.pipe(one);
}
