import { join } from 'node:path';
import { Keeping } from '../harness/keeping.ts';
import type { Proxy } from '../harness/proxy.ts';
import type { RunningWorld, World } from './world.ts';

/** What the keeper is told. */
export interface KeeperOrder {
  readonly baoBinary: string;
  readonly proxy: Proxy | undefined;
}

/** The world that is kept of this checkout, without a real proxy's master key. */
export const keptWorld = new Keeping<KeeperOrder, World>({
  name: 'demo',
  script: join(import.meta.dir, 'keeper.ts'),
  endedBy: 'npm run demo -- --stop',
});

/** Starts a world that outlives this process. @throws KeeperError */
export async function startKeptWorld(order: KeeperOrder): Promise<RunningWorld> {
  const world = await keptWorld.start(order, 60);
  const masterKey = order.proxy?.masterKey ?? world.masterKey;
  return { world: { ...world, masterKey }, stop: async () => void (await keptWorld.stop()) };
}
