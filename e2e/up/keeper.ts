import { openBao } from '../engines/openbao.ts';
import { vault } from '../engines/vault.ts';
import { EngineServer } from '../harness/engine-server.ts';
import { LiteLLM, startStandIn } from '../harness/litellm.ts';
import { registerPlugin } from '../harness/plugin.ts';
import { keptEngines } from './natively.ts';
import { configure, modelOf, unmount, type RunningEngine } from './running-engine.ts';

// Runs by itself, without a terminal.

const engines = { openbao: openBao(), vault: vault() } as const;

await keptEngines.keep(async ({ programs, proxy }) => {
  const started = new AsyncDisposableStack();
  try {
    const litellm = proxy === undefined ? await startStandIn() : new LiteLLM(proxy.url, proxy.masterKey);
    started.defer(() => litellm.stop());
    const model = await modelOf(litellm);
    const facts: RunningEngine[] = [];
    for (const { name, path } of programs) {
      const { title, command, prefix } = engines[name];
      const server = await EngineServer.start({ engine: engines[name], binary: path });
      started.defer(() => server.stop());
      const engine = { title, command, prefix, address: server.address, token: server.rootToken, program: path };
      await registerPlugin(server);
      started.defer(() => unmount(engine));
      await configure(engine, litellm, model);
      facts.push(engine);
    }
    return { facts, stop: () => started.disposeAsync() };
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
});
process.exit();
