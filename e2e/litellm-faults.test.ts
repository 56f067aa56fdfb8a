import { afterEach, beforeAll, describe, expect, test } from 'bun:test';
import type { Fault } from '../tests/harness/litellm/faults.ts';
import { keyNotFound, mayNotBlock } from '../tests/harness/litellm-faults.ts';
import { freePorts } from './harness/free-ports.ts';
import { issueKey, uniqueName, writeRole } from './harness/issue-key.ts';
import { startStandIn } from './harness/litellm.ts';
import { mountPlugin } from './harness/plugin.ts';
import { listOf } from './harness/raw-storage.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { until } from './harness/until.ts';

// A LiteLLM that fails in every way it can: what the client is told, and that neither lease nor key is left.

describeEngines((engine) => {
  const suite = useSuite(engine, { litellm: startStandIn });
  /** Part of the name of each role here, and so of the alias of each key. */
  const stem = uniqueName('fault');

  interface FaultCase {
    readonly name: string;
    readonly fault: Omit<Fault, 'path'>;
  }

  const faults: readonly FaultCase[] = [
    { name: 'closes the connection', fault: { kind: 'drop-before' } },
    { name: 'does the work and closes the connection', fault: { kind: 'drop-after-effect' } },
    { name: 'never answers', fault: { kind: 'hang' } },
    { name: 'does the work and never answers', fault: { kind: 'hang-after-effect' } },
    { name: 'never ends its answer', fault: { kind: 'slow-body' } },
    { name: 'ends its answer in the middle', fault: { kind: 'half-body' } },
    { name: 'redirects', fault: { kind: 'redirect', location: 'http://127.0.0.1:9/elsewhere' } },
    { name: 'answers HTML with 502', fault: { kind: 'html' } },
    { name: 'answers HTML with 200', fault: { kind: 'html', status: 200 } },
    { name: 'answers 500', fault: { kind: 'status', status: 500 } },
    { name: 'does the work and answers 500', fault: { kind: 'status', status: 500, withEffect: true } },
    { name: 'answers 200 with nonsense', fault: { kind: 'nonsense' } },
    { name: 'answers 200 with nonsense after the work', fault: { kind: 'nonsense', withEffect: true } },
    { name: 'answers 200 with text', fault: { kind: 'nonsense', body: 'hello', contentType: 'text/plain' } },
  ];

  beforeAll(async () => {
    const { status } = await suite().server.api('POST', 'litellm/config', { request_timeout: 2 });
    expect(status).toBeLessThan(300);
  });
  afterEach(() => suite().litellm.standIn?.faults.clear());

  /** Host and port of the stand-in, which an error has to name. */
  const address = (): string => new URL(suite().litellm.url).host;

  function failNext(fault: Omit<Fault, 'path'>, path: string): void {
    suite().litellm.standIn?.faults.next({ ...fault, path });
  }

  async function newRole(fields: Readonly<Record<string, unknown>> = {}, mount = 'litellm'): Promise<string> {
    const role = uniqueName(stem);
    await writeRole(suite().server, `${mount}/roles/${role}`, { models: [suite().models[0]], ttl: '1h', ...fields });
    return role;
  }

  /** What a failed `creds/` read has to look like. The time limit is the test's own: a read that waits for longer fails it. */
  async function expectNoKey(mount: string, role: string, where: string): Promise<void> {
    const { server, litellm } = suite();
    const { status, errors, body } = await server.api('GET', `${mount}/creds/${role}`);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(errors).toContain(where);
    expect(errors).not.toContain(litellm.masterKey);
    expect(errors).not.toMatch(/sk-(?!\.\.\.)\w{8,}/);
    expect(body['lease_id']).toBeUndefined();
    expect((await server.api('LIST', `sys/leases/lookup/${mount}/creds/${role}`)).status).toBe(404);
  }

  async function revoke(leaseId: string): Promise<number> {
    return (await suite().server.api('PUT', 'sys/leases/revoke', { lease_id: leaseId, sync: true })).status;
  }

  async function untilDeleted(role: string): Promise<void> {
    await until('the key is deleted', 20, async () => (await suite().litellm.keysLike(role)).length === 0);
  }

  describe('no key comes of a LiteLLM that', () => {
    for (const { name, fault } of faults) {
      test(
        name,
        async () => {
          const role = await newRole();
          // Where no answer comes, a second key is asked for on another connection.
          failNext({ ...fault, times: 2 }, '/key/generate');
          await expectNoKey('litellm', role, address());
          expect(suite().litellm.standIn?.faults.pending).toBeLessThan(2);
          suite().litellm.standIn?.faults.clear();
          await issueKey(suite().server, role);
        },
        10_000,
      );
    }

    test('is not there', async () => {
      const { server, litellm } = suite();
      const [port] = await freePorts(1);
      const where = `127.0.0.1:${port}`;
      await mountPlugin(server, 'absent');
      const fields = { base_url: `http://${where}`, master_key: litellm.masterKey, request_timeout: 2 };
      const refused = await server.api('POST', 'absent/config', fields);
      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(refused.errors).toContain(where);
      expect((await server.api('GET', 'absent/config')).status).toBe(404);
      expect((await server.api('POST', 'absent/config', { ...fields, verify_connection: false })).status).toBeLessThan(
        300,
      );
      await expectNoKey('absent', await newRole({}, 'absent'), where);
    }, 10_000);
  });

  describe('no configuration is stored for a LiteLLM that', () => {
    for (const { name, fault } of faults.filter((one) => !one.name.includes('work'))) {
      test(
        name,
        async () => {
          const { server, litellm } = suite();
          const mount = uniqueName('fresh');
          await mountPlugin(server, mount);
          // A question that changes nothing may be asked twice.
          failNext({ ...fault, times: 10 }, '/key/list');
          const { status, errors } = await server.api('POST', `${mount}/config`, {
            base_url: litellm.url,
            master_key: litellm.masterKey,
            request_timeout: 2,
          });
          expect(status).toBeGreaterThanOrEqual(400);
          expect(errors).toContain(address());
          expect(errors).not.toContain(litellm.masterKey);
          expect((await server.api('GET', `${mount}/config`)).status).toBe(404);
          await server.api('DELETE', `sys/mounts/${mount}`);
        },
        10_000,
      );
    }
  });

  describe('a lease', () => {
    test('lives on when its renewal fails', async () => {
      const { server, litellm, models } = suite();
      const { key, leaseId } = await issueKey(server, await newRole());
      failNext({ kind: 'status', status: 500 }, '/key/update');
      const failed = await server.api('PUT', 'sys/leases/renew', { lease_id: leaseId });
      expect(failed.status).toBeGreaterThanOrEqual(400);
      expect(failed.errors).toContain(address());
      expect((await server.api('PUT', 'sys/leases/renew', { lease_id: leaseId })).status).toBe(200);
      expect(await litellm.chat(key, models[0])).toBe(200);
    });

    /** The engine shows a fault of a renewal behind words of its own, and an error response as Go prints it. */
    test('says in words alone why it cannot be renewed', async () => {
      const { server, litellm } = suite();
      const { leaseId, tokenId } = await issueKey(server, await newRole());
      litellm.standIn?.keys.delete(tokenId, new Date());
      const { status, errors } = await server.api('PUT', 'sys/leases/renew', { lease_id: leaseId });
      expect(status).toBe(400);
      expect(errors).toContain('LiteLLM has no such key');
      expect(errors).not.toContain('logical.Response{');
      expect(await revoke(leaseId)).toBe(204);
    });

    test('is cut to what LiteLLM grants', async () => {
      const { server, litellm } = suite();
      const { leaseId, tokenId } = await issueKey(server, await newRole());
      const expires = new Date(Date.now() + 600_000).toISOString();
      failNext({ kind: 'nonsense', body: { token: tokenId, expires } }, '/key/update');
      const { status, body } = await server.api('PUT', 'sys/leases/renew', { lease_id: leaseId });
      expect(status).toBe(200);
      expect(Math.abs(Number(body['lease_duration']) - 600)).toBeLessThan(10);
      expect(JSON.stringify(body['warnings'])).toContain('LiteLLM lets this key live for');
      expect(litellm.standIn?.faults.pending).toBe(0);
    });

    test('stays until a revocation that failed is asked for again', async () => {
      const { server, litellm, models } = suite();
      const role = await newRole();
      const { key, leaseId } = await issueKey(server, role);
      failNext({ kind: 'status', status: 500 }, '/key/block');
      failNext({ kind: 'status', status: 500 }, '/key/delete');
      const failed = await server.api('PUT', 'sys/leases/revoke', { lease_id: leaseId });
      expect(failed.status).toBeGreaterThanOrEqual(400);
      expect(failed.errors).toContain(address());
      expect((await server.api('PUT', 'sys/leases/lookup', { lease_id: leaseId })).status).toBe(200);
      expect(await revoke(leaseId)).toBe(204);
      expect(await litellm.chat(key, models[0])).toBe(401);
      await untilDeleted(role);
    });

    for (const { name, fault } of [
      { name: 'fails', fault: { kind: 'status', status: 500 } },
      { name: 'fails after the work', fault: { kind: 'status', status: 500, withEffect: true } },
      { name: 'is forbidden', fault: mayNotBlock },
    ] as const) {
      test(`ends though blocking its key ${name}`, async () => {
        const { server, litellm, models } = suite();
        const role = await newRole();
        const { key, leaseId } = await issueKey(server, role);
        failNext({ ...fault, times: 9 }, '/key/block');
        expect(await revoke(leaseId)).toBe(204);
        expect(await litellm.chat(key, models[0])).toBe(401);
        expect(await litellm.keysLike(role)).toEqual([]);
      });
    }

    test('that is young does not end because LiteLLM does not find its key yet', async () => {
      const { server, litellm, models } = suite();
      const role = await newRole();
      const { key, leaseId } = await issueKey(server, role);
      for (const path of ['/key/block', '/key/delete', '/key/info']) failNext({ ...keyNotFound, times: 99 }, path);
      const failed = await server.api('PUT', 'sys/leases/revoke', { lease_id: leaseId, sync: true });
      expect(failed.status).toBeGreaterThanOrEqual(400);
      expect(failed.errors).toContain('A replica of its database may lag behind');
      litellm.standIn?.faults.clear();
      failNext({ ...keyNotFound, times: 2 }, '/key/block');
      failNext({ ...keyNotFound, times: 2 }, '/key/info');
      expect(await revoke(leaseId)).toBe(204);
      expect(await litellm.chat(key, models[0])).toBe(401);
      await untilDeleted(role);
    });

    test('that runs out takes its key with it, though that fails at first', async () => {
      const { server, litellm } = suite();
      const role = await newRole({ ttl: 2 });
      await issueKey(server, role);
      failNext({ kind: 'status', status: 500 }, '/key/block');
      failNext({ kind: 'status', status: 500 }, '/key/delete');
      // The engine tries again by itself, ten to thirty seconds later.
      await until('the key is gone', 50, async () => (await litellm.keysLike(role)).length === 0);
      expect(litellm.standIn?.faults.pending).toBe(0);
      await until('the lease is gone', 20, async () => {
        return (await server.api('LIST', `sys/leases/lookup/litellm/creds/${role}`)).status === 404;
      });
    });

    test('that is revoked ends for good, though deleting its key fails at first', async () => {
      const { server, litellm, models } = suite();
      const role = await newRole();
      const { key, leaseId } = await issueKey(server, role);
      failNext({ kind: 'status', status: 500, times: 2 }, '/key/delete');
      expect(await revoke(leaseId)).toBe(204);
      expect(await litellm.chat(key, models[0])).toBe(401);
      await untilDeleted(role);
      expect(litellm.standIn?.faults.pending).toBe(0);
    });
  });

  describe('after all that', () => {
    test('LiteLLM holds no key but those of a lease', async () => {
      const { server, litellm } = suite();
      const lookup = 'sys/leases/lookup/litellm/creds';
      const roles = await listOf(server, lookup);
      const leases = await Promise.all(roles.map((role) => listOf(server, `${lookup}/${role}`)));
      const leased = leases.flat().length;
      // Each case above issued one key in the end.
      expect(leased).toBeGreaterThanOrEqual(faults.length);
      await until('the others are gone', 20, async () => (await litellm.keysLike(stem)).length === leased);
    });
  });
});
