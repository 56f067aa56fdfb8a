import { describe, expect, test } from 'bun:test';
import { connect } from 'node:net';
import type { EngineServer } from './harness/engine-server.ts';
import { issueKey, uniqueName, writeRole } from './harness/issue-key.ts';
import { startStandIn } from './harness/litellm.ts';
import { listOf } from './harness/raw-storage.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { newMount } from './harness/test-steps.ts';
import { until } from './harness/until.ts';

// What a real engine does while a key is issued: its mount is tuned, and its clients go away.

const grace = 90;

/** Reads a path over a connection of its own and, when its time has come, goes away; tells whether the answer came first. */
async function readAndGo(server: EngineServer, path: string, milliseconds: number): Promise<boolean> {
  const { hostname, port } = new URL(server.address);
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const socket = connect(Number(port), hostname, () => {
    socket.write(
      `GET /v1/${path} HTTP/1.1\r\nHost: ${hostname}\r\nX-Vault-Token: ${server.rootToken}\r\nConnection: close\r\n\r\n`,
    );
    setTimeout(() => {
      resolve(false);
      socket.destroy();
    }, milliseconds);
  });
  socket.on('data', () => resolve(true));
  socket.on('error', reject);
  return await promise;
}

describeEngines((engine) => {
  const suite = useSuite(engine, { litellm: startStandIn });

  describe('a mount that is tuned', () => {
    test('gives the next key the lease that it now allows, and no longer life', async () => {
      const { server, litellm } = suite();
      const mount = await newMount(suite(), 'tuned');
      const role = uniqueName('role');
      await writeRole(server, `${mount}/roles/${role}`, {});
      const tune = async (defaultTTL: string, maxTTL: string): Promise<void> => {
        const fields = { default_lease_ttl: defaultTTL, max_lease_ttl: maxTTL };
        expect((await server.api('POST', `sys/mounts/${mount}/tune`, fields)).status).toBe(204);
      };
      const read = async () => server.api('GET', `${mount}/creds/${role}`);
      /** Seconds that LiteLLM lets the key of an answer live. */
      const life = (alias: unknown): number => {
        const key = litellm.standIn?.keys.all().find(({ keyAlias }) => keyAlias === alias);
        return ((key?.expires?.getTime() ?? 0) - Date.now()) / 1000;
      };

      expect((await read()).body['lease_duration']).toBe(2_764_800);
      // Longer than the plugin takes a bound for fresh.
      await Bun.sleep(250);
      await tune('100s', '200s');
      const short = await read();
      expect(short.body).toMatchObject({ lease_duration: 100, warnings: null });
      expect(life(short.data['key_alias'])).toBeWithin(60 + grace, 101 + grace);

      await Bun.sleep(250);
      await tune('1000s', '2000s');
      const long = await read();
      expect(long.body).toMatchObject({ lease_duration: 1000, warnings: null });
      expect(life(long.data['key_alias'])).toBeWithin(960 + grace, 1001 + grace);
    });

    test('has the keys of the moment before shortened', async () => {
      const { server, litellm } = suite();
      const mount = await newMount(suite(), 'tuned');
      const role = uniqueName('role');
      await writeRole(server, `${mount}/roles/${role}`, {});
      const keys = () => (litellm.standIn?.keys.all() ?? []).filter(({ keyAlias }) => keyAlias?.includes(role));
      const reads = async (): Promise<void> => {
        for (let count = 0; count < 30; count++) await issueKey(server, role, mount);
      };
      await Promise.all([
        reads(),
        reads(),
        server.api('POST', `sys/mounts/${mount}/tune`, { default_lease_ttl: '100s', max_lease_ttl: '200s' }),
      ]);
      // Those that were leased before the mount was tuned keep their lease of 32 days; no other key lives longer than its own.
      const leases = await listOf(server, `sys/leases/lookup/${mount}/creds/${role}`);
      const ttls = await Promise.all(
        leases.map(async (id) => {
          const lease_id = `${mount}/creds/${role}/${id}`;
          return Number((await server.api('PUT', 'sys/leases/lookup', { lease_id })).data['ttl']);
        }),
      );
      expect(ttls).toHaveLength(60);
      const longLeases = ttls.filter((ttl) => ttl > 200).length;
      await until('no key lives longer than its lease', 20, async () => {
        const longKeys = keys().filter(({ expires }) => (expires?.getTime() ?? 0) - Date.now() > (200 + grace) * 1000);
        return longKeys.length <= longLeases;
      });
    });
  });

  describe('clients that go away', () => {
    test('leave no key behind that has no lease', async () => {
      const { server, litellm } = suite();
      const role = uniqueName('gone');
      await writeRole(server, `litellm/roles/${role}`, { ttl: '1h' });
      const path = `litellm/creds/${role}`;
      const clients = 16;
      const inParallel = async (count: number, read: () => Promise<void>): Promise<void> => {
        let left = count;
        const client = async (): Promise<void> => {
          while (left > 0) {
            left -= 1;
            await read();
          }
        };
        await Promise.all(Array.from({ length: clients }, client));
      };
      const start = performance.now();
      await inParallel(64, async () => void (await issueKey(server, role)));
      const usual = ((performance.now() - start) * clients) / 64;
      let gone = 0;
      await inParallel(300, async () => {
        if (!(await readAndGo(server, path, Math.random() * usual * 1.3))) gone += 1;
      });
      expect(gone).toBeGreaterThan(30);

      // A key that LiteLLM made after its caller had gone is looked for again 15 s later.
      await until('every key has a lease', 50, async () => {
        const leases = await listOf(server, `sys/leases/lookup/${path}`);
        const keys = (litellm.standIn?.keys.all() ?? []).filter(({ keyAlias }) => keyAlias?.includes(role));
        return keys.length <= leases.length;
      });
    });
  });
});
