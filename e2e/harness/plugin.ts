import { copyFile, link } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ask } from './engine-api.ts';
import type { EngineServer } from './engine-server.ts';
import { ReportedError } from './script.ts';

/** What the plugin is called, in the catalogue and as a file. */
export const pluginName = 'vault-plugin-secrets-litellm';

/** The compiled plugin, as `just build` leaves it. */
export const pluginBinary = resolve(import.meta.dir, '../../dist', pluginName);

/** The plugin was never built, or cannot be. */
export class PluginError extends ReportedError {
  override readonly name = 'PluginError';
}

/** The version of the compiled plugin, as it says itself and as engines want it: with a leading `v`. @throws PluginError */
export async function builtVersion(): Promise<string> {
  await requireBuilt(pluginBinary);
  const said = await Bun.$`${pluginBinary} --version`.nothrow().quiet().text();
  const [, version] = /^\S+ (v\d+\.\d+\.\d+\S*)\n$/.exec(said) ?? [];
  if (version === undefined) throw new PluginError(`${pluginBinary} --version prints ${JSON.stringify(said)}`);
  return version;
}

async function requireBuilt(binary: string): Promise<void> {
  if (!(await Bun.file(binary).exists())) throw new PluginError(`${binary} is not there: run \`npm run build\` first`);
}

/** Puts a plugin into the server's plugin folder, as it is now: a later build does not change it. Gives its sha256, in hex. */
export async function placePlugin(server: EngineServer, binary = pluginBinary, name = pluginName): Promise<string> {
  await requireBuilt(binary);
  const target = join(server.pluginFolder, name);
  // A second name costs nothing; across file systems there is none. A link from the folder to outside is refused by engines.
  await link(binary, target).catch(() => copyFile(binary, target));
  return new Bun.CryptoHasher('sha256').update(await Bun.file(binary).arrayBuffer()).digest('hex');
}

/** What is registered, where it is not the plugin as it was built, without a version and under its own name. */
export interface Registration {
  readonly name?: string;
  /** What its process gets beside the engine's environment, as `NAME=value`. */
  readonly env?: readonly string[];
  readonly version?: string;
  readonly binary?: string;
}

/** Places the plugin and enters it in the catalogue. @throws PluginError, RefusedError */
export async function registerPlugin(
  server: EngineServer,
  { name = pluginName, env = [], version, binary }: Registration = {},
): Promise<void> {
  const command = version === undefined ? name : `${name}-${version}`;
  const sha256 = await placePlugin(server, binary, command);
  const entry = { sha256, command, env, ...(version === undefined ? {} : { version }) };
  await ask(server, 'PUT', `sys/plugins/catalog/secret/${name}`, entry);
}

/** Mounts the registered plugin at a path. @throws RefusedError */
export async function mountPlugin(server: Pick<EngineServer, 'api'>, path: string, name = pluginName): Promise<void> {
  await ask(server, 'POST', `sys/mounts/${path}`, { type: name });
}

/** Unmounts it, which revokes every lease: a LiteLLM that stays would keep the keys until they expire. @throws RefusedError */
export async function unmountPlugin(server: Pick<EngineServer, 'api'>, path: string): Promise<void> {
  await ask(server, 'DELETE', `sys/mounts/${path}`);
}

/** What to say if {@link unmountPlugin} fails and the keys are in a LiteLLM that stays. */
export function describeKeysLeft(address: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `The keys made at ${address} live on until they expire. To end them sooner, delete them in LiteLLM. The engine says: ${reason}`;
}
