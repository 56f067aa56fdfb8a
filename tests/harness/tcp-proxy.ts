import { createServer, connect, type Socket } from 'node:net';
import { listenOnLoopback } from './loopback-server.ts';

/** Passes connections on to a server, and can make them die in the ways in which load balancers and proxies do. */
export interface TCPProxy extends AsyncDisposable {
  /** The server's address, with this proxy's port. */
  readonly url: string;
  /** How many connections were made. */
  readonly connections: number;
  /**
   * The connections that are open now are dead from here on: `silent` takes what comes and never answers, `reset` resets
   * the connection when the next byte comes.
   */
  kill(how: 'silent' | 'reset'): void;
}

/** Starts one on loopback before the server at `url`. */
export async function startTCPProxy(url: string): Promise<TCPProxy> {
  const target = Number(new URL(url).port);
  const open = new Map<Socket, { dead?: 'silent' | 'reset' }>();
  let connections = 0;
  const server = createServer((near) => {
    connections += 1;
    const state: { dead?: 'silent' | 'reset' } = {};
    open.set(near, state);
    const far = connect(target, '127.0.0.1');
    near.on('data', (data) => {
      if (state.dead === undefined) far.write(data);
      else if (state.dead === 'reset') near.resetAndDestroy();
    });
    far.on('data', (data) => {
      if (state.dead === undefined) near.write(data);
    });
    near.on('error', () => undefined);
    far.on('error', () => near.destroy());
    near.on('close', () => {
      open.delete(near);
      far.destroy();
    });
    far.on('close', () => {
      if (state.dead === undefined) near.end();
    });
  });
  const mine = new URL(url);
  mine.port = String(await listenOnLoopback(server));
  return {
    url: mine.href.replace(/\/$/, ''),
    get connections() {
      return connections;
    },
    kill(how) {
      for (const state of open.values()) state.dead = how;
    },
    async [Symbol.asyncDispose]() {
      const closed = server[Symbol.asyncDispose]();
      for (const socket of open.keys()) socket.destroy();
      await closed;
    },
  };
}
