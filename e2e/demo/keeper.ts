import { keptWorld } from './kept-world.ts';
import { startWorld } from './world.ts';

// Runs by itself, without a terminal.

await keptWorld.keep(async ({ baoBinary, proxy }) => {
  const running = await startWorld(baoBinary, proxy);
  const { world } = running;
  return { facts: { ...world, masterKey: world.standIn ? world.masterKey : '' }, stop: () => running.stop() };
});
process.exit();
