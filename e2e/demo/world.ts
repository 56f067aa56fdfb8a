import { openBao } from '../engines/openbao.ts';
import { startStandIn } from '../harness/litellm.ts';
import { EngineServer } from '../harness/engine-server.ts';
import type { Proxy } from '../harness/proxy.ts';
import { placePlugin } from '../harness/plugin.ts';

/** What the demonstration needs to know of the programs that it runs against; JSON can carry it. */
export interface World {
  readonly baoBinary: string;
  readonly address: string;
  readonly token: string;
  /** The engine's folder, with its log and its plugin folder. */
  readonly folder: string;
  readonly logFile: string;
  readonly pluginFolder: string;
  /** Of the plugin, in hex. */
  readonly sha256: string;
  readonly litellmURL: string;
  readonly masterKey: string;
  /** Whether LiteLLM is the embedded stand-in. */
  readonly standIn: boolean;
}

/** A world and its end. */
export interface RunningWorld {
  readonly world: World;
  /** Revokes every key that is left and ends what was started. */
  stop(): Promise<void>;
}

/** The mount that the demonstration works in. */
export const mount = 'litellm';

/** Starts an OpenBao with the plugin in its plugin folder and, where no proxy is given, a stand-in for LiteLLM. */
export async function startWorld(baoBinary: string, proxy: Proxy | undefined): Promise<RunningWorld> {
  const server = await EngineServer.start({ engine: openBao(), binary: baoBinary });
  try {
    const sha256 = await placePlugin(server);
    const standIn = proxy === undefined ? await startStandIn() : undefined;
    const { url, masterKey } = proxy ?? standIn ?? { url: '', masterKey: '' };
    const { address, rootToken: token, folder, logFile, pluginFolder } = server;
    return {
      world: {
        baoBinary,
        address,
        token,
        folder,
        logFile,
        pluginFolder,
        sha256,
        litellmURL: url,
        masterKey,
        standIn: standIn !== undefined,
      },
      async stop() {
        // A real proxy would keep the keys until they expire; the unmounting revokes them.
        await server.api('DELETE', `sys/mounts/${mount}`).catch(() => undefined);
        await server.stop();
        await standIn?.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
