import { afterAll, beforeAll, expect, test } from 'bun:test';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { vault } from '../engines/vault.ts';
import { ask } from '../harness/engine-api.ts';
import { EngineServer } from '../harness/engine-server.ts';
import { issueKey, uniqueName, writeRole } from '../harness/issue-key.ts';
import { startStandIn, type LiteLLM } from '../harness/litellm.ts';
import { builtVersion, mountPlugin, pluginName } from '../harness/plugin.ts';
import { configure, describeEngines } from '../harness/suite.ts';
import { untilRefused } from '../harness/test-steps.ts';
import { docker } from './docker.ts';
import { pluginImage } from './plugin-image.ts';

// Vault starts the plugin's own image in a container of its own, and talks with it over one connection. Where Docker's containers have no
// network, as in CI, the way to LiteLLM is laid into the plugin's. Declared in containers alone.

/** Listens on this machine's loopback as the container sees it, and hands over to a socket that both see. */
const wayOut = `
const { connect, createServer } = require('node:net');
const [port, path] = process.argv.slice(1);
createServer((socket) => socket.pipe(connect(path)).pipe(socket)).listen(Number(port), '127.0.0.1', () => console.log('ready'));
`;

/** Lays it from a process's network to a server on this machine's loopback, by way of a socket in a folder. Dispose of it. */
async function layWay(pid: string, port: string, folder: string): Promise<AsyncDisposable> {
  const path = join(folder, 'way');
  const entry = createServer((socket) => socket.pipe(connect(Number(port), '127.0.0.1')).pipe(socket));
  await new Promise<void>((resolve) => void entry.listen(path, resolve));
  const words = ['nsenter', '--target', pid, '--net', process.execPath, '-e', wayOut, port, path];
  const child = Bun.spawn(words, { stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' });
  await child.stdout.getReader().read();
  return {
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
      entry.close();
    },
  };
}

/** Vault itself runs beside Docker here, and root alone enters a container's network. */
async function whyNot(): Promise<string | undefined> {
  if (process.getuid?.() !== 0 || Bun.which('nsenter') === null) return 'only root can, with nsenter.';
  return await vault().whyMissing();
}

const why = process.env['E2E_WAY'] === 'containers' ? await whyNot() : undefined;
if (why !== undefined) {
  console.log(`NOT RUN with the plugin in a container that Vault starts: ${why}`);
} else if (process.env['E2E_WAY'] === 'containers') {
  describeEngines((engine) => {
    if (engine.name !== 'vault') return;
    const started = new AsyncDisposableStack();
    let server: EngineServer;
    let litellm: LiteLLM;

    const own = async (): Promise<string> =>
      await docker(['ps', '--quiet', `--filter=label=com.hashicorp.vault.plugin.name=${pluginName}`]);

    beforeAll(async () => {
      litellm = await startStandIn();
      started.defer(() => litellm.stop());
      const { image } = started.use(await pluginImage());
      const host = process.env['DOCKER_HOST'];
      server = await EngineServer.start({ engine, env: host === undefined ? {} : { DOCKER_HOST: host } });
      started.defer(() => server.stop());
      const version = await builtVersion();
      // Vault names an image without a port, and finds it by the version without a v.
      const name = `localhost/litellm-plugin-test/${pluginName}`;
      await docker(['tag', image, `${name}:${version.slice(1)}`]);
      started.defer(async () => void (await docker(['image', 'rm', '--force', `${name}:${version.slice(1)}`])));
      const id = await docker(['image', 'inspect', '--format={{.Id}}', image]);
      await ask(server, 'PUT', 'sys/plugins/runtimes/catalog/container/docker', { oci_runtime: 'runc' });
      const sha256 = id.replace('sha256:', '');
      const plugin = { oci_image: name, runtime: 'docker', version, sha256 };
      await ask(server, 'PUT', `sys/plugins/catalog/secret/${pluginName}`, plugin);
      await mountPlugin(server, 'litellm');
    }, 300_000);
    afterAll(() => started.disposeAsync(), 60_000);

    test('a plugin in a container of its own issues and revokes keys, many at once', async () => {
      const pid = await docker(['inspect', '--format={{.State.Pid}}', await own()]);
      await using _way = await layWay(pid, new URL(litellm.url).port, server.folder);
      await configure(server, 'litellm', litellm);
      const [model] = await litellm.twoModels();
      const role = uniqueName('team');
      await writeRole(server, `litellm/roles/${role}`, { models: [model], ttl: '1h' });
      const keys = await Promise.all(Array.from({ length: 20 }, () => issueKey(server, role)));
      expect(new Set(keys.map(({ key }) => key)).size).toBe(20);
      const [first] = keys;
      expect(await litellm.chat(first?.key ?? '', model)).toBe(200);
      await ask(server, 'PUT', `sys/leases/revoke-prefix/litellm/creds/${role}`, {});
      await untilRefused(litellm, first?.key ?? '', model);
    });

    test('it goes with its mount, and comes again', async () => {
      const before = await own();
      await ask(server, 'PUT', 'sys/plugins/reload/backend', { plugin: pluginName });
      expect(await own()).not.toBe(before);
      expect((await server.api('GET', 'litellm/roles?list=true')).status).toBe(200);
      expect(await own()).toMatch(/^[0-9a-f]+$/);
    });
  });
}
