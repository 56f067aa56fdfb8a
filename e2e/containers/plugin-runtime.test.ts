import { afterAll, beforeAll, expect, test } from 'bun:test';
import { EngineServer } from '../harness/engine-server.ts';
import { uniqueName, writeRole } from '../harness/issue-key.ts';
import { builtVersion, mountPlugin, pluginName } from '../harness/plugin.ts';
import { describeEngines } from '../harness/suite.ts';
import { docker } from './docker.ts';
import { pluginImage } from './plugin-image.ts';

// Vault starts the plugin's own image in a container of its own, and talks with it over one connection. Docker's containers have no network
// here, so that nothing is asked of a LiteLLM: what is written and read goes to Vault's storage and back. Declared in containers alone.

if (process.env['E2E_WAY'] === 'containers') {
  describeEngines((engine) => {
    if (engine.name !== 'vault') return;
    const started = new AsyncDisposableStack();
    let server: EngineServer;

    const call = async (
      method: 'PUT' | 'POST',
      path: string,
      body: Readonly<Record<string, unknown>>,
    ): Promise<void> => {
      const { status, errors } = await server.api(method, path, body);
      expect({ path, errors, good: status < 300 }).toEqual({ path, errors: '', good: true });
    };

    beforeAll(async () => {
      const { path: binary } = await engine.program({ report: (line) => console.log(line) });
      const { image } = started.use(await pluginImage());
      const host = process.env['DOCKER_HOST'];
      server = await EngineServer.start({ engine, binary, env: host === undefined ? {} : { DOCKER_HOST: host } });
      started.defer(() => server.stop());
      const version = await builtVersion();
      // Vault names an image without a port, and finds it by the version without a v.
      const name = `localhost/litellm-plugin-test/${pluginName}`;
      await docker(['tag', image, `${name}:${version.slice(1)}`]);
      started.defer(async () => void (await docker(['image', 'rm', '--force', `${name}:${version.slice(1)}`])));
      const id = await docker(['image', 'inspect', '--format={{.Id}}', image]);
      await call('PUT', 'sys/plugins/runtimes/catalog/container/docker', { oci_runtime: 'runc' });
      const sha256 = id.replace('sha256:', '');
      const plugin = { oci_image: name, runtime: 'docker', version, sha256 };
      await call('PUT', `sys/plugins/catalog/secret/${pluginName}`, plugin);
      await mountPlugin(server, 'litellm');
    }, 300_000);
    afterAll(() => started.disposeAsync(), 60_000);

    test('a plugin in a container of its own stores and reads', async () => {
      const role = uniqueName('team');
      await writeRole(server, `litellm/roles/${role}`, { models: ['gpt-4o'], ttl: '1h' });
      const { status, data } = await server.api('GET', `litellm/roles/${role}`);
      expect({ status, models: data['models'] }).toEqual({ status: 200, models: ['gpt-4o'] });
    });

    test('it goes with its mount, and comes again', async () => {
      const own = async (): Promise<string> =>
        await docker(['ps', '--quiet', `--filter=label=com.hashicorp.vault.plugin.name=${pluginName}`]);
      const before = await own();
      expect(before).not.toBe('');
      await call('PUT', 'sys/plugins/reload/backend', { plugin: pluginName });
      expect(await own()).not.toBe(before);
      expect((await server.api('GET', 'litellm/roles?list=true')).status).toBe(200);
    });
  });
}
