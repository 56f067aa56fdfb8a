import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { compose } from '../containers/compose.ts';
import { LiteLLM } from '../harness/litellm.ts';
import { pluginBinary, pluginName } from '../harness/plugin.ts';
import { until } from '../harness/until.ts';
import { apiOf, configure, unmount, UpError, type Proxy, type RunningEngine } from './running-engine.ts';

/** What compose.yaml mounts. */
const folder = resolve(dirname(pluginBinary), 'up');

/** @throws UpError where the environment names something that is no port */
function port(variable: string, usual: number): number {
  const given = process.env[variable] ?? '';
  if (given === '') return usual;
  const number = Number(given);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw new UpError(`${variable} is ${JSON.stringify(given)}, which is no port.`);
}

const token = 'root';
const enginesByPort = (): readonly (RunningEngine & { readonly port: number; readonly variable: string })[] =>
  (
    [
      { title: 'OpenBao', command: 'bao', prefix: 'BAO', variable: 'OPENBAO_PORT', usual: 8200 },
      { title: 'Vault', command: 'vault', prefix: 'VAULT', variable: 'VAULT_PORT', usual: 8300 },
    ] as const
  ).map(({ usual, ...engine }) => {
    const number = port(engine.variable, usual);
    return { ...engine, port: number, address: `http://127.0.0.1:${number}`, token };
  });

/**
 * Starts both engines of compose.yaml and, where no proxy is given, its LiteLLM. Whatever ends this early, what was started is stopped.
 * @throws UpError
 * @throws DockerError
 */
export async function upInContainers(proxy: Proxy | undefined, signal: AbortSignal): Promise<readonly RunningEngine[]> {
  const engines = enginesByPort();
  const own = {
    url: `http://127.0.0.1:${port('LITELLM_PORT', 4000)}`,
    masterKey: process.env['LITELLM_MASTER_KEY'] ?? 'sk-test-not-a-real-key',
  };
  await downInContainers();
  for (const engine of engines) await requireFree(engine);
  await mkdir(folder, { recursive: true });
  await copyFile(pluginBinary, join(folder, pluginName));
  try {
    const { url, masterKey } = proxy ?? own;
    await compose(
      proxy === undefined
        ? ['--profile=litellm', 'up', '--detach']
        : ['up', '--detach', ...engines.map(({ title }) => title.toLowerCase())],
      signal,
    );
    console.log(`Waiting for LiteLLM at ${url}`);
    const litellm = new LiteLLM(url, masterKey);
    // The first start of our own makes its tables.
    const [model] = await until('LiteLLM answers', proxy === undefined ? 300 : 10, () => litellm.twoModels(), signal);
    for (const engine of engines) {
      const answers = async (): Promise<boolean> => (await apiOf(engine)('GET', 'sys/health')).status === 200;
      await until(`${engine.title} answers`, 60, answers, signal);
      await configure(engine, { url, masterKey }, model);
    }
    signal.throwIfAborted();
    return engines;
  } catch (error) {
    await downInContainers();
    throw error;
  }
}

/** @throws UpError where something listens on an engine's port already */
async function requireFree({ title, port, variable }: ReturnType<typeof enginesByPort>[number]): Promise<void> {
  try {
    await Bun.listen({ hostname: '127.0.0.1', port, socket: { data() {} } }).stop(true);
  } catch {
    throw new UpError(`Port ${port}, which ${title} is to have, is taken; name another in ${variable}.`);
  }
}

/** Ends and removes what compose has started. @throws DockerError */
export async function downInContainers(): Promise<void> {
  await Promise.all(enginesByPort().map(unmount));
  await compose(['--profile=litellm', 'down', '--remove-orphans', '--volumes']);
  await rm(folder, { recursive: true, force: true });
}
