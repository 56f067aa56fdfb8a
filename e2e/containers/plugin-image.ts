import { copyFile, link, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginBinary, pluginName } from '../harness/plugin.ts';
import { docker, DockerError, sessionLabel } from './docker.ts';

/** Where an image has the plugin that it carries. */
export const pluginFolder = '/plugins';

/** What an image is built of. */
export interface ImageParts {
  /** The image below; `scratch` is none. */
  readonly base: string;
  /** A program to put into its /bin and to start. */
  readonly program?: { readonly path: string; readonly command: string };
}

/** The label by which an image says which plugin it carries: its SHA-256, in hex. */
const label = 'vault-plugin-secrets-litellm.sha256';

const pluginSum = async (): Promise<string> =>
  new Bun.CryptoHasher('sha256').update(await Bun.file(pluginBinary).arrayBuffer()).digest('hex');

/** Builds an image that carries the plugin as it was built last, in a folder of its own. @throws DockerError */
export async function buildPluginImage(name: string, { base, program }: ImageParts): Promise<void> {
  if (!(await Bun.file(pluginBinary).exists())) {
    throw new DockerError('', `${pluginBinary} is not there: run \`npm run build\` first.`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'image-'));
  const put = async (path: string, file: string): Promise<void> => {
    await link(path, join(folder, file)).catch(() => copyFile(path, join(folder, file)));
  };
  try {
    await put(pluginBinary, pluginName);
    const lines = [`FROM ${base}`, `LABEL ${label}=${await pluginSum()}`, `COPY ${pluginName} ${pluginFolder}/`];
    if (program !== undefined) {
      const { path, command } = program;
      await put(path, command);
      lines.push(`COPY ${command} /bin/${command}`, `ENTRYPOINT ["/bin/${command}"]`);
    }
    await Bun.write(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
    const session = process.env['E2E_SESSION'] ?? '';
    const labels = session === '' ? [] : [`--label=${sessionLabel}=${session}`];
    await docker(['build', '--quiet', `--tag=${name}`, ...labels, folder]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** An image with the plugin in it, and its removal where it was built for this. */
export interface PluginImage extends AsyncDisposable {
  readonly image: string;
}

/** An engine's image itself where it carries the plugin as it was built last; else one that adds it. @throws DockerError */
export async function imageWithPlugin(base: string): Promise<PluginImage> {
  const carries = await docker(['image', 'inspect', `--format={{index .Config.Labels "${label}"}}`, base]);
  if (carries === (await pluginSum())) return { image: base, [Symbol.asyncDispose]: async () => undefined };
  const image = `localhost/litellm-plugin-test/with-plugin:${crypto.randomUUID()}`;
  await buildPluginImage(image, { base });
  return { image, [Symbol.asyncDispose]: async () => void (await docker(['image', 'rm', '--force', image])) };
}
