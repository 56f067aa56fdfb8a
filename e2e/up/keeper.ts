import { openBao } from '../engines/openbao.ts';
import { vault } from '../engines/vault.ts';
import { EngineServer } from '../harness/engine-server.ts';
import { LiteLLM, modelOf, startStandIn } from '../harness/litellm.ts';
import { orAborted } from '../harness/or-aborted.ts';
import { registerPlugin } from '../harness/plugin.ts';
import { keptEngines } from './natively.ts';
import { configure, unmount, type RunningEngine } from './running-engine.ts';

// Runs by itself, without a terminal.

const engines = { openbao: openBao(), vault: vault() } as const;

await keptEngines.keep(async ({ programs, proxy }, signal) => {
  const started = new AsyncDisposableStack();
  try {
    const litellm = proxy ?? (await startStandIn());
    if (litellm instanceof LiteLLM) started.defer(() => litellm.stop());
    const model = await modelOf(litellm, signal);
    const facts: RunningEngine[] = [];
    for (const { name, path } of programs) {
      const { title, command, prefix } = engines[name];
      signal.throwIfAborted();
      const server = await EngineServer.start({ engine: engines[name], binary: path });
      started.defer(() => server.stop());
      const engine = { title, command, prefix, address: server.address, token: server.rootToken, program: path };
      await registerPlugin(server);
      await orAborted(configure(engine, litellm, model), signal);
      // What cannot be said to anybody is not worth ending badly for.
      started.defer(() => unmount(engine).catch(() => undefined));
      facts.push(engine);
    }
    return { facts, stop: () => started.disposeAsync() };
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
});
process.exit();
