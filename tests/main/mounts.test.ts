import { describe, expect, test } from 'bun:test';
import { status } from '@grpc/grpc-js';
import {
  configure,
  credsPath,
  expectSuccess,
  readLease,
  roleName,
  startConfiguredMount,
} from '../harness/configured-mount.ts';
import { startLiteLLMServer } from '../harness/litellm-server.ts';
import { MemoryStorage } from '../harness/memory-storage.ts';
import { PluginHost } from '../harness/plugin-host.ts';

/** `backendType.logical` on the wire. */
const logicalType = 1;

describe('the order of calls', () => {
  for (const announce of ['before', 'after'] as const) {
    test(`the host tells where it listens ${announce} it calls Setup`, async () => {
      await using host = await PluginHost.start();
      const mount = await host.mounted({ announce });
      expectSuccess(await mount.write('roles/a', {}));
      expect(mount.storage.keys).toEqual(['roles/a']);
    });
  }

  test('a Setup whose listener is never announced fails and says which', async () => {
    await using host = await PluginHost.start();
    const mount = host.mount({ announce: 'never' });
    expect(await mount.setup()).toContain('where its service 1 listens');
    expect(await host.health()).toMatchObject({ status: 1 });
  }, 15_000);

  test('registration: Setup with no storage behind it, version, shutdown', async () => {
    await using host = await PluginHost.start();
    const storage = new MemoryStorage();
    storage.intercept = () => {
      throw new Error('missing storage');
    };
    const mount = host.mount({ backendUUID: '', storage });
    expect(await mount.setup()).toBe('');
    expect(await host.version()).toStartWith('v');
    await host.shutdown();
    expect(await host.process.ended).toEqual({ code: 0, signal: null });
    expect(storage.totalCalls).toBe(0);
    expect(mount.systemCalls).toBe(0);
  });

  test('mount: Setup, type, special paths thrice, Initialize', async () => {
    await using host = await PluginHost.start();
    const mount = host.mount();
    expect(await mount.setup({ plugin_name: 'litellm' })).toBe('');
    expect(await mount.type()).toBe(logicalType);
    for (let time = 0; time < 3; time++) {
      expect(await mount.specialPaths()).toMatchObject({
        root: ['rotate-root', 'config/rotate-root'],
        unauthenticated: [],
        sealWrapStorage: ['config', 'wal/', 'static-roles/*'],
      });
    }
    expect(await mount.initialize()).toBeUndefined();
  });

  for (const specialPathsFirst of [true, false]) {
    test(`reload: special paths ${specialPathsFirst ? 'before' : 'after'} Initialize, no type`, async () => {
      const storage = new MemoryStorage();
      {
        await using first = await PluginHost.start();
        const mount = await first.mounted({ storage });
        expectSuccess(await mount.write('roles/kept', { models: 'gpt-4o' }));
        await mount.cleanup();
      }
      await using second = await PluginHost.start();
      const mount = second.mount({ storage });
      expect(await mount.setup()).toBe('');
      if (specialPathsFirst) await mount.specialPaths();
      expect(await mount.initialize()).toBeUndefined();
      if (!specialPathsFirst) await mount.specialPaths();
      expect((await mount.read('roles/kept')).data).toMatchObject({ models: ['gpt-4o'] });
    });
  }

  test('after a crash: Setup, Initialize, and the leases live on', async () => {
    await using before = await startConfiguredMount();
    const lease = await readLease(before.mount);
    before.host.process.kill('SIGKILL');
    await before.host.process.ended;

    await using host = await PluginHost.start();
    const mount = host.mount({ storage: before.mount.storage });
    expect(await mount.setup()).toBe('');
    expect(await mount.initialize()).toBeUndefined();
    expectSuccess(await mount.request({ operation: 'revoke', path: credsPath, secret: lease.secret }));
    expect(before.litellm.keys.find(lease.tokenId)).toMatchObject({ blocked: true });
    await readLease(mount);
  });

  test('a host without multiplexing sends no id at all', async () => {
    await using host = await PluginHost.start();
    const mount = await host.mounted({ multiplexId: null });
    expectSuccess(await mount.write('roles/a', {}));
    expect((await mount.read('roles/a')).data).toMatchObject({ models: [] });
  });
});

