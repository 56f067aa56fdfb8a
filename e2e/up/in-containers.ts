import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createApi } from '../harness/engine-api.ts';
import { pluginBinary, pluginName } from '../harness/plugin.ts';
import { until } from '../harness/until.ts';
import { compose } from './compose.ts';
import { DockerError, whyNoDocker } from './docker.ts';
import { LiteLLM } from '../harness/litellm.ts';

// up.ts up|down: both engines in containers, each with the plugin mounted and configured, and a LiteLLM, or the one that
// E2E_LITELLM_URL and E2E_LITELLM_MASTER_KEY name.

const folder = resolve(dirname(pluginBinary), 'up');
const port = (variable: string, usual: number): number => Number(process.env[variable] ?? usual);
const engines = [
  { title: 'OpenBao', command: 'bao', prefix: 'BAO', port: port('OPENBAO_PORT', 8200) },
  { title: 'Vault', command: 'vault', prefix: 'VAULT', port: port('VAULT_PORT', 8300) },
] as const;

/** Aborted when somebody or the system ends this; what was started by then is stopped. */
const interrupted = new AbortController();
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

interface Proxy {
  readonly url: string;
  readonly masterKey: string;
  /** Whether compose starts it. */
  readonly own: boolean;
}

function chooseProxy(): Proxy {
  const url = process.env['E2E_LITELLM_URL'] ?? '';
  if (url !== '') return { url, masterKey: process.env['E2E_LITELLM_MASTER_KEY'] ?? '', own: false };
  return {
    url: `http://127.0.0.1:${port('LITELLM_PORT', 4000)}`,
    masterKey: process.env['LITELLM_MASTER_KEY'] ?? 'sk-test-not-a-real-key',
    own: true,
  };
}

async function up(): Promise<void> {
  const why = await whyNoDocker();
  if (why !== undefined)
    throw new DockerError('', `No containers: ${why} Without them, \`npm run demo -- --keep\` does the same natively.`);
  const proxy = chooseProxy();
  // A file of its own, replaced whole: a container that runs keeps what it was given.
  await mkdir(folder, { recursive: true });
  await copyFile(pluginBinary, join(folder, `${pluginName}.new`));
  await rename(join(folder, `${pluginName}.new`), join(folder, pluginName));
  await down();
  for (const engine of engines) await requireFree(engine);
  try {
    await compose(
      [...(proxy.own ? ['--profile=litellm'] : []), 'up', '--detach', ...(proxy.own ? [] : ['openbao', 'vault'])],
      interrupted.signal,
    );
    console.log(`Waiting for LiteLLM at ${proxy.url}`);
    const litellm = new LiteLLM(proxy.url, proxy.masterKey);
    const [model] = await until('LiteLLM answers', 300, () => litellm.twoModels(), interrupted.signal);
    for (const engine of engines) await configure(engine, proxy, model);
    interrupted.signal.throwIfAborted();
  } catch (error) {
    await down();
    throw error;
  }
  for (const { title, command, prefix, port } of engines) {
    console.log(`\n${title}:\n`);
    console.log(`  export ${prefix}_ADDR=http://127.0.0.1:${port} ${prefix}_TOKEN=root`);
    console.log(`  ${command} read litellm/creds/team-a`);
  }
  console.log('\n`just down` ends it all.');
}

/** @throws DockerError where something listens on the engine's port already */
async function requireFree({ prefix, title, port }: (typeof engines)[number]): Promise<void> {
  const variable = prefix === 'BAO' ? 'OPENBAO_PORT' : 'VAULT_PORT';
  try {
    await Bun.listen({ hostname: '127.0.0.1', port, socket: { data() {} } }).stop(true);
  } catch {
    throw new DockerError('', `Port ${port}, which ${title} is to have, is taken; name another in ${variable}.`);
  }
}

/** Mounts and configures the plugin, with a role. */
async function configure(engine: (typeof engines)[number], proxy: Proxy, model: string): Promise<void> {
  const api = createApi(`http://127.0.0.1:${engine.port}`, () => 'root');
  const answers = async (): Promise<boolean> => (await api('GET', 'sys/health')).status === 200;
  await until(`${engine.title} answers`, 60, answers, interrupted.signal);
  const calls = [
    ['sys/mounts/litellm', { type: pluginName }],
    ['litellm/config', { base_url: proxy.url, master_key: proxy.masterKey }],
    ['litellm/roles/team-a', { models: [model], max_budget: 50, ttl: '1h', max_ttl: '24h' }],
  ] as const;
  for (const [path, body] of calls) {
    const { status, errors } = await api('POST', path, body);
    if (status >= 300) throw new DockerError('compose up', `${engine.title} answered ${status} to ${path}: ${errors}`);
  }
}

async function down(): Promise<void> {
  // A LiteLLM that stays would keep the keys until they expire; the unmounting revokes them.
  const unmounted = engines.map(({ port }) =>
    createApi(`http://127.0.0.1:${port}`, () => 'root')('DELETE', 'sys/mounts/litellm'),
  );
  await Promise.allSettled(unmounted);
  await compose(['--profile=litellm', 'down', '--remove-orphans', '--volumes']);
}

if (process.argv[2] === 'up') {
  for (const [name, exitCode] of Object.entries(exitCodes)) {
    process.on(name, () => {
      process.exitCode = exitCode;
      interrupted.abort(new DockerError('', 'Interrupted; what was started is stopped.'));
    });
  }
}
try {
  if (process.argv[2] === 'down') {
    await down();
    await rm(folder, { recursive: true, force: true });
  } else await up();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode ??= 1;
}
