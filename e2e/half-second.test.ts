import { afterEach, describe, expect, test } from 'bun:test';
import { issueKey } from './harness/issue-key.ts';
import { startStandIn } from './harness/litellm.ts';
import { listOf } from './harness/raw-storage.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { newMount, newRole, revokeLease } from './harness/test-steps.ts';
import { until } from './harness/until.ts';

// A revoked key is blocked at once, and half a second later blocked again and deleted: what may happen in between.

describeEngines((engine) => {
  const suite = useSuite(engine, { storage: 'raft', litellm: startStandIn });
  afterEach(() => suite().litellm.standIn?.faults.clear());

  /** The ids of the write-ahead entries that all mounts together have stored. */
  async function writeAheadEntries(): Promise<readonly string[]> {
    const { server } = suite();
    const mounts = await listOf(server, 'sys/raw/logical/');
    return (await Promise.all(mounts.map((mount) => listOf(server, `sys/raw/logical/${mount}wal/`)))).flat();
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
      const role = await newRole(suite());
      const { key, leaseId } = await issueKey(server, role);
      await revokeLease(server, leaseId);
      expect(await litellm.chat(key, models[0])).toBe(401);
      expect(await litellm.keysLike(role)).toHaveLength(1);
      await sealAndUnseal(async () => expect(await litellm.keysLike(role)).toEqual([]));
      expect(await writeAheadEntries()).toEqual([]);
      await issueKey(server, role);
    });

    test('is not held up by a proxy that hangs: the key stays blocked, and remembered', async () => {
      const { server, litellm, models } = suite();
      const role = await newRole(suite());
      const { key, leaseId } = await issueKey(server, role);
      litellm.standIn?.faults.next({ path: '/key/delete', kind: 'hang', times: 99 });
      await revokeLease(server, leaseId);
      await sealAndUnseal(async () => {
        expect(await litellm.keysLike(role)).toHaveLength(1);
        expect(await litellm.chat(key, models[0])).toBe(401);
      });
      expect(await writeAheadEntries()).toHaveLength(1);
    });
  });

  test('a mount that is removed leaves no key', async () => {
    const { server, litellm } = suite();
    const mount = await newMount(suite(), 'going');
    const role = await newRole(suite(), {}, mount);
    const issued = await Promise.all(Array.from({ length: 20 }, async () => issueKey(server, role, mount)));
    await Promise.all(issued.slice(0, 10).map(({ leaseId }) => revokeLease(server, leaseId)));
    expect((await server.api('DELETE', `sys/mounts/${mount}`)).status).toBe(204);
    expect(await litellm.keysLike(role)).toEqual([]);
  });
});