describe('two mounts in one process', () => {
  test('have configurations, roles and keys of their own', async () => {
    await using configured = await startConfiguredMount();
    const { host, mount: first, litellm } = configured;
    const otherLiteLLM = await startLiteLLMServer({ masterKey: 'sk-test-not-a-real-other-master-key' });
    try {
      const second = await host.mounted();
      expect((await second.read(`roles/${roleName}`)).data).toBeUndefined();
      expect((await second.read(credsPath)).mistake).toContain('there is no configuration yet');

      await configure(second, otherLiteLLM);
      expectSuccess(await second.write(`roles/${roleName}`, { models: 'gpt-4o' }));
      await readLease(first);
      const lease = await readLease(second);
      expect(litellm.keys.all()).toHaveLength(1);
      expect(otherLiteLLM.keys.find(lease.tokenId)).toMatchObject({
        models: ['gpt-4o'],
        metadata: { vault_backend_uuid: second.backendUUID },
      });
      expect((await first.read(`roles/${roleName}`)).data).toMatchObject({ models: [] });
    } finally {
      await otherLiteLLM.stop();
    }
  });

  test('the end of one leaves the other', async () => {
    await using configured = await startConfiguredMount();
    const { host, mount } = configured;
    const other = await host.mounted();
    await other.cleanup();
    expect(await other.read('config').catch((error: unknown) => error)).toMatchObject({ code: status.INTERNAL });
    await readLease(mount);
    expect(host.process.running).toBe(true);
  });
});

describe('mounts that are not there', () => {
  test('a mount is cleaned up twice', async () => {
    await using host = await PluginHost.start();
    const mount = await host.mounted();
    await mount.cleanup();
    await mount.cleanup();
    expect(await host.health()).toMatchObject({ status: 1 });
  });

  test('every call for a mount that was never set up is an error, and the process lives on', async () => {
    await using host = await PluginHost.start();
    const stranger = host.mount();
    const calls: readonly (() => Promise<unknown>)[] = [
      () => stranger.read('config'),
      () => stranger.existenceCheck({ operation: 'update', path: 'config' }),
      () => stranger.initialize(),
      () => stranger.type(),
      () => stranger.specialPaths(),
      () => stranger.invalidateKey('config'),
    ];
    for (const call of calls) {
      expect(await call().catch((error: unknown) => error)).toMatchObject({
        code: status.INTERNAL,
        details: 'the host asked for a mount that it has not set up in this process',
      });
    }
    await stranger.cleanup();
    expect(await host.health()).toMatchObject({ status: 1 });
  });

  test('a mount that is set up anew under its old id starts afresh', async () => {
    await using host = await PluginHost.start();
    const first = await host.mounted({ multiplexId: 'same' });
    expectSuccess(await first.write('roles/old', {}));
    const second = await host.mounted({ multiplexId: 'same' });
    expect((await second.read('roles/old')).data).toBeUndefined();
  });
});

test('what another node wrote is seen once the host has said so', async () => {
  await using configured = await startConfiguredMount({ role: { models: 'gpt-4o' } });
  const { mount, litellm } = configured;
  await readLease(mount);
  // Written behind the plugin's back: as it was, it would go on for some seconds.
  const key = `roles/${roleName}`;
  const role = mount.storage.peek(key) as Readonly<Record<string, unknown>>;
  await mount.storage.put({ key, value: Buffer.from(JSON.stringify({ ...role, models: ['gpt-4o-mini'] })) });
  await mount.invalidateKey(key);
  const lease = await readLease(mount);
  expect(litellm.keys.find(lease.tokenId)?.models).toEqual(['gpt-4o-mini']);
});
