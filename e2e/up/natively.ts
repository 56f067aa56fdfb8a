import { join } from 'node:path';
import { EngineFetchError, EngineMissingError, type EngineName } from '../engines/engine.ts';
import { selectEngines } from '../engines/select-engines.ts';
import { Keeping } from '../harness/keeping.ts';
import { modelOf } from '../harness/litellm.ts';
import type { Proxy } from '../harness/proxy.ts';
import type { RunningEngine } from './running-engine.ts';

/** What the keeper is told: the engines, by name, with the path of their program, and the LiteLLM, which else is a stand-in. */
export interface UpOrder {
  readonly programs: readonly { readonly name: EngineName; readonly path: string }[];
  readonly proxy: Proxy | undefined;
}

/** The engines that `just up` runs natively, of this checkout. */
export const keptEngines = new Keeping<UpOrder, readonly RunningEngine[]>({
  name: 'up',
  script: join(import.meta.dir, 'keeper.ts'),
  endedBy: 'just down',
});

/**
 * Starts the engines that this machine can have, or those that ENGINES names, in a process of their own. What ran before is stopped
 * once all is there to start the new.
 * @throws EngineMissingError where there is none
 * @throws EngineFetchError where one that ENGINES names, or the last that is left, could not be had
 * @throws ProxyError
 * @throws KeeperError
 */
export async function upNatively(proxy: Proxy | undefined, signal: AbortSignal): Promise<readonly RunningEngine[]> {
  const names = (process.env['ENGINES'] ?? '').trim();
  const { engines, missing } = await selectEngines(names);
  const [first] = missing;
  if (engines.length === 0 && first !== undefined) throw new EngineMissingError(first.engine, first.reason);
  if (proxy !== undefined) await modelOf(proxy, signal);
  for (const { engine, reason } of missing) console.log(`Without ${engine.title}: ${reason}`);
  const programs: UpOrder['programs'][number][] = [];
  for (const [index, engine] of engines.entries()) {
    try {
      const { path } = await engine.program({ report: console.log, signal });
      programs.push({ name: engine.name, path });
    } catch (error) {
      const isLast = programs.length === 0 && index === engines.length - 1;
      if (names !== '' || isLast || !(error instanceof EngineFetchError)) throw error;
      console.log(`Without ${engine.title}: ${error.reason}`);
    }
  }
  await keptEngines.stop();
  return await keptEngines.start({ programs, proxy }, 60, signal);
}
