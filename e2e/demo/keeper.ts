import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { keeperLogFile, keptWorldFile, writeKeptWorld, type KeeperOrder } from './kept-world.ts';
import { startWorld } from './world.ts';

// Runs by itself, without a terminal: starts a world, writes down how to reach it, and ends it when it is told to, when it is
// sent a signal, or after eight hours.

const hours = 8;

const { baoBinary, proxy } = (await Bun.stdin.json()) as KeeperOrder;
const { promise: told, resolve: tell } = Promise.withResolvers<void>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => tell());

const running = await startWorld(baoBinary, proxy);
const socket = join(running.world.folder, 'keeper.sock');
const control = Bun.serve({
  unix: socket,
  fetch(request) {
    if (request.method === 'DELETE') tell();
    return new Response();
  },
});
const timer = setTimeout(() => tell(), hours * 3600_000);
await writeKeptWorld({ world: running.world, socket });
await told;
clearTimeout(timer);
await control.stop(true);
try {
  await running.stop();
} finally {
  await rm(keeperLogFile, { force: true });
  await rm(keptWorldFile, { force: true });
}
process.exit();
