import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { issueKey, uniqueName, writeRole, type IssuedKey } from './harness/issue-key.ts';
import { startLiteLLM, type LiteLLM } from './harness/litellm.ts';
import { mountPlugin } from './harness/plugin.ts';
import { RaftCluster } from './harness/raft-cluster.ts';
import { configure, describeEngines } from './harness/suite.ts';
import { revokeLease, untilRefused } from './harness/test-steps.ts';
import { until } from './harness/until.ts';

// The plugin on three servers that share their storage: what one of them wrote is heard by the others.

/** What is kept for issuing lives ten seconds at most. */
const heardWithinSeconds = 10;

describeEngines((engine) => {
  let cluster: RaftCluster;
  let litellm: LiteLLM;
  let models: readonly [string, string];
  const started = new AsyncDisposableStack();
  setDefaultTimeout(120_000);

  beforeAll(async () => {
    litellm = await startLiteLLM();
    started.defer(() => litellm.stop());
    models = await litellm.twoModels();
    cluster = await RaftCluster.start({ engine });
    started.defer(() => cluster.stop());
    await cluster.registerPlugin();
    const active = await cluster.active();
    await mountPlugin(active, 'litellm');
    await configure(active, 'litellm', litellm);
  }, 600_000);

  afterAll(() => started.disposeAsync(), 60_000);

  /** Seconds between the end of a key's lease and that of the key, to the next ten. */
  function graceOf({ expires, leaseDuration }: IssuedKey): number {
    return Math.round(((Date.parse(expires) - Date.now()) / 1000 - leaseDuration) / 10) * 10;
  }

  describe('what was changed on the active server', () => {
    // Each server becomes active with the entries as they were when it last was: it must not issue by those.
    test.each([1, 2, 3])('is heard by the one that takes its place: %d', async () => {
      const role = uniqueName('team');
      const former = await cluster.active();
      await configure(former, 'litellm', litellm, { grace: 90 });
      await writeRole(former, `litellm/roles/${role}`, { models: [models[0]], ttl: '10m' });
      const before = await issueKey(former, role);
      expect([before.data['models'], graceOf(before)]).toEqual([[models[0]], 90]);

      await writeRole(former, `litellm/roles/${role}`, { models: [models[1]] });
      await configure(former, 'litellm', litellm, { grace: 600 });
      const next = await cluster.stepDown();
      expect(next.address).not.toBe(former.address);
      await until('a key is issued by the changed role and configuration', heardWithinSeconds, async () => {
        const issued = await issueKey(next, role);
        return Bun.deepEquals(issued.data['models'], [models[1]]) && graceOf(issued) === 600;
      });

      // What was leased before is revoked there too.
      const { leaseId, key } = before;
      await revokeLease(next, leaseId);
      await untilRefused(litellm, key, models[0]);
    });
  });

  describe('a standby', () => {
    test('hands a read that makes a key to the active server, and one key is made', async () => {
      const active = await cluster.active();
      for (const standby of await cluster.standbys()) {
        const role = uniqueName('standby');
        await writeRole(active, `litellm/roles/${role}`, { models: [models[0]] });
        const issued = await until('the standby knows the role', heardWithinSeconds, () => issueKey(standby, role));
        expect(await litellm.chat(issued.key, models[0])).toBe(200);
        expect((await litellm.keysLike(role)).map(({ tokenId }) => tokenId)).toEqual([issued.tokenId]);
        await revokeLease(standby, issued.leaseId);
        await untilRefused(litellm, issued.key, models[0]);
      }
    });

    test('reads a changed role as it is', async () => {
      const active = await cluster.active();
      const role = uniqueName('read');
      for (const model of models) {
        await writeRole(active, `litellm/roles/${role}`, { models: [model] });
        for (const standby of await cluster.standbys()) {
          await until('the standby reads the role as it is', heardWithinSeconds, async () => {
            const { data } = await standby.api('GET', `litellm/roles/${role}`);
            return Bun.deepEquals(data['models'], [model]);
          });
        }
      }
    });
  });
});
