import { beforeAll, describe, expect, test } from 'bun:test';
import { issueKey, uniqueName, writeRole, type IssuedKey } from './harness/issue-key.ts';
import { builtVersion, mountPlugin, pluginName, registerPlugin } from './harness/plugin.ts';
import { configure, describeEngines, useSuite } from './harness/suite.ts';
import { revokeLease, untilRefused } from './harness/test-steps.ts';
import { until } from './harness/until.ts';

// The plugin as a process: who shares it, what ends it, and that nothing is lost when it ends. On storage that outlives the engine.

describeEngines((engine) => {
  const suite = useSuite(engine, { storage: 'raft' });
  const role = uniqueName('team');

  beforeAll(async () => {
    const { server, litellm, models } = suite();
    await mountPlugin(server, 'second');
    await configure(server, 'second', litellm);
    for (const mount of ['litellm', 'second'])
      await writeRole(server, `${mount}/roles/${role}`, { models: [models[0]] });
  });

  /** The id of the one process that serves all mounts. */
  async function onlyPlugin(): Promise<number> {
    const plugins = await suite().server.plugins();
    expect(plugins).toHaveLength(1);
    return plugins[0]?.pid ?? 0;
  }

  /** A key that LiteLLM takes; tried again while a plugin that has just ended is not back yet. */
  async function issueAgain(mount = 'litellm'): Promise<IssuedKey> {
    const issued = await until('a key is issued', 20, () => issueKey(suite().server, role, mount));
    await expectAlive(issued);
    return issued;
  }

  async function expectAlive({ key }: IssuedKey): Promise<void> {
    const { litellm, models } = suite();
    expect(await litellm.chat(key, models[0])).toBe(200);
  }

  async function revoke({ key, leaseId }: IssuedKey): Promise<void> {
    const { server, litellm, models } = suite();
    await revokeLease(server, leaseId);
    await untilRefused(litellm, key, models[0]);
  }

  describe('one process', () => {
    test('serves two mounts, each with its own configuration', async () => {
      const { server } = suite();
      const first = await onlyPlugin();
      await revoke(await issueAgain('litellm'));
      await revoke(await issueAgain('second'));
      expect((await server.api('DELETE', 'second/config')).status).toBe(204);
      expect((await server.api('GET', `second/creds/${role}`)).status).toBe(400);
      await revoke(await issueAgain('litellm'));
      await configure(server, 'second', suite().litellm);
      expect(await onlyPlugin()).toBe(first);
    });

    test('says which version it is', async () => {
      const { body } = await suite().server.api('GET', 'sys/mounts');
      expect(body['litellm/']).toMatchObject({ running_plugin_version: await builtVersion() });
    });

    test('makes one key for each read, though the engine asks where the path leads before each request', async () => {
      const { server, litellm } = suite();
      const other = uniqueName('one');
      await writeRole(server, `litellm/roles/${other}`, {});
      await issueKey(server, other);
      expect(await litellm.keysLike(other)).toHaveLength(1);
      // The same without a token, which that question never has.
      const answer = await fetch(`${server.address}/v1/litellm/creds/${other}`);
      expect(answer.status).toBe(403);
      expect(await litellm.keysLike(other)).toHaveLength(1);
    });

    test('ends with the last of its mounts, each of which takes its keys with it', async () => {
      const { server, litellm, models } = suite();
      const shared = await onlyPlugin();
      // A plugin of another name has a process of its own.
      const name = uniqueName('other');
      await registerPlugin(server, { name });
      const mount = async (path: string): Promise<IssuedKey> => {
        await mountPlugin(server, path, name);
        await configure(server, path, litellm);
        await writeRole(server, `${path}/roles/${role}`, { models: [models[0]] });
        return await issueAgain(path);
      };
      const unmount = async (path: string, { key }: IssuedKey): Promise<void> => {
        expect((await server.api('DELETE', `sys/mounts/${path}`)).status).toBe(204);
        await untilRefused(litellm, key, models[0]);
      };
      const others = async () => (await server.plugins()).map(({ pid }) => pid).filter((pid) => pid !== shared);
      const [first, second] = [uniqueName('first'), uniqueName('second')];
      const [firstKey, secondKey] = [await mount(first), await mount(second)];
      const own = await others();
      expect(own).toHaveLength(1);
      await unmount(first, firstKey);
      await expectAlive(secondKey);
      expect(await others()).toEqual(own);
      await unmount(second, secondKey);
      await until('the process is gone', 20, async () => (await others()).length === 0);
      expect(await onlyPlugin()).toBe(shared);
    });
  });

  describe('a key issued before can be revoked after', () => {
    test('a reload of the plugin', async () => {
      const { server, cli } = suite();
      const before = await onlyPlugin();
      const issued = await issueAgain();
      expect(await cli.run('plugin', 'reload', '-plugin', pluginName)).toMatchObject({ code: 0, stderr: '' });
      await issueAgain();
      await until('the old process is gone', 20, async () =>
        (await server.plugins()).every(({ pid }) => pid !== before),
      );
      await onlyPlugin();
      await revoke(issued);
    });

    test('a seal and an unseal', async () => {
      const { server } = suite();
      const issued = await issueAgain();
      expect((await server.api('PUT', 'sys/seal')).status).toBe(204);
      await until('the plugin is gone', 20, async () => (await server.plugins()).length === 0);
      await expectAlive(issued);
      await server.unseal();
      await revoke(await issueAgain());
      await onlyPlugin();
      await revoke(issued);
    });

    test('a crash of the plugin', async () => {
      const issued = await issueAgain();
      const before = await onlyPlugin();
      process.kill(before, 'SIGKILL');
      await revoke(await issueAgain());
      expect(await onlyPlugin()).not.toBe(before);
      await revoke(issued);
    });

    test('a restart of the engine', async () => {
      const { server } = suite();
      const issued = await issueAgain();
      await server.restart();
      await revoke(await issueAgain());
      await revoke(issued);
    });

    test('a sudden death of the engine, which the plugin does not outlive', async () => {
      const { server } = suite();
      const issued = await issueAgain();
      await onlyPlugin();
      await server.kill();
      await until('the plugin is gone', 20, async () => (await server.plugins()).length === 0);
      await server.restart();
      await revoke(issued);
      await revoke(await issueAgain('second'));
    });
  });
});
