import { describe, expect, test } from 'bun:test';
import { createApi, textOf, type Json } from './harness/engine-api.ts';
import { issueKey, uniqueName, writeRole } from './harness/issue-key.ts';
import { mountPlugin } from './harness/plugin.ts';
import { configure, describeEngines, useSuite } from './harness/suite.ts';
import { newToken, revokeLease, untilRefused } from './harness/test-steps.ts';
import { until } from './harness/until.ts';

// The key in config, in a real engine: who may rotate it, what holds on through a rotation, and that it rotates by itself.

/** The engine's next minute, the host's next tick after it, and what a busy machine takes. */
const byItselfWithinSeconds = 240;

describeEngines((engine) => {
  const suite = useSuite(engine, { storage: 'raft' });

  /** A mount with a key of its own, and the administrator that it has made. */
  async function bootstrapped(
    fields: Readonly<Record<string, unknown>> = {},
  ): Promise<{ readonly mount: string; readonly userId: string }> {
    const { server, litellm } = suite();
    const mount = uniqueName('root');
    await mountPlugin(server, mount);
    const { status, data, errors } = await server.api('POST', `${mount}/config`, {
      ...{ base_url: litellm.url, master_key: litellm.masterKey, bootstrap: true },
      ...fields,
    });
    expect({ status, errors }).toEqual({ status: 200, errors: '' });
    return { mount, userId: textOf(data['master_key_user_id']) };
  }

  const configOf = async (mount: string): Promise<Readonly<Record<string, Json>>> =>
    (await suite().server.api('GET', `${mount}/config`)).data;

  /** The keys of the mount's own on the proxy. */
  async function ownKeys(mount: string): Promise<readonly string[]> {
    return (await suite().litellm.keysLike(`vault-${mount}-`)).map(({ tokenId }) => tokenId);
  }

  async function remove(mount: string, userId: string): Promise<void> {
    const { server, litellm } = suite();
    expect((await server.api('DELETE', `sys/mounts/${mount}`)).status).toBe(204);
    await litellm.deleteUser(userId);
  }

  describe('the key in config', () => {
    test('is made by bootstrap, rotated by both paths, and takes no lease along', async () => {
      const { server, litellm, models } = suite();
      const { mount, userId } = await bootstrapped();
      expect(userId).toStartWith(`vault-${mount}-`);
      expect(await configOf(mount)).toMatchObject({ master_key_kind: 'virtual key', master_key_user_id: userId });
      await writeRole(server, `${mount}/roles/team`, { models: [models[0]], ttl: '1h', max_ttl: '24h' });
      const issued = await issueKey(server, 'team', mount);
      for (const path of ['rotate-root', 'config/rotate-root']) {
        const { status, data } = await server.api('PUT', `${mount}/${path}`);
        expect(status).toBe(200);
        expect(await ownKeys(mount)).toEqual([textOf(data['token_id'])]);
        expect(await configOf(mount)).toMatchObject({
          master_key_alias: textOf(data['key_alias']),
          last_vault_rotation: textOf(data['last_vault_rotation']),
        });
      }
      expect(await litellm.chat(issued.key, models[0])).toBe(200);
      const renewed = await server.api('PUT', 'sys/leases/renew', { lease_id: issued.leaseId, increment: 7200 });
      expect(renewed.body).toMatchObject({ lease_duration: 7200 });
      await revokeLease(server, issued.leaseId);
      await untilRefused(litellm, issued.key, models[0]);
      await remove(mount, userId);
    });

    test('is the stored one after the plugin is reloaded, and after a seal', async () => {
      const { server, models } = suite();
      const { mount, userId } = await bootstrapped();
      await writeRole(server, `${mount}/roles/team`, { models: [models[0]] });
      await server.api('PUT', `${mount}/rotate-root`);
      expect((await server.api('PUT', 'sys/plugins/reload/backend', { mounts: [`${mount}/`] })).status).toBeLessThan(
        300,
      );
      await issueKey(server, 'team', mount);
      await server.api('PUT', 'sys/seal');
      await server.unseal();
      await until('a key is issued', 30, async () => await issueKey(server, 'team', mount).catch(() => false));
      await server.api('PUT', `${mount}/rotate-root`);
      expect(await ownKeys(mount)).toEqual([textOf((await configOf(mount))['master_key_token_id'])]);
      await remove(mount, userId);
    });

    test('is rotated by nobody who may not sudo', async () => {
      const { server } = suite();
      const { mount, userId } = await bootstrapped();
      const before = await ownKeys(mount);
      for (const [capabilities, status] of [
        [['create', 'update'], 403],
        [['create', 'update', 'sudo'], 200],
      ] as const) {
        const [one, other] = [`${mount}/rotate-root`, `${mount}/config/rotate-root`];
        const token = await newToken(server, { [one]: { capabilities }, [other]: { capabilities } });
        const api = createApi(server.address, () => token);
        expect((await api('PUT', one)).status).toBe(status);
        expect((await api('PUT', other)).status).toBe(status);
        if (status === 403) expect(await ownKeys(mount)).toEqual(before);
      }
      expect(await ownKeys(mount)).not.toEqual(before);
      await remove(mount, userId);
    });

    test("that is the proxy's own master key is refused, with what to do", async () => {
      const { server } = suite();
      const { status, errors } = await server.api('PUT', 'litellm/rotate-root');
      expect(status).toBe(400);
      expect(errors).toContain('Write config with bootstrap=true');
      const scheduled = await server.api('POST', 'litellm/config', { rotation_period: '24h' });
      expect(scheduled.status).toBe(400);
      expect(scheduled.errors).toContain('bootstrap=true');
    });

    test('made by a person is rotated for one of the same administrator', async () => {
      const { server, litellm } = suite();
      await litellm.withAdminKey({ key_alias: uniqueName('by-hand'), key_type: 'management' }, async (key) => {
        const mount = uniqueName('root');
        await mountPlugin(server, mount);
        await configure(server, mount, litellm, { master_key: key });
        const before = await configOf(mount);
        expect((await server.api('PUT', `${mount}/rotate-root`)).status).toBe(200);
        const after = await configOf(mount);
        expect(after['master_key_user_id']).toBe(before['master_key_user_id'] ?? '');
        expect(after['master_key_token_id']).not.toBe(before['master_key_token_id'] ?? '');
        expect(await litellm.ownInfo(key)).toBe(401);
        expect((await server.api('DELETE', `sys/mounts/${mount}`)).status).toBe(204);
      });
    });

    test(
      'rotates by itself at the minute that its schedule names',
      async () => {
        const { mount, userId } = await bootstrapped({ rotation_schedule: '* * * * *' });
        const before = await configOf(mount);
        expect(before['next_vault_rotation']).toEndWith(':00.000Z');
        const after = await until('the key is another', byItselfWithinSeconds, async () => {
          const config = await configOf(mount);
          return config['master_key_token_id'] !== before['master_key_token_id'] && config;
        });
        expect(Date.parse(textOf(after['last_vault_rotation']))).toBeGreaterThanOrEqual(
          Date.parse(textOf(before['next_vault_rotation'])),
        );
        await until('the former key is gone', 30, async () => (await ownKeys(mount)).length === 1);
        await remove(mount, userId);
      },
      (byItselfWithinSeconds + 60) * 1000,
    );
  });
});
