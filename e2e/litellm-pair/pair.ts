import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../harness/free-ports.ts';
import { litellmScripts } from '../harness/litellm-scripts.ts';
import { LiteLLM } from '../harness/litellm.ts';
import { startRedis } from './redis.ts';

/** How both instances are set up. */
export interface PairSettings {
  /** The program of a Redis that they share; without one they share their database alone. */
  readonly redis?: string;
  /** How many seconds an instance keeps what it has read of a key (`user_api_key_cache_ttl`); LiteLLM's own 60 when left out. */
  readonly cacheTTL?: number;
}

/** A LiteLLM of a pair did not start or stop; the message has what its script said. */
export class PairError extends Error {
  override readonly name = 'PairError';
}

/** Two LiteLLM proxies on one database. As a LiteLLM it is the first of them, and stopping it stops all. */
export class LiteLLMPair extends LiteLLM {
  readonly second: LiteLLM;
  readonly #started: AsyncDisposableStack;

  private constructor(ports: readonly [number, number], masterKey: string, started: AsyncDisposableStack) {
    const [first, second] = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string];
    super(first, masterKey);
    this.second = new LiteLLM(second, masterKey);
    this.#started = started;
  }

  /**
   * Starts both, and the Redis where there is to be one. What is installed, and the database, are in LITELLM_HOME, as
   * start-litellm.sh has it, and stay there.
   * @throws PairError
   */
  static async start({ redis: program, cacheTTL }: PairSettings): Promise<LiteLLMPair> {
    await using started = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'pair-'));
    started.defer(() => rm(folder, { recursive: true, force: true }));
    const redis = program === undefined ? undefined : started.use(await startRedis(program));
    const config = join(folder, 'config.yaml');
    await Bun.write(config, await configOf(cacheTTL, redis?.port));

    const home = process.env['LITELLM_HOME'] ?? defaultHome();
    const secondHome = `${home}-second`;
    const [port = 0, secondPort = 0, databasePort = 0] = await freePorts(3);
    const masterKey = `sk-test-not-a-real-${crypto.randomUUID()}`;
    const shared = {
      LITELLM_MASTER_KEY: masterKey,
      LITELLM_CONFIG: config,
      LITELLM_PG_PORT: String(databasePort),
      LITELLM_VENV: process.env['LITELLM_VENV'] ?? join(home, 'venv'),
    };
    const first = { ...shared, LITELLM_HOME: home, LITELLM_PORT: String(port) };
    const second = { ...shared, LITELLM_HOME: secondHome, LITELLM_PORT: String(secondPort) };
    started.defer(() => runScript('stop-litellm.sh', first));
    await runScript('start-litellm.sh', first);

    // The second finds the programs and the running database of the first, and must not stop that.
    await rm(secondHome, { recursive: true, force: true });
    await mkdir(secondHome, { recursive: true });
    await symlink(join(home, 'prisma-query-engine'), join(secondHome, 'prisma-query-engine'));
    await Bun.write(join(secondHome, 'pgdata'), Bun.file(join(home, 'pgdata')));
    started.defer(async () => {
      await rm(join(secondHome, 'pgdata'), { force: true });
      await runScript('stop-litellm.sh', second);
      await rm(secondHome, { recursive: true, force: true });
    });
    await runScript('start-litellm.sh', second);
    return new LiteLLMPair([port, secondPort], masterKey, started.move());
  }

  override async stop(): Promise<void> {
    await this.#started.disposeAsync();
  }
}

function defaultHome(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(cache, 'vault-plugin-secrets-litellm', `litellm-${process.env['LITELLM_VERSION'] ?? 'default'}`);
}

/** The configuration beside the scripts, with more settings. JSON is YAML. */
async function configOf(cacheTTL: number | undefined, redisPort: number | undefined): Promise<string> {
  const base = Bun.YAML.parse(await Bun.file(join(litellmScripts, 'config.yaml')).text()) as Readonly<
    Record<string, Readonly<Record<string, unknown>>>
  >;
  const redis = { cache: true, cache_params: { type: 'redis', host: '127.0.0.1', port: redisPort } };
  const { litellm_settings: settings, general_settings: general } = base;
  return JSON.stringify({
    ...base,
    litellm_settings: { ...settings, ...(redisPort === undefined ? {} : redis) },
    // What is undefined is left out.
    general_settings: { ...general, user_api_key_cache_ttl: cacheTTL ?? general?.['user_api_key_cache_ttl'] },
  });
}

/** @throws PairError */
async function runScript(name: string, env: Readonly<Record<string, string>>): Promise<void> {
  const script = join(litellmScripts, name);
  if (!(await Bun.file(script).exists())) {
    throw new PairError(`${litellmScripts} has no ${name}: LITELLM_SCRIPTS names the folder that has it.`);
  }
  const { exitCode, stdout, stderr } = await Bun.$`${script}`
    .env({ ...process.env, ...env })
    .nothrow()
    .quiet();
  if (exitCode === 0) return;
  const said = `${stdout.toString()}\n${stderr.toString()}`.trim().split('\n').slice(-10).join('\n');
  throw new PairError(`${name} ended with ${exitCode}, saying: ${said}`);
}
