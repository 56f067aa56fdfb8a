import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePorts } from '../harness/free-ports.ts';
import { LiteLLM } from '../harness/litellm.ts';
import { outcomeOf } from '../harness/outcome.ts';
import { startRedis, type Redis } from './redis.ts';

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

  constructor(script: string, code: number, said: string) {
    super(`${script} ended with ${code}, saying: ${said.trim().split('\n').slice(-10).join('\n')}`);
  }
}

/** The folder with start-litellm.sh and stop-litellm.sh, which LITELLM_SCRIPTS may name. */
export const scriptFolder = (): string =>
  resolve(process.env['LITELLM_SCRIPTS'] ?? join(import.meta.dir, '../../../shared/litellm'));

/** Two LiteLLM proxies on one database. As a LiteLLM it is the first of them, and stopping it stops all. */
export class LiteLLMPair extends LiteLLM {
  readonly second: LiteLLM;
  readonly #stops: readonly (() => Promise<void>)[];

  private constructor(first: string, second: string, masterKey: string, stops: readonly (() => Promise<void>)[]) {
    super(first, masterKey);
    this.second = new LiteLLM(second, masterKey);
    this.#stops = stops;
  }

  /**
   * Starts both, and the Redis where there is to be one. What is installed, and the database, are in LITELLM_HOME, as
   * start-litellm.sh has it, and stay there.
   * @throws PairError
   */
  static async start(settings: PairSettings): Promise<LiteLLMPair> {
    const stops: (() => Promise<void>)[] = [];
    try {
      const folder = await mkdtemp(join(tmpdir(), 'pair-'));
      stops.push(() => rm(folder, { recursive: true, force: true }));
      const redis = settings.redis === undefined ? undefined : await startRedis(settings.redis);
      if (redis !== undefined) stops.push(() => redis.stop());
      const config = join(folder, 'config.yaml');
      await Bun.write(config, await configOf(settings, redis));

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
      stops.push(() => runScript('stop-litellm.sh', first));
      await runScript('start-litellm.sh', first);

      // The second finds the programs and the running database of the first, and must not stop that.
      await rm(secondHome, { recursive: true, force: true });
      await mkdir(secondHome, { recursive: true });
      await symlink(join(home, 'prisma-query-engine'), join(secondHome, 'prisma-query-engine'));
      await Bun.write(join(secondHome, 'pgdata'), Bun.file(join(home, 'pgdata')));
      stops.push(async () => {
        await rm(join(secondHome, 'pgdata'), { force: true });
        await runScript('stop-litellm.sh', second);
        await rm(secondHome, { recursive: true, force: true });
      });
      await runScript('start-litellm.sh', second);
      const url = (at: number): string => `http://127.0.0.1:${at}`;
      return new LiteLLMPair(url(port), url(secondPort), masterKey, stops);
    } catch (error) {
      await stopAll(stops).catch(() => undefined);
      throw error;
    }
  }

  override async stop(): Promise<void> {
    await stopAll(this.#stops);
  }
}

function defaultHome(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(cache, 'vault-plugin-secrets-litellm', `litellm-${process.env['LITELLM_VERSION'] ?? 'default'}`);
}

/** The configuration beside the scripts, with more settings. JSON is YAML. */
async function configOf({ cacheTTL }: PairSettings, redis: Redis | undefined): Promise<string> {
  const base = Bun.YAML.parse(await Bun.file(join(scriptFolder(), 'config.yaml')).text()) as Readonly<
    Record<string, Readonly<Record<string, unknown>>>
  >;
  const cache =
    redis === undefined ? {} : { cache: true, cache_params: { type: 'redis', host: '127.0.0.1', port: redis.port } };
  return JSON.stringify({
    ...base,
    litellm_settings: { ...base['litellm_settings'], ...cache },
    general_settings: {
      ...base['general_settings'],
      ...(cacheTTL === undefined ? {} : { user_api_key_cache_ttl: cacheTTL }),
    },
  });
}

/** @throws PairError */
async function runScript(name: string, env: Readonly<Record<string, string>>): Promise<void> {
  const child = Bun.spawn([join(scriptFolder(), name)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { code, stdout, stderr } = await outcomeOf(child);
  if (code !== 0) throw new PairError(name, code, `${stdout}\n${stderr}`);
}

/** Stops in the order of the way back; one that fails keeps no other from stopping. */
async function stopAll(stops: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const stop of stops.toReversed()) await stop().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'));
}
