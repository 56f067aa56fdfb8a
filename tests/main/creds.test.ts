import { describe, expect, test } from 'bun:test';
import { replicationState } from '../../src/sdk/logical/replication-state.ts';
import {
  configure,
  credsPath,
  expectSuccess,
  readLease,
  roleName,
  startConfiguredMount,
} from '../harness/configured-mount.ts';
import { startLiteLLMServer } from '../harness/litellm-server.ts';
import { hashKey } from '../harness/litellm/stored-key.ts';
import { MemoryStorage } from '../harness/memory-storage.ts';
import { PluginHost } from '../harness/plugin-host.ts';

/** A host knows it by its text alone. */
const readOnly = { type: 0, message: 'cannot write to readonly storage', code: 0 } as const;
const hour = 3600;
/** A duration in seconds as the wire has it. */
const wire = (seconds: number) => `${seconds}000000000`;

describe('a lease', () => {
  test('has its times, and internal data without the key', async () => {
    await using configured = await startConfiguredMount({ role: { ttl: '1h', max_ttl: '24h' } });
    const { mount, litellm } = configured;
    const before = Math.floor(Date.now() / 1000);
    const { key, tokenId, secret } = await readLease(mount);
    const { ttl, maxTtl, renewable, issueTime } = secret.leaseOptions ?? {};
    expect({ ttl: String(ttl), maxTtl: String(maxTtl), renewable }).toEqual({
      ttl: wire(hour),
      maxTtl: wire(24 * hour),
      renewable: true,
    });
    const issuedAt = issueTime?.seconds?.toNumber() ?? 0;
    expect(issuedAt).toBeGreaterThanOrEqual(before);
    expect(issuedAt).toBeLessThanOrEqual(Date.now() / 1000);

    const internalData = JSON.parse(secret.internalDataJson ?? '') as Readonly<Record<string, unknown>>;
    expect(internalData).toMatchObject({ secret_type: 'litellm_key', token_id: tokenId, role: roleName });
    expect(secret.internalDataJson).not.toContain(key);
    expect(secret.internalDataJson).not.toContain(litellm.masterKey);
    expect(hashKey(key)).toBe(tokenId);
    expect(litellm.keys.find(tokenId)).toMatchObject({ tokenId });
  });

  test('is bounded by the mount where the role says nothing', async () => {
    const system = { defaultLeaseTTL: 7 * hour, maxLeaseTTL: 9 * hour };
    await using configured = await startConfiguredMount({ mount: { system } });
    const { leaseOptions } = (await readLease(configured.mount)).secret;
    expect(String(leaseOptions?.ttl)).toBe(wire(7 * hour));
    expect(String(leaseOptions?.maxTtl)).toBe(wire(9 * hour));
  });

  // In nanoseconds these are more than 2^53.
  for (const seconds of [10_000 * hour, 9_999 * hour + 59 * 60 + 59, 105 * 24 * hour]) {
    test(`${seconds} s survive to the nanosecond`, async () => {
      await using configured = await startConfiguredMount({
        mount: { system: { defaultLeaseTTL: seconds, maxLeaseTTL: seconds } },
        role: { ttl: `${seconds}s`, max_ttl: seconds },
      });
      const { leaseOptions } = (await readLease(configured.mount)).secret;
      expect(String(leaseOptions?.ttl)).toBe(wire(seconds));
      expect(String(leaseOptions?.maxTtl)).toBe(wire(seconds));
      expect((await configured.mount.read(`roles/${roleName}`)).data).toMatchObject({ ttl: seconds, max_ttl: seconds });
    });
  }
});

test('the ordinary way asks the storage nothing, and for the bounds of the mount some times a second', async () => {
  await using configured = await startConfiguredMount();
  const { mount, litellm } = configured;
  await readLease(mount);
  const storageCalls = mount.storage.totalCalls;
  const { systemCalls } = mount;
  const requests = litellm.requests.length;
  const start = performance.now();
  for (let count = 0; count < 5; count++) await readLease(mount);
  // Two questions each 100 ms at most by reads, and one after them.
  const most = 3 * (1 + (performance.now() - start) / 100);
  expect(mount.storage.totalCalls).toBe(storageCalls);
  expect(mount.systemCalls - systemCalls).toBeLessThanOrEqual(most);
  expect(litellm.requests.slice(requests).map(({ path }) => path)).toEqual(Array(5).fill('/key/generate'));
});

