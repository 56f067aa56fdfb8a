import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { compose, firstToEnd, services, watchForEnd, type ServiceEndedError } from '../containers/compose.ts';
import { removeAllOf } from '../containers/docker.ts';
import { engineImage, imageVariable, requireImage } from '../containers/images.ts';
import type { EngineName } from '../engines/engine.ts';
import { selectEngines } from '../engines/select-engines.ts';
import { createApi } from '../harness/engine-api.ts';
import { modelOf } from '../harness/litellm.ts';
import { describeKeysLeft, pluginBinary, pluginName, unmountPlugin } from '../harness/plugin.ts';
import type { Proxy } from '../harness/proxy.ts';
import { orAborted, until } from '../harness/until.ts';
import { portsOf, requireFree, type ServedPort } from './ports.ts';
import { mountConfigured, UpError, type RunningEngine } from './running-engine.ts';

/** What compose.yaml mounts; nothing else is in it. */
const folder = join(process.env['E2E_UP_FOLDER'] ?? resolve(import.meta.dir, '../../dist'), 'up');

/** The one that compose.yaml gives to each engine. */
const token = 'root';

const enginePorts = {
  openbao: { title: 'OpenBao', variable: 'OPENBAO_PORT', usual: 8200 },
  vault: { title: 'Vault', variable: 'VAULT_PORT', usual: 8300 },
} as const satisfies Record<EngineName, ServedPort>;
const litellmPort: ServedPort = { title: 'LiteLLM', variable: 'LITELLM_PORT', usual: 4000 };
const postgresPort: ServedPort = { title: 'PostgreSQL', variable: 'POSTGRES_PORT', usual: 5432 };

/**
 * Starts the engines of compose.yaml, or those of them that ENGINES names, and, where no proxy is given, its LiteLLM. What ran before
 * is stopped once all is there to start the new; whatever ends this early, what it has started is stopped.
 * @throws ReportedError of one kind or another, or the reason of the signal
 */
export async function upInContainers(proxy: Proxy | undefined, signal: AbortSignal): Promise<readonly RunningEngine[]> {
  const { engines } = await selectEngines(process.env['ENGINES']?.trim() || 'openbao vault');
  const ports = portsOf([
    ...engines.map(({ name }) => enginePorts[name]),
    ...(proxy === undefined ? [litellmPort, postgresPort] : []),
  ]);
  const given = proxy === undefined ? undefined : await modelOf(proxy, signal);
  const masterKey = process.env['LITELLM_MASTER_KEY'] || 'sk-test-not-a-real-key';
  const env: Record<string, string> = { PLUGIN_FOLDER: folder, LITELLM_MASTER_KEY: masterKey };
  for (const { served, port } of ports) env[served.variable] = String(port);
  for (const engine of engines) env[imageVariable(engine.name)] = (await engineImage(engine, signal)).image;
  for (const variable of proxy === undefined ? (['LITELLM_IMAGE', 'POSTGRES_IMAGE'] as const) : [])
    env[variable] = await requireImage(variable, signal);

  await downInContainers();
  for (const port of ports) await requireFree(port);
  using watching = new DisposableStack();
  try {
    await mkdir(folder, { recursive: true });
    await copyFile(pluginBinary, join(folder, pluginName));
    const names = [...engines.map(({ name }) => name), ...(proxy === undefined ? ['litellm', 'postgres'] : [])];
    await compose(['--profile=litellm', 'up', '--detach', ...names], env, signal);
    const started = await services();
    const either = AbortSignal.any([signal, watching.use(watchForEnd(started)).ended]);
    const own = { url: `http://127.0.0.1:${env['LITELLM_PORT']}`, masterKey };
    if (given === undefined) console.log(`Waiting for LiteLLM at ${own.url}, which makes its tables first`);
    const model = given ?? (await modelOf(own, either, 300));
    const running: RunningEngine[] = [];
    for (const { name, title, command, prefix } of engines) {
      const address = `http://127.0.0.1:${env[enginePorts[name].variable]}`;
      const container = started.find((service) => service.name === name)?.id ?? '';
      const api = createApi(address, () => token);
      await until(`${title} answers`, 60, async () => (await api('GET', 'sys/health')).status === 200, either);
      await orAborted(mountConfigured({ api }, proxy ?? own, model), either);
      running.push({ title, command, prefix, address, token, container });
    }
    signal.throwIfAborted();
    return running;
  } catch (error) {
    const reason = signal.aborted ? error : ((await whyEnded().catch(() => undefined)) ?? error);
    // Nobody was told of an engine yet, so there is no key.
    await removeAll();
    throw reason;
  }
}

/** Whether a container has ended. What waits for it, or calls it, fails a moment before Docker tells of that. */
async function whyEnded(): Promise<ServiceEndedError | undefined> {
  return await firstToEnd(await services(), AbortSignal.timeout(1000));
}

/**
 * Ends and removes what compose has started, wherever that listens, with every key that was made there.
 * @throws DockerError
 * @throws UpError where keys are left; all else is removed
 */
export async function downInContainers(): Promise<void> {
  const left: string[] = [];
  for (const { address, running } of await services()) {
    // Where one has ended, somebody else may listen by now.
    if (!running || address === '') continue;
    await unmountPlugin({ api: createApi(address, () => token) }, 'litellm').catch((error: unknown) => {
      left.push(describeKeysLeft(address, error));
    });
  }
  await removeAll();
  if (left.length > 0) throw new UpError(left.join('\n'));
}

/** @throws UpError where something goes on running */
async function removeAll(): Promise<void> {
  try {
    const down = ['--profile=litellm', 'down', '--remove-orphans', '--volumes'];
    await removeAllOf(services, () => compose(down, { PLUGIN_FOLDER: folder }));
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UpError(`What was started may go on (${reason}); \`just down\` ends it.`, { cause: error });
  }
}
