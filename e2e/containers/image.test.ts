import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { StartedTestContainer } from 'testcontainers';
import type { Engine } from '../engines/engine.ts';
import { ask, createApi, type Api } from '../harness/engine-api.ts';
import { freePorts } from '../harness/free-ports.ts';
import { issueKey, uniqueName } from '../harness/issue-key.ts';
import { startLiteLLM, type LiteLLM } from '../harness/litellm.ts';
import { pluginName } from '../harness/plugin.ts';
import { describeEngines } from '../harness/suite.ts';
import { revokeLease, untilRefused } from '../harness/test-steps.ts';
import { until } from '../harness/until.ts';
import { hostContainer } from './host-container.ts';
import { engineImage } from './images.ts';
import { imageWithPlugin, pluginFolder } from './plugin-image.ts';

// An image that carries the plugin itself, of examples/images: nothing of the host is mounted into its container. Declared in containers
// alone.

/** The development server of an engine, whose root token is `token`. */
async function startContainer(
  engine: Engine,
  image: string,
  port: number,
  token: string,
): Promise<StartedTestContainer> {
  return await hostContainer(image)
    .withTmpFs({ '/tmp': '' })
    .withEnvironment({ HOME: '/nowhere' })
    .withEntrypoint([engine.command])
    .withCommand([
      'server',
      '-dev',
      '-dev-no-store-token',
      `-dev-root-token-id=${token}`,
      `-dev-plugin-dir=${pluginFolder}`,
      `-dev-listen-address=127.0.0.1:${port}`,
    ])
    .start();
}

if (process.env['E2E_WAY'] === 'containers') {
  describeEngines((engine) => {
    const started = new AsyncDisposableStack();
    let litellm: LiteLLM;
    let api: Api;

    beforeAll(async () => {
      const { image } = started.use(await imageWithPlugin(engine, (await engineImage(engine)).image));
      litellm = await startLiteLLM();
      started.defer(() => litellm.stop());
      const [port = 0] = await freePorts(1);
      const token = crypto.randomUUID();
      const container = await startContainer(engine, image, port, token);
      started.defer(async () => void (await container.stop({ timeout: 5000, remove: true })));
      api = createApi(`http://127.0.0.1:${port}`, () => token);
      await until('the engine answers', 30, async () => (await api('GET', 'sys/health')).status === 200);
    }, 300_000);
    afterAll(() => started.disposeAsync(), 60_000);

    test('an image that carries the plugin issues, renews and revokes a key with nothing mounted', async () => {
      const [model] = await litellm.twoModels();
      const role = uniqueName('team');
      await ask({ api }, 'POST', 'sys/mounts/litellm', { type: pluginName });
      await ask({ api }, 'POST', 'litellm/config', { base_url: litellm.url, master_key: litellm.masterKey });
      await ask({ api }, 'POST', `litellm/roles/${role}`, { models: [model], ttl: '1h', max_ttl: '24h' });
      const { key, leaseId } = await issueKey({ api }, role);
      expect(await litellm.chat(key, model)).toBe(200);
      await ask({ api }, 'PUT', 'sys/leases/renew', { lease_id: leaseId, increment: 7200 });
      await revokeLease({ api }, leaseId);
      await untilRefused(litellm, key, model);
    });
  });
}
