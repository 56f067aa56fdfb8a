import { EngineFetchError, EngineMissingError, type Engine } from '../engines/engine.ts';
import { selectEngines } from '../engines/select-engines.ts';
import { EngineServer } from '../harness/engine-server.ts';
import { LiteLLM, modelOf, startStandIn } from '../harness/litellm.ts';
import { describeKeysLeft, registerPlugin, unmountPlugin } from '../harness/plugin.ts';
import type { Proxy } from '../harness/proxy.ts';
import { orAborted } from '../harness/until.ts';
import { mountConfigured } from './running-engine.ts';

/**
 * Starts the engines that this machine can have, or those that ENGINES names, with the plugin mounted and configured, and a stand-in
 * where no LiteLLM is given. They go with the stack.
 * @throws EngineMissingError where there is none
 * @throws EngineFetchError where one that ENGINES names, or the last that is left, could not be had
 * @throws ReportedError of one kind or another, or the signal's reason
 */
export async function upNatively(
  proxy: Proxy | undefined,
  started: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<readonly EngineServer[]> {
  if (proxy !== undefined) await modelOf(proxy, signal);
  const programs = await findPrograms(signal);
  const litellm = proxy === undefined ? await startStandIn() : new LiteLLM(proxy.url, proxy.masterKey);
  started.defer(() => litellm.stop());
  const model = await modelOf(litellm, signal);
  const servers: EngineServer[] = [];
  for (const [engine, binary] of programs) {
    const server = started.use(await EngineServer.start({ engine, binary, signal }));
    await registerPlugin(server);
    await orAborted(mountConfigured(server, litellm, model), signal);
    started.defer(() =>
      unmountPlugin(server, 'litellm').catch((error: unknown) => {
        // The stand-in ends with its keys.
        if (proxy !== undefined) console.error(describeKeysLeft(server.address, error));
      }),
    );
    servers.push(server);
  }
  return servers;
}

/** The engines with the paths of their programs. */
async function findPrograms(signal: AbortSignal): Promise<ReadonlyMap<Engine, string>> {
  const names = (process.env['ENGINES'] ?? '').trim();
  const { engines, missing } = await selectEngines(names);
  const [first] = missing;
  if (engines.length === 0 && first !== undefined) throw new EngineMissingError(first.engine, first.reason);
  for (const { engine, reason } of missing) console.log(`Without ${engine.title}: ${reason}`);
  const programs = new Map<Engine, string>();
  for (const [index, engine] of engines.entries()) {
    try {
      programs.set(engine, (await engine.program({ report: console.log, signal })).path);
    } catch (error) {
      const isLast = programs.size === 0 && index === engines.length - 1;
      if (names !== '' || isLast || !(error instanceof EngineFetchError)) throw error;
      console.log(`Without ${engine.title}: ${error.reason}`);
    }
  }
  return programs;
}
