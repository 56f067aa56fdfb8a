import { copyFile, link, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pushImage } from '../../build/crane.ts';
import { writeOciImage } from '../../build/oci-image.ts';
import type { Engine } from '../engines/engine.ts';
import { builtVersion, pluginBinary, pluginName } from '../harness/plugin.ts';
import { startRegistry } from '../harness/registry.ts';
import { docker, sessionLabel } from './docker.ts';

/** Where an image has the plugin that it carries. */
export const pluginFolder = '/plugins';

const containerfiles = resolve(import.meta.dir, '../../examples/images');

const labels = (): readonly string[] => {
  const session = process.env['E2E_SESSION'] ?? '';
  return session === '' ? [] : [`--label=${sessionLabel}=${session}`];
};

/** Builds an image with nothing but a program, which it starts by its name. @throws DockerError */
export async function buildStandIn(name: string, path: string, command: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'image-'));
  try {
    await link(path, join(folder, command)).catch(() => copyFile(path, join(folder, command)));
    const lines = ['FROM scratch', `COPY ${command} /bin/${command}`, `ENTRYPOINT ["/bin/${command}"]`];
    await Bun.write(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
    await docker(['build', '--quiet', `--tag=${name}`, ...labels(), folder]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** An image with the plugin in it. Dispose of it. */
export interface PluginImage extends AsyncDisposable {
  readonly image: string;
}

/** The image of the plugin alone, as it was built last, which Docker has from a registry. @throws DockerError, and what {@link startRegistry} does */
export async function pluginImage(): Promise<PluginImage> {
  const folder = await mkdtemp(join(tmpdir(), 'image-'));
  const version = (await builtVersion()).slice(1);
  await using made = new AsyncDisposableStack();
  made.defer(() => rm(folder, { recursive: true }));
  const registry = made.use(await startRegistry());
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  await writeOciImage(folder, { name: pluginName, version }, [{ path: pluginBinary, architecture }]);
  const [image = ''] = await pushImage(folder, { repository: `${registry.host}/${pluginName}` });
  await docker(['pull', '--quiet', image]);
  return { image, [Symbol.asyncDispose]: async () => void (await docker(['image', 'rm', '--force', image])) };
}

/** An engine's image with the plugin in it, as the Containerfile in examples/images makes it. @throws as {@link pluginImage} does */
export async function imageWithPlugin(engine: Engine, base: string): Promise<PluginImage> {
  const image = `localhost/litellm-plugin-test/with-plugin:${crypto.randomUUID()}`;
  await using plugin = await pluginImage();
  const file = join(containerfiles, `${engine.name}.Containerfile`);
  const names = [`--build-arg=BASE=${base}`, `--build-arg=PLUGIN=${plugin.image}`];
  await docker(['build', '--quiet', `--tag=${image}`, `--file=${file}`, ...names, ...labels(), containerfiles]);
  return { image, [Symbol.asyncDispose]: async () => void (await docker(['image', 'rm', '--force', image])) };
}
