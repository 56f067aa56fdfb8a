import { openBao } from '../e2e/engines/openbao.ts';
import { ask, textOf } from '../e2e/harness/engine-api.ts';
import { EngineServer } from '../e2e/harness/engine-server.ts';
import { mountPlugin, registerPlugin } from '../e2e/harness/plugin.ts';
import { benchRole, type LiteLLM } from './litellm.ts';

/** A real OpenBao with the plugin at `litellm/` and the role `bench`, nothing issued yet. Dispose of it. */
export interface BenchOpenBao extends AsyncDisposable {
  readonly version: string;
  /** The plugin's one process. */
  readonly pluginPid: number;
  readonly server: EngineServer;
  /** Reads `creds/bench`; gives the key's token id. */
  issue(): Promise<string>;
}

/** Starts one, with storage in memory. */
export async function startOpenBao(litellm: LiteLLM, signal: AbortSignal): Promise<BenchOpenBao> {
  const engine = openBao();
  const { path, version } = await engine.program({ report: (line) => console.error(line), signal });
  const server = await EngineServer.start({ engine, binary: path });
  try {
    await registerPlugin(server);
    await mountPlugin(server, 'litellm');
    await write(server, 'litellm/config', { base_url: litellm.url, master_key: litellm.masterKey });
    await write(server, 'litellm/roles/bench', benchRole);
    const [plugin, ...more] = await server.plugins();
    if (plugin === undefined || more.length > 0) throw new Error('not exactly one process of the plugin runs');
    return {
      version,
      pluginPid: plugin.pid,
      server,
      async issue() {
        return textOf((await ask(server, 'GET', 'litellm/creds/bench')).data['token_id']);
      },
      [Symbol.asyncDispose]: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Issues keys by several clients at once, each waiting for its answer before it asks again; tells of each one. */
export async function issueMany(
  openBao: Pick<BenchOpenBao, 'issue'>,
  { count, clients, signal }: { readonly count: number; readonly clients: number; readonly signal: AbortSignal },
  onIssued: (tokenId: string, milliseconds: number) => void,
): Promise<void> {
  let begun = 0;
  const client = async (): Promise<void> => {
    while (begun++ < count) {
      signal.throwIfAborted();
      const begin = performance.now();
      const tokenId = await openBao.issue();
      onIssued(tokenId, performance.now() - begin);
    }
  };
  const results = await Promise.allSettled(Array.from({ length: clients }, client));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Writes a path. @throws RefusedError */
export async function write(
  server: EngineServer,
  path: string,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  await ask(server, 'POST', path, body);
}
