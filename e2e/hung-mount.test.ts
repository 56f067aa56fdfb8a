import { afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { startLiteLLMServer, type LiteLLMServer } from '../tests/harness/litellm-server.ts';
import { type HungReads, startHungReads } from './harness/hung-reads.ts';
import { issueKey, uniqueName, writeRole } from './harness/issue-key.ts';
import { LiteLLM, startStandIn } from './harness/litellm.ts';
import { mountPlugin } from './harness/plugin.ts';
import { configure, describeEngines, useSuite } from './harness/suite.ts';
import { until } from './harness/until.ts';

// Two mounts in one plugin process. The LiteLLM of one takes every request and answers none; the other's is well.

const reads = 320;
/** More than Bun lets a client of its HTTP/2 give up in a short time, unless it is told otherwise. */
const manyReads = 1500;

describeEngines((engine) => {
  const suite = useSuite(engine, { litellm: startStandIn });
  const role = uniqueName('well');
  let hanging: LiteLLMServer | undefined;
  let hung: HungReads | undefined;

  beforeAll(async () => {
    await writeRole(suite().server, `litellm/roles/${role}`, { ttl: '1h' });
  });
  afterEach(async () => {
    await hung?.[Symbol.asyncDispose]();
    await hanging?.stop();
  });

  /** Mounts the plugin for a LiteLLM that never makes a key, and asks for many. */
  async function hangMount(maxInFlight: number, count = reads): Promise<LiteLLMServer> {
    const { server } = suite();
    const mount = uniqueName('hung');
    const proxy = await startLiteLLMServer();
    hanging = proxy;
    await mountPlugin(server, mount);
    await configure(server, mount, new LiteLLM(proxy.url, proxy.masterKey), {
      request_timeout: '1h',
      max_in_flight: maxInFlight,
    });
    await writeRole(server, `${mount}/roles/any`, { ttl: '1h' });
    proxy.faults.next({ kind: 'hang', path: '/key/generate', times: Number.POSITIVE_INFINITY });
    hung = await startHungReads(server, `${mount}/creds/any`, count);
    return proxy;
  }

  /** How many keys a LiteLLM was asked for, but for the one that verifies a configuration. */
  const askedFor = ({ requests }: LiteLLMServer): number =>
    requests.filter(({ path }) => path === '/key/generate').length - 1;

  async function expectOtherMountToBeWell(): Promise<void> {
    const { server, litellm } = suite();
    for (let keys = 0; keys < 5; keys += 1) {
      const { leaseId } = await issueKey(server, role);
      expect((await server.api('PUT', 'sys/leases/renew', { lease_id: leaseId })).status).toBe(200);
      expect((await server.api('PUT', 'sys/leases/revoke', { lease_id: leaseId })).status).toBe(204);
    }
    // Its second round, which deletes it, comes a moment after the revocation.
    await until('the keys are gone', 20, async () => (await litellm.keysLike(role)).length === 0);
  }

  describe(`${reads} reads that hang on one mount`, () => {
    test('reach its LiteLLM as far as max_in_flight lets them, and leave another mount alone', async () => {
      const proxy = await hangMount(8);
      await until('as many are under way as may be', 20, async () => askedFor(proxy) === 6);
      await expectOtherMountToBeWell();
      expect(askedFor(proxy)).toBe(6);
      expect(hung?.ended).toBe(0);
    });

    test('leave another mount alone even where all of them may be under way', async () => {
      const proxy = await hangMount(1024);
      await until('all are under way', 30, async () => askedFor(proxy) === reads);
      await expectOtherMountToBeWell();
      expect(hung?.ended).toBe(0);
    });
  });

  test(`${manyReads} clients of one mount that leave at once leave the plugin and another mount alone`, async () => {
    const proxy = await hangMount(1024, manyReads);
    const before = await suite().server.plugins();
    await until('as many are under way as may be', 40, async () => askedFor(proxy) === 768);
    await hung?.[Symbol.asyncDispose]();
    await expectOtherMountToBeWell();
    expect((await suite().server.plugins()).map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
  });
});
