import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { compose, firstToEnd, services, type ServiceEndedError } from '../containers/compose.ts';
import { engineImage, requireImage } from '../containers/images.ts';
import type { EngineName } from '../engines/engine.ts';
import { selectEngines } from '../engines/select-engines.ts';
import { pluginBinary, pluginName } from '../harness/plugin.ts';
import { until } from '../harness/until.ts';
import { requireFree, servedPort, type ServedPort } from './ports.ts';
import { apiOf, configure, modelOf, unmount, type Proxy, type RunningEngine } from './running-engine.ts';

/** What compose.yaml mounts. */
const folder = process.env['PLUGIN_FOLDER'] || resolve(dirname(pluginBinary), 'up');

/** The one that compose.yaml gives to each engine. */
const token = 'root';

const enginePorts = {
  openbao: { variable: 'OPENBAO_PORT', usual: 8200 },
  vault: { variable: 'VAULT_PORT', usual: 8300 },
} as const satisfies Record<EngineName, ServedPort>;
const litellmPort: ServedPort = { variable: 'LITELLM_PORT', usual: 4000 };
const postgresPort: ServedPort = { variable: 'POSTGRES_PORT', usual: 5432 };

/**
 * Starts the engines of compose.yaml, or those of them that ENGINES names, and, where no proxy is given, its LiteLLM. Whatever ends
 * this early, what was started is stopped.
 * @throws UpError
 * @throws DockerError
 * @throws EnginesError
 * @throws EngineProgramError
 * @throws ImageMissingError
 * @throws ServiceEndedError
 */
export async function upInContainers(proxy: Proxy | undefined, signal: AbortSignal): Promise<readonly RunningEngine[]> {
  const { engines } = await selectEngines(process.env['ENGINES'] || 'openbao vault');
  const own = {
    url: `http://127.0.0.1:${servedPort(litellmPort)}`,
    masterKey: process.env['LITELLM_MASTER_KEY'] || 'sk-test-not-a-real-key',
  };
  const given = proxy === undefined ? undefined : await modelOf(proxy);
  await downInContainers();
  for (const engine of engines) await requireFree(engine.title, enginePorts[engine.name]);
  if (proxy === undefined) {
    await requireFree('LiteLLM', litellmPort);
    await requireFree('PostgreSQL', postgresPort);
  }
  for (const engine of engines) await engineImage(engine, signal);
  if (proxy === undefined) {
    await requireImage('LITELLM_IMAGE', signal);
    await requireImage('POSTGRES_IMAGE', signal);
  }
  const watching = new AbortController();
  try {
    await mkdir(folder, { recursive: true });
    await copyFile(pluginBinary, join(folder, pluginName));
    const names = [...engines.map(({ name }) => name), ...(proxy === undefined ? ['litellm', 'postgres'] : [])];
    await compose(['--profile=litellm', 'up', '--detach', ...names], { PLUGIN_FOLDER: folder }, signal);
    const ended = new AbortController();
    void firstToEnd(await services(), watching.signal).then((error) => ended.abort(error));
    const either = AbortSignal.any([signal, ended.signal]);
    if (proxy === undefined) console.log(`Waiting for LiteLLM at ${own.url}, which makes its tables first`);
    const model = given ?? (await modelOf(own, 300, either));
    const running: RunningEngine[] = [];
    for (const { name, title, command, prefix } of engines) {
      const address = `http://127.0.0.1:${servedPort(enginePorts[name])}`;
      const engine = { title, command, prefix, address, token };
      const answers = async (): Promise<boolean> => (await apiOf(engine)('GET', 'sys/health')).status === 200;
      await until(`${title} answers`, 60, answers, either);
      await unlessAborted(configure(engine, proxy ?? own, model), either);
      running.push(engine);
    }
    signal.throwIfAborted();
    return running;
  } catch (error) {
    const reason = signal.aborted ? error : ((await whyEnded()) ?? error);
    // Nobody was told of an engine yet, so there is no key.
    await removeAll();
    throw reason;
  } finally {
    watching.abort();
  }
}

/** Whether a container has ended. What waits for it, or calls it, fails a moment before Docker tells of that. */
async function whyEnded(): Promise<ServiceEndedError | undefined> {
  return await firstToEnd(await services(), AbortSignal.timeout(1000));
}

/** The outcome of some work, or the signal's reason as soon as that is aborted. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Ends and removes what compose has started, wherever that listens, with every key that was made there. @throws DockerError */
export async function downInContainers(): Promise<void> {
  for (const { address } of await services()) if (address !== '') await unmount({ address, token });
  await removeAll();
}

/** @throws DockerError */
async function removeAll(): Promise<void> {
  await compose(['--profile=litellm', 'down', '--remove-orphans', '--volumes'], { PLUGIN_FOLDER: folder });
  await rm(folder, { recursive: true, force: true });
}