describe('a node that must not write', () => {
  const nodes: readonly { readonly name: string; readonly state: number }[] = [
    { name: 'a performance standby', state: replicationState.performanceStandby },
    { name: 'a performance secondary', state: replicationState.performanceSecondary },
    {
      name: 'a performance standby of a primary',
      state: replicationState.performanceStandby | replicationState.performancePrimary,
    },
  ];
  for (const { name, state } of nodes) {
    test(`${name} leaves the issuing of keys to another node before it asks LiteLLM`, async () => {
      const { storage, litellm } = await writtenElsewhere();
      try {
        await using host = await PluginHost.start();
        const mount = await host.mounted({ storage, system: { replicationState: state } });
        const requests = litellm.requests.length;
        const { fault, secret } = await mount.read(credsPath);
        expect({ fault, secret }).toEqual({ fault: readOnly, secret: undefined });
        const data = { base_url: litellm.url, master_key: litellm.masterKey };
        expect((await mount.write('config', data)).fault).toEqual(readOnly);
        expect(litellm.requests.length).toBe(requests);
        expect((await mount.read(`roles/${roleName}`)).data).toMatchObject({ models: [] });
      } finally {
        await litellm.stop();
      }
    });
  }

  test('the storage is read-only: a write says so in the words that a host knows', async () => {
    await using configured = await startConfiguredMount();
    const { mount } = configured;
    mount.storage.intercept = (call) => {
      if (call === 'put' || call === 'delete') throw new Error('cannot write to readonly storage');
    };
    expect((await mount.write('roles/new', {})).fault).toEqual(readOnly);
    expect((await mount.write(`roles/${roleName}`, { models: 'gpt-4o' })).fault).toEqual(readOnly);
    expect((await mount.request({ operation: 'delete', path: `roles/${roleName}` })).fault).toEqual(readOnly);
  });
});

/** A mount's storage that another node wrote. */
async function writtenElsewhere() {
  const storage = new MemoryStorage();
  const litellm = await startLiteLLMServer();
  await using host = await PluginHost.start();
  const mount = await host.mounted({ storage });
  await configure(mount, litellm);
  expectSuccess(await mount.write(`roles/${roleName}`, {}));
  return { storage, litellm };
}

describe('a request that its caller gives up', () => {
  test('leaves no key on the proxy, and nothing in the storage', async () => {
    await using configured = await startConfiguredMount();
    const { mount, litellm } = configured;
    litellm.faults.next({ kind: 'hang-after-effect', path: '/key/generate' });
    const generated = litellm.handled('/key/generate');
    const deleted = litellm.handled('/key/delete');
    const { answer, cancel } = mount.startRequest({ operation: 'read', path: credsPath });
    const failure = answer.catch((error: unknown) => error);
    await generated;
    expect(litellm.keys.all()).toHaveLength(1);
    cancel();
    expect(await failure).toBeInstanceOf(Error);
    await deleted;
    expect(litellm.keys.all()).toEqual([]);
    // Waits for what is under way.
    await mount.cleanup();
    expect(mount.storage.keys).toEqual(['config', `roles/${roleName}`]);
  });

  test('is remembered in the storage while LiteLLM cannot be asked to end its key', async () => {
    await using configured = await startConfiguredMount();
    const { mount, litellm } = configured;
    litellm.faults.next({ kind: 'hang-after-effect', path: '/key/generate' });
    litellm.faults.next({ kind: 'status', path: '/key/block' });
    const generated = litellm.handled('/key/generate');
    const blocked = litellm.handled('/key/block');
    const { answer, cancel } = mount.startRequest({ operation: 'read', path: credsPath });
    answer.catch(() => undefined);
    await generated;
    cancel();
    await blocked;
    const remembered = mount.storage.keys.filter((key) => key.startsWith('wal/'));
    expect(remembered).toHaveLength(1);
    expect(JSON.stringify(mount.storage.peek(remembered[0] ?? ''))).not.toContain('sk-');

    expectSuccess(await mount.request({ operation: 'rollback', path: '', data: { immediate: true } }));
    expect(litellm.keys.all()).toEqual([]);
    expect(mount.storage.keys).toEqual(['config', `roles/${roleName}`]);
  });
});
