import { createServer } from 'node:net';
import { listenOnLoopback } from '../../tests/harness/loopback-server.ts';

/** `count` loopback ports that nobody listens on at this moment, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(servers.map((server) => listenOnLoopback(server)));
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  return ports;
}
