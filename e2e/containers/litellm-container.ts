import { resolve } from 'node:path';
import { Wait, type GenericContainer, type StartedTestContainer } from 'testcontainers';
import { freePorts } from '../harness/free-ports.ts';
import { modelOf } from '../harness/litellm.ts';
import type { Proxy } from '../harness/proxy.ts';
import { watchForEnd } from './compose.ts';
import { DockerError } from './docker.ts';
import { hostContainer } from './host-container.ts';
import { requireImage } from './images.ts';

/** The models that the tests ask. */
const config = resolve(import.meta.dir, 'litellm.yaml');

/**
 * A LiteLLM with its PostgreSQL in containers on the host's network, once it answers. They carry the label of the session, by which
 * they are removed in the end.
 * @throws ImageMissingError
 * @throws DockerError
 * @throws ServiceEndedError
 * @throws ProxyError
 */
export async function startLiteLLMContainer(session: string, signal: AbortSignal): Promise<Proxy> {
  const images = [await requireImage('POSTGRES_IMAGE', signal), await requireImage('LITELLM_IMAGE', signal)] as const;
  const [port = 0, postgresPort = 0] = await freePorts(2);
  const masterKey = `sk-test-${crypto.randomUUID()}`;
  const start = (container: GenericContainer): Promise<StartedTestContainer> =>
    container.start().catch((error: unknown) => {
      throw new DockerError('run', error instanceof Error ? error.message : String(error));
    });

  console.log('Starting a LiteLLM with its PostgreSQL in containers');
  const postgres = await start(
    hostContainer(images[0], session)
      .withEnvironment({ POSTGRES_USER: 'litellm', POSTGRES_PASSWORD: 'litellm', POSTGRES_DB: 'litellm' })
      .withCommand(['-c', 'listen_addresses=127.0.0.1', '-c', `port=${postgresPort}`])
      // By TCP: the server that first makes the database listens on a socket alone.
      .withHealthCheck({
        test: ['CMD', 'pg_isready', '--host=127.0.0.1', `--port=${postgresPort}`],
        interval: 1000,
        timeout: 5000,
        retries: 120,
      })
      .withWaitStrategy(Wait.forHealthCheck()),
  );
  signal.throwIfAborted();
  const litellm = await start(
    hostContainer(images[1], session)
      .withEnvironment({
        DATABASE_URL: `postgresql://litellm:litellm@127.0.0.1:${postgresPort}/litellm`,
        LITELLM_MASTER_KEY: masterKey,
      })
      .withBindMounts([{ source: config, target: '/litellm/config.yaml', mode: 'z' }])
      .withCommand(['--config', '/litellm/config.yaml', '--host', '127.0.0.1', '--port', String(port)]),
  );
  const proxy = { url: `http://127.0.0.1:${port}`, masterKey };
  using watch = watchForEnd([
    { name: 'PostgreSQL', id: postgres.getId() },
    { name: 'LiteLLM', id: litellm.getId() },
  ]);
  // The first start makes its tables.
  await modelOf(proxy, AbortSignal.any([signal, watch.ended]), 300);
  return proxy;
}
