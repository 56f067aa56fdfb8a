import { describe, expect, test } from 'bun:test';
import { X509Certificate } from 'node:crypto';
import { type ChannelCredentials, credentials, status } from '@grpc/grpc-js';
import { healthService } from '../../src/sdk/pb/services.ts';
import { generateHostCertificate } from '../harness/plugin-host/host-certificate.ts';
import { clientCredentials, PluginConnection } from '../harness/plugin-host/plugin-connection.ts';
import { pluginBinary, PluginProcess } from '../harness/plugin-host/plugin-process.ts';
import { PluginHost } from '../harness/plugin-host.ts';

test('the handshake is one line of six fields', async () => {
  await using host = await PluginHost.start();
  const { coreProtocolVersion, protocolVersion, network, address, protocol, certificateText } = host.handshake;
  expect(host.process.stdout).toBe(
    `${[coreProtocolVersion, protocolVersion, network, address, protocol, certificateText].join('|')}\n`,
  );
  expect({ coreProtocolVersion, protocolVersion, network, protocol }).toEqual({
    coreProtocolVersion: '1',
    protocolVersion: '5',
    network: 'unix',
    protocol: 'grpc',
  });
  expect(certificateText).toMatch(/^[A-Za-z0-9+/]+$/);
  expect(new X509Certificate(host.handshake.certPem).checkHost('localhost')).toBe('localhost');
});

test('every start has another certificate and another socket', async () => {
  await using first = await PluginHost.start();
  await using second = await PluginHost.start();
  expect(first.handshake.certificateText).not.toBe(second.handshake.certificateText);
  expect(first.handshake.address).not.toBe(second.handshake.address);
});

describe('who is let in', () => {
  const strangers: readonly {
    readonly name: string;
    readonly credentials: (pluginCertPem: string) => ChannelCredentials;
  }[] = [
    { name: 'a client without a certificate', credentials: (pem) => clientCredentials(pem) },
    { name: 'a client with a foreign one', credentials: (pem) => clientCredentials(pem, generateHostCertificate()) },
    { name: 'a client that speaks plaintext', credentials: () => credentials.createInsecure() },
  ];
  for (const insecure of [undefined, '0']) {
    const where = insecure === undefined ? '' : ', whatever NODE_TLS_REJECT_UNAUTHORIZED says';
    for (const stranger of strangers) {
      test(`${stranger.name} is refused${where}`, async () => {
        await using host = await PluginHost.start({ environment: { NODE_TLS_REJECT_UNAUTHORIZED: insecure } });
        const { address, certPem } = host.handshake;
        const connection = new PluginConnection(address, stranger.credentials(certPem));
        try {
          const call = connection.call(healthService.check, { service: 'plugin' });
          expect(await call.catch((error: unknown) => error)).toMatchObject({ code: status.UNAVAILABLE });
        } finally {
          connection.close();
        }
        expect(await host.health()).toMatchObject({ status: 1 });
      });
    }
  }
});

describe('who is asked for the storage', () => {
  for (const insecure of [undefined, '0']) {
    const where = insecure === undefined ? '' : ', whatever NODE_TLS_REJECT_UNAUTHORIZED says';
    test(`never somebody with a foreign certificate${where}`, async () => {
      await using host = await PluginHost.start({ environment: { NODE_TLS_REJECT_UNAUTHORIZED: insecure } });
      const mount = host.mount({ listenerCertificate: generateHostCertificate() });
      await mount.setup();
      await mount.initialize();
      expect((await mount.read('config')).fault?.message).toContain('UNAVAILABLE');
      expect(mount.storage.totalCalls).toBe(0);
    });
  }
});

describe('what it tells of itself', () => {
  test('health', async () => {
    await using host = await PluginHost.start();
    expect(await host.health('plugin')).toMatchObject({ status: 1 });
    expect(await host.health('').catch(() => undefined)).toMatchObject({ status: 1 });
    const unknown = await host.health('something else').catch((error: unknown) => error);
    expect(unknown).toMatchObject({ code: status.NOT_FOUND });
  });

  test('a version that is semantic and the same as --version prints', async () => {
    await using host = await PluginHost.start();
    const asked = new PluginProcess([pluginBinary, '--version'], {});
    await asked.ended;
    const version = await host.version();
    expect(version).toMatch(/^v\d+\.\d+\.\d+/);
    expect(asked.stdout).toBe(`vault-plugin-secrets-litellm ${version}\n`);
  });

  test('that one process serves several mounts', async () => {
    await using host = await PluginHost.start();
    expect(await host.multiplexingSupport()).toBe(true);
  });
});
