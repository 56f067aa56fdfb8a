import { once } from 'node:events';
import type { Server as HTTPServer } from 'node:http';
import type { Server } from 'node:net';

/** Lets a server listen on loopback, on this port or else on a free one, and gives the port. */
export async function listenOnLoopback(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}

/** Ends a server and all its connections. One that has ended stays so. */
export async function closeHTTPServer(server: HTTPServer): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
}
