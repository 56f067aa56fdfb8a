import type { Server } from '@grpc/grpc-js';

/**
 * Lets the client of a server give up as many calls as it likes. Bun ends a connection on which more than a thousand
 * calls are given up in a short time ("too many stream resets"), as a defence against strangers. Here the only client
 * is the host: its own clients may all leave at once, and its connection serves every mount. grpc-js has no option for
 * it, so this changes those that grpc-js passes to node:http2. Throws if they are not there. Call it before the server
 * is bound.
 */
export function liftResetLimit(server: Server): void {
  const options: unknown = Reflect.get(server, 'commonServerOptions');
  if (typeof options !== 'object' || options === null)
    throw new Error('grpc-js keeps the options of its server elsewhere');
  Object.assign(options, { streamResetBurst: unlimited, streamResetRate: unlimited });
}

const unlimited = 2 ** 31 - 1;
