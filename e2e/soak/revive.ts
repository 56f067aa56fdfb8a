import { until } from '../harness/until.ts';
import type { Ledger } from './ledger.ts';
import type { World } from './world.ts';

/** Seconds until a plugin that gives no answer is taken for dead, and until one that was cured has to answer. */
const [patience, longest] = [10, 60] as const;

/**
 * Waits until the engine is unsealed and the plugin answers. Engines leave a plugin that was killed while they set it up dead until
 * they are sealed and unsealed, so that is done and counted.
 * @throws DeadlineError where not even that helps
 */
export async function revive(world: Pick<World, 'server' | 'cluster' | 'follow'>, ledger: Ledger): Promise<void> {
  const works = async (): Promise<boolean> => {
    await world.follow();
    return (await world.server.api('GET', 'litellm/config')).status === 200;
  };
  try {
    await until('the plugin answers', patience, works);
  } catch {
    ledger.count('cured by seal and unseal');
    await ledger.during('the engine is sealed', async () => {
      const { server, cluster } = world;
      await server.api('PUT', 'sys/seal');
      await cluster.unseal(server);
      await until('the plugin answers', longest, works);
    });
  }
}
