import { copyFile, link } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { EngineServer } from './engine-server.ts';

/** What the plugin is called, in the catalogue and as a file. */
export const pluginName = 'vault-plugin-secrets-litellm';

/** The compiled plugin, as `just build` leaves it. */
export const pluginBinary = resolve(import.meta.dir, '../../dist', pluginName);

/** OpenBao refused to register or to mount the plugin, or it was never built. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
}

/** Puts the plugin into the server's plugin folder, as it is now: a later build does not change it. Gives its sha256, in hex. */
export async function placePlugin(server: EngineServer): Promise<string> {
  const file = Bun.file(pluginBinary);
  if (!(await file.exists())) throw new PluginError(`${pluginBinary} is not there: run \`npm run build\` first`);
  const target = join(server.pluginFolder, pluginName);
  // A second name costs nothing; across file systems there is none. A link from the folder to outside is refused by OpenBao.
  await link(pluginBinary, target).catch(() => copyFile(pluginBinary, target));
  return new Bun.CryptoHasher('sha256').update(await file.arrayBuffer()).digest('hex');
}

/** Places the plugin and enters it in the catalogue. @throws PluginError */
export async function registerPlugin(server: EngineServer): Promise<void> {
  const sha256 = await placePlugin(server);
  const { status, errors } = await server.api('PUT', `sys/plugins/catalog/secret/${pluginName}`, {
    sha256,
    command: pluginName,
  });
  if (status >= 300) throw new PluginError(`registering ended with ${status}: ${errors}`);
}

/** Mounts the registered plugin at a path. @throws PluginError */
export async function mountPlugin(server: EngineServer, path: string): Promise<void> {
  const { status, errors } = await server.api('POST', `sys/mounts/${path}`, { type: pluginName });
  if (status >= 300) throw new PluginError(`mounting at ${path} ended with ${status}: ${errors}`);
}
