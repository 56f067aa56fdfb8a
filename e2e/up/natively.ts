import { join } from 'node:path';
import { EngineMissingError, type EngineName } from '../engines/engine.ts';
import { selectEngines } from '../engines/select-engines.ts';
import { Keeping } from '../harness/keeping.ts';
import type { Proxy, RunningEngine } from './running-engine.ts';

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
 * Starts the engines that this machine can have, or those that ENGINES names, in a process of their own.
 * @throws EngineMissingError where there is none
 * @throws KeeperError
 */
export async function upNatively(proxy: Proxy | undefined, signal: AbortSignal): Promise<readonly RunningEngine[]> {
  await keptEngines.stop();
  const { engines, missing } = await selectEngines(process.env['ENGINES']);
  const [first] = missing;
  if (engines.length === 0 && first !== undefined) throw new EngineMissingError(first.engine, first.reason);
  for (const { engine, reason } of missing) console.log(`Without ${engine.title}: ${reason}`);
  const programs: UpOrder['programs'][number][] = [];
  for (const engine of engines) {
    const { path } = await engine.program({ report: console.log, signal });
    programs.push({ name: engine.name, path });
  }
  return await keptEngines.start({ programs, proxy }, 60, signal);
}
