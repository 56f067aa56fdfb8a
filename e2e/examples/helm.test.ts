import { expect, test } from 'bun:test';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi, textOf } from '../harness/engine-api.ts';
import { freePorts } from '../harness/free-ports.ts';
import { pluginBinary, pluginName } from '../harness/plugin.ts';
import { ProcessGroup } from '../harness/process-group.ts';
import { describeEngines } from '../harness/suite.ts';
import { until } from '../harness/until.ts';
import { examples } from './shown-commands.ts';

// examples/helm: the configuration in the values of a chart starts a server that can register and mount the plugin.

interface Values {
  readonly server: { readonly standalone: { readonly config: string } };
}

describeEngines((engine) => {
  test('the configuration in the values starts a server that mounts the plugin', async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'helm-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    for (const name of ['plugins', 'data']) await mkdir(join(folder, name));
    await copyFile(pluginBinary, join(folder, 'plugins', pluginName));
    const sha256 = new Bun.CryptoHasher('sha256').update(await Bun.file(pluginBinary).arrayBuffer()).digest('hex');
    const [port, clusterPort] = await freePorts(2);
    const values = Bun.YAML.parse(await Bun.file(join(examples, `helm/${engine.name}.yaml`)).text()) as Values;
    const config = values.server.standalone.config
      .replace('"/plugins"', `"${folder}/plugins"`)
      .replace(/"\/(?:openbao|vault)\/data"/, `"${folder}/data"`)
      .replace('[::]:8200', `127.0.0.1:${port}`)
      .replace('[::]:8201', `127.0.0.1:${clusterPort}`);
    expect(config.split(folder)).toHaveLength(3);
    await Bun.write(join(folder, 'config.hcl'), config);
    const address = `http://127.0.0.1:${port}`;
    const group = new ProcessGroup({
      command: [(await engine.program()).path, 'server', '-config=config.hcl'],
      folder,
      env: {
        PATH: process.env['PATH'] ?? '/usr/bin:/bin',
        HOME: folder,
        TMPDIR: folder,
        // What the charts put there.
        [`${engine.prefix}_API_ADDR`]: address,
        [`${engine.prefix}_CLUSTER_ADDR`]: `https://127.0.0.1:${clusterPort}`,
      },
      logFile: join(folder, 'server.log'),
    });
    stack.defer(() => group.stop());

    const ended = new AbortController();
    void group.exited.then(async () => ended.abort(new Error(await Bun.file(join(folder, 'server.log')).text())));
    let root = '';
    const api = createApi(address, () => root);
    const initialize = async () => {
      const answer = await api('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 });
      return answer.status === 200 ? answer : undefined;
    };
    const { body } = await until('the server is initialized', 60, initialize, ended.signal);
    root = textOf(body['root_token']);
    const [key] = body['keys'] as readonly string[];
    await api('PUT', 'sys/unseal', { key });
    await until('the server is active', 60, async () => (await api('GET', 'sys/health')).status === 200);
    const registered = await api('PUT', `sys/plugins/catalog/secret/${pluginName}`, { sha256, command: pluginName });
    expect(registered).toMatchObject({ status: 204, errors: '' });
    expect(await api('POST', 'sys/mounts/litellm', { type: pluginName })).toMatchObject({ status: 204, errors: '' });
    expect((await api('GET', 'litellm/creds/nobody')).errors).toContain('there is no configuration yet');
  }, 180_000);
});
