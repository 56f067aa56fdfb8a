import { describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grpcControllerService } from '../../src/sdk/pb/services.ts';
import { type ConfiguredMount, credsPath, roleName, startConfiguredMount } from '../harness/configured-mount.ts';
import { startLiteLLMServer } from '../harness/litellm-server.ts';
import type { PendingRequest } from '../harness/plugin-host/plugin-mount.ts';
import { processGone } from '../harness/plugin-host/process-gone.ts';
import { parseHandshake } from '../harness/plugin-host/handshake.ts';
import { generateHostCertificate } from '../harness/plugin-host/host-certificate.ts';
import { pluginBinary, PluginProcess } from '../harness/plugin-host/plugin-process.ts';
import { hostEnvironment, PluginHost } from '../harness/plugin-host.ts';

const endedWell = { code: 0, signal: null } as const;
/** A lost host is waited for a while before a plugin takes it for dead. */
const orphanTimeoutMs = 20_000;

describe('the host asks for the end', () => {
  test('a plugin without a mount exits with 0 and removes its socket', async () => {
    await using host = await PluginHost.start();
    await host.shutdown();
    expect(await host.process.ended).toEqual(endedWell);
    expect(existsSync(host.handshake.address)).toBe(false);
  });

  test('a plugin with mounts exits with 0 and removes its socket', async () => {
    await using host = await PluginHost.start();
    await host.mounted();
    await host.mounted();
    await host.shutdown();
    expect(await host.process.ended).toEqual(endedWell);
    expect(existsSync(host.handshake.address)).toBe(false);
  });

  test('the request is answered', async () => {
    await using host = await PluginHost.start();
    await host.mounted();
    await host.connection.call(grpcControllerService.shutdown, {});
    expect(await host.process.ended).toEqual(endedWell);
  });

  test('a second request does no harm', async () => {
    await using host = await PluginHost.start();
    await Promise.all([host.shutdown(), host.shutdown()]);
    expect(await host.process.ended).toEqual(endedWell);
  });
});

/** Starts to read a key of which LiteLLM, having made it, never tells; resolves once the key is there. */
async function startHangingRead({ mount, litellm }: ConfiguredMount): Promise<PendingRequest> {
  // A second key is asked for, should the first take long.
  litellm.faults.next({ kind: 'hang-after-effect', path: '/key/generate', times: 2 });
  const reached = litellm.handled('/key/generate');
  const pending = mount.startRequest({ operation: 'read', path: credsPath });
  pending.answer.catch(() => undefined);
  await reached;
  expect(litellm.keys.all()).toHaveLength(1);
  return pending;
}

describe('a request that is under way', () => {
  test('does not keep the plugin from ending, and leaves no key behind', async () => {
    await using configured = await startConfiguredMount();
    const { host, litellm } = configured;
    await startHangingRead(configured);
    await host.shutdown();
    expect(await host.process.ended).toEqual(endedWell);
    expect(litellm.keys.all()).toEqual([]);
  });

  test('is given up when its mount goes, and leaves no key behind', async () => {
    await using configured = await startConfiguredMount();
    const { mount, litellm } = configured;
    const pending = await startHangingRead(configured);
    await mount.cleanup();
    expect((await pending.answer).fault?.message).toContain('/key/generate');
    expect(litellm.keys.all()).toEqual([]);
    expect(mount.storage.keys).toEqual(['config', `roles/${roleName}`]);
  });

  test('is given up at SIGTERM, and leaves no key behind', async () => {
    await using configured = await startConfiguredMount();
    const { host, litellm } = configured;
    await startHangingRead(configured);
    host.process.kill('SIGTERM');
    expect(await host.process.ended).toEqual(endedWell);
    expect(litellm.keys.all()).toEqual([]);
  });

  test(
    "is given up when the broker's stream is lost, and leaves no key behind",
    async () => {
      await using configured = await startConfiguredMount();
      const { host, litellm } = configured;
      await startHangingRead(configured);
      host.disconnect();
      expect(await host.process.ended).toEqual(endedWell);
      expect(litellm.keys.all()).toEqual([]);
    },
    orphanTimeoutMs,
  );
});

describe('the host is gone', () => {
  test(
    "the loss of the broker's stream ends the plugin, and its socket goes",
    async () => {
      await using host = await PluginHost.start();
      await host.mounted();
      host.disconnect();
      expect(await host.process.ended).toEqual(endedWell);
      expect(existsSync(host.handshake.address)).toBe(false);
    },
    orphanTimeoutMs,
  );

  test(
    'a host that is killed takes its plugin along, and the key that it was asking for',
    async () => {
      const litellm = await startLiteLLMServer();
      litellm.faults.next({ kind: 'hang-after-effect', path: '/key/generate', times: 2 });
      const reached = litellm.handled('/key/generate');
      const script = join(import.meta.dir, '../harness/plugin-host/doomed-host.ts');
      const command = [process.execPath, 'run', script, litellm.url, litellm.masterKey];
      const doomed = new PluginProcess(command, { ...process.env });
      const { pluginPid, socket, folder } = JSON.parse(await doomed.firstLine()) as {
        readonly pluginPid: number;
        readonly socket: string;
        readonly folder: string;
      };
      try {
        await reached;
        expect(litellm.keys.all()).toHaveLength(1);
        expect(existsSync(socket)).toBe(true);
        doomed.kill('SIGKILL');
        expect((await doomed.ended).signal).toBe('SIGKILL');
        await processGone(pluginPid);
        expect(existsSync(socket)).toBe(false);
        expect(litellm.keys.all()).toEqual([]);
      } finally {
        await rm(folder, { recursive: true });
        await litellm.stop();
      }
    },
    orphanTimeoutMs,
  );
});

describe('signals', () => {
  test('SIGINT, which Ctrl-C in the terminal of the host sends to all, is left to the host', async () => {
    await using host = await PluginHost.start();
    const mount = await host.mounted();
    host.process.kill('SIGINT');
    expect(await host.health()).toMatchObject({ status: 1 });
    expect((await mount.read('config')).fault).toBeUndefined();
    expect(host.process.running).toBe(true);
    await host.shutdown();
    expect(await host.process.ended).toEqual(endedWell);
  });

  test('SIGTERM ends the plugin and removes its socket', async () => {
    await using host = await PluginHost.start();
    await host.mounted();
    host.process.kill('SIGTERM');
    expect(await host.process.ended).toEqual(endedWell);
    expect(existsSync(host.handshake.address)).toBe(false);
  });

  test('SIGTERM does so from the moment that the host can know of the plugin', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'term-'));
    try {
      const environment = hostEnvironment(folder, generateHostCertificate().certPem);
      for (let attempt = 0; attempt < 10; attempt++) {
        const plugin = new PluginProcess([pluginBinary], environment);
        const { address } = parseHandshake(await plugin.firstLine());
        plugin.kill('SIGTERM');
        expect(await plugin.ended).toEqual(endedWell);
        expect(existsSync(address)).toBe(false);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
