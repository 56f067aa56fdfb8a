/** Requests that are sent and whose answers nobody waits for. Dispose of them: that closes their connections. */
export interface HungReads extends AsyncDisposable {
  /** How many of them were answered, or closed by the server, all the same. */
  readonly ended: number;
}

/**
 * Sends so many reads of a path to an engine, each on a connection of its own, and leaves them. Not by fetch, of which Bun
 * runs 256 at once in a process.
 */
export async function startHungReads(
  { address, rootToken }: { readonly address: string; readonly rootToken: string },
  path: string,
  count: number,
): Promise<HungReads> {
  const { hostname, port, host } = new URL(address);
  const request = `GET /v1/${path} HTTP/1.1\r\nHost: ${host}\r\nX-Vault-Token: ${rootToken}\r\nX-Vault-Request: true\r\n\r\n`;
  const sockets: Bun.Socket[] = [];
  let ended = 0;
  const over = (): void => {
    ended += 1;
  };
  // Some at a time: no queue for new connections holds thousands.
  const atOnce = 64;
  for (let start = 0; start < count; start += atOnce) {
    const opening = Array.from({ length: Math.min(atOnce, count - start) }, () =>
      Bun.connect({
        hostname,
        port: Number(port),
        socket: {
          open: (socket) => void socket.write(request),
          data: (socket) => void socket.end(),
          close: over,
          error: () => undefined,
        },
      }),
    );
    sockets.push(...(await Promise.all(opening)));
  }
  return {
    get ended() {
      return ended;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.terminate();
    },
  };
}
