import { afterAll, beforeAll, expect, test } from 'bun:test';
import { issueKey, uniqueName, writeRole, type IssuedKey } from './harness/issue-key.ts';
import { buildNextPlugin, type NextPlugin } from './harness/next-plugin.ts';
import { builtVersion, pluginName, registerPlugin } from './harness/plugin.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { until } from './harness/until.ts';

// A second version of the plugin takes over a mount of the first, with its configuration, its roles and its leases.

let next: NextPlugin;
const built = new AsyncDisposableStack();
beforeAll(async () => {
  next = built.use(await buildNextPlugin());
}, 120_000);
afterAll(() => built.disposeAsync());

describeEngines((engine) => {
  const suite = useSuite(engine, { storage: 'raft', bare: true });
  const role = uniqueName('team');

  async function runs(mount: string): Promise<unknown> {
    const { body } = await suite().server.api('GET', 'sys/mounts');
    return body[`${mount}/`];
  }

  async function expectRefused({ key }: IssuedKey): Promise<void> {
    const { litellm, models } = suite();
    await until('the key is refused', 20, async () => (await litellm.chat(key, models[0])) === 401);
  }

  test('a mount goes over to another version and back, and the keys of either can be renewed and revoked', async () => {
    const { server, cli, litellm, models } = suite();
    const current = await builtVersion();
    const goOver = async (to: string): Promise<void> => {
      await cli.output('secrets', 'tune', `-plugin-version=${to}`, 'litellm/');
      await cli.output('plugin', 'reload', '-plugin', pluginName);
      await until(`${to} runs`, 20, async () => {
        const answer = await server.api('GET', `litellm/roles/${role}`);
        return answer.status === 200;
      });
      expect(await runs('litellm')).toMatchObject({ plugin_version: to, running_plugin_version: to });
    };

    await registerPlugin(server, { version: current });
    await cli.output('secrets', 'enable', '-path=litellm', `-plugin-version=${current}`, pluginName);
    await cli.output('write', 'litellm/config', `base_url=${litellm.url}`, `master_key=${litellm.masterKey}`);
    await writeRole(server, `litellm/roles/${role}`, { models: [models[0]], ttl: '1h', max_ttl: '24h' });
    const before = [await issueKey(server, role), await issueKey(server, role)] as const;

    await registerPlugin(server, { version: next.version, binary: next.binary });
    await goOver(next.version);
    const renewed = await server.api('PUT', 'sys/leases/renew', { lease_id: before[0].leaseId, increment: 7200 });
    expect(renewed.body).toMatchObject({ lease_duration: 7200 });
    expect(await litellm.chat(before[0].key, models[0])).toBe(200);
    await server.api('PUT', 'sys/leases/revoke', { lease_id: before[0].leaseId, sync: true });
    await expectRefused(before[0]);
    const after = await issueKey(server, role);

    await goOver(current);
    for (const issued of [before[1], after]) {
      expect(await litellm.chat(issued.key, models[0])).toBe(200);
      expect((await server.api('PUT', 'sys/leases/revoke', { lease_id: issued.leaseId, sync: true })).status).toBe(204);
      await expectRefused(issued);
    }
    expect(await server.plugins()).toHaveLength(1);
  });
});
