import { afterEach, describe, expect, test } from 'bun:test';
import { issueKey, uniqueName, writeRole } from './harness/issue-key.ts';
import { startStandIn } from './harness/litellm.ts';
import { mountPlugin } from './harness/plugin.ts';
import { configure, describeEngines, useSuite } from './harness/suite.ts';
import { until } from './harness/until.ts';

// A revoked key is blocked at once, and half a second later blocked again and deleted: what may happen in between.

describeEngines((engine) => {
  const suite = useSuite(engine, { storage: 'raft', litellm: startStandIn });
  afterEach(() => suite().litellm.standIn?.faults.clear());

  async function newRole(mount: string): Promise<string> {
    const role = uniqueName('half');
    await writeRole(suite().server, `${mount}/roles/${role}`, { models: [suite().models[0]], ttl: '1h' });
    return role;
  }

  async function revoke(leaseId: string): Promise<void> {
    const { status } = await suite().server.api('PUT', 'sys/leases/revoke', { lease_id: leaseId, sync: true });
    expect(status).toBe(204);
  }

  /** The ids of the write-ahead entries that all mounts together have stored. */
  async function writeAheadEntries(): Promise<readonly string[]> {
    const { server } = suite();
    const list = async (path: string) =>
      ((await server.api('LIST', `sys/raw/${path}`)).data['keys'] ?? []) as readonly string[];
    const mounts = await list('logical/');
    return (await Promise.all(mounts.map((mount) => list(`logical/${mount}wal/`)))).flat();
  }

  async function sealAndUnseal(whileSealed: () => Promise<void>): Promise<void> {
    const { server } = suite();
    expect((await server.api('PUT', 'sys/seal')).status).toBe(204);
    await until('the plugin is gone', 20, async () => (await server.plugins()).length === 0);
    await whileSealed();
    await server.unseal();
  }

  describe('a seal in the half second after a revocation', () => {
    test('finds the key blocked, and leaves it deleted', async () => {
      const { server, litellm, models } = suite();
      const role = await newRole('litellm');
      const { key, leaseId } = await issueKey(server, role);
      await revoke(leaseId);
      expect(await litellm.chat(key, models[0])).toBe(401);
      expect(await litellm.keysLike(role)).toHaveLength(1);
      await sealAndUnseal(async () => expect(await litellm.keysLike(role)).toEqual([]));
      expect(await writeAheadEntries()).toEqual([]);
      await issueKey(server, role);
    });

    test('is not held up by a proxy that hangs: the key stays blocked, and remembered', async () => {
      const { server, litellm, models } = suite();
      const role = await newRole('litellm');
      const { key, leaseId } = await issueKey(server, role);
      litellm.standIn?.faults.next({ path: '/key/delete', kind: 'hang', times: 99 });
      await revoke(leaseId);
      await sealAndUnseal(async () => {
        expect(await litellm.keysLike(role)).toHaveLength(1);
        expect(await litellm.chat(key, models[0])).toBe(401);
      });
      expect(await writeAheadEntries()).toHaveLength(1);
    });
  });

  test('a mount that is removed leaves no key', async () => {
    const { server, litellm } = suite();
    const mount = uniqueName('going');
    await mountPlugin(server, mount);
    await configure(server, mount, litellm);
    const role = await newRole(mount);
    const issued = await Promise.all(Array.from({ length: 20 }, async () => issueKey(server, role, mount)));
    await Promise.all(issued.slice(0, 10).map(({ leaseId }) => revoke(leaseId)));
    expect((await server.api('DELETE', `sys/mounts/${mount}`)).status).toBe(204);
    expect(await litellm.keysLike(role)).toEqual([]);
  });
});
