import { describe, expect, test } from 'bun:test';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { generateHostCertificate } from '../harness/plugin-host/host-certificate.ts';
import { type Environment, pluginBinary, PluginProcess } from '../harness/plugin-host/plugin-process.ts';
import { hostEnvironment, magicCookie, PluginHost } from '../harness/plugin-host.ts';

const { certPem } = generateHostCertificate();

async function inFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'env-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs a plugin that is expected to give up, and gives what it said to the host and to the host's log. */
async function refusal(folder: string, environment: Environment): Promise<Pick<PluginProcess, 'stdout' | 'stderr'>> {
  const started = new PluginProcess([pluginBinary], { ...hostEnvironment(folder, certPem), ...environment });
  expect(await started.ended).toEqual({ code: 1, signal: null });
  return started;
}

describe('a host that cannot be served', () => {
  const cases: readonly {
    readonly name: string;
    readonly environment: (folder: string) => Environment;
    readonly says: readonly string[];
  }[] = [
    {
      name: 'another protocol version',
      environment: () => ({ PLUGIN_PROTOCOL_VERSIONS: '3,4,55' }),
      says: ['3,4,55', 'this plugin speaks 5'],
    },
    { name: 'no certificate', environment: () => ({ PLUGIN_CLIENT_CERT: undefined }), says: ['PLUGIN_CLIENT_CERT'] },
    { name: 'an empty certificate', environment: () => ({ PLUGIN_CLIENT_CERT: '' }), says: ['PLUGIN_CLIENT_CERT'] },
    {
      name: 'a certificate that is none',
      environment: () => ({ PLUGIN_CLIENT_CERT: 'nonsense' }),
      says: ['PLUGIN_CLIENT_CERT'],
    },
    {
      name: 'a folder whose path is too long for a socket',
      environment: (folder) => ({ PLUGIN_UNIX_SOCKET_DIR: join(folder, 'x'.repeat(120)) }),
      says: ['x'.repeat(120), 'longer than', 'TMPDIR'],
    },
    {
      name: 'a folder that is not there',
      environment: (folder) => ({ PLUGIN_UNIX_SOCKET_DIR: join(folder, 'absent') }),
      says: ['absent', 'does not exist'],
    },
    {
      name: 'a folder whose name has what divides a handshake',
      environment: (folder) => ({ PLUGIN_UNIX_SOCKET_DIR: join(folder, '1|5|unix|x|grpc') }),
      says: ['does not exist'],
    },
    {
      name: 'a group that is not there',
      environment: () => ({ PLUGIN_UNIX_SOCKET_GROUP: 'no-such-group' }),
      says: ['no-such-group', 'PLUGIN_UNIX_SOCKET_GROUP'],
    },
  ];
  for (const { name, environment, says } of cases) {
    test(`${name}: one log line and one in place of the handshake say so, the exit code is 1, and nothing is left`, async () => {
      await inFolder(async (folder) => {
        const { stdout, stderr: said } = await refusal(folder, environment(folder));
        expect(said).toMatch(/^[^\n]+\n$/);
        // A host takes nothing with four bars for text.
        expect(stdout).toMatch(/^[^\n|]+\n$/);
        // A host shows a line of any other form at its level debug alone.
        expect(JSON.parse(said)).toEqual({
          '@level': 'error',
          '@message': expect.any(String),
          '@module': 'vault-plugin-secrets-litellm',
          '@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
        });
        for (const text of says) {
          expect(said).toContain(text);
          expect(stdout).toContain(text);
        }
        expect(await readdir(folder)).toEqual([]);
      });
    });
  }
});

describe('a host that can be served', () => {
  const cases: readonly { readonly name: string; readonly environment: Environment }[] = [
    { name: 'several protocol versions', environment: { PLUGIN_PROTOCOL_VERSIONS: '4,5' } },
    { name: 'no protocol versions', environment: { PLUGIN_PROTOCOL_VERSIONS: undefined } },
    { name: "Vault's cookie alone", environment: { BAO_BACKEND_PLUGIN: undefined } },
    { name: "OpenBao's cookie alone", environment: { VAULT_BACKEND_PLUGIN: undefined } },
    { name: 'one of two cookies right', environment: { VAULT_BACKEND_PLUGIN: 'x', BAO_BACKEND_PLUGIN: magicCookie } },
    { name: 'multiplexing of streams declined', environment: { PLUGIN_MULTIPLEX_GRPC: 'false' } },
  ];
  for (const { name, environment } of cases) {
    test(name, async () => {
      await using host = await PluginHost.start({ environment });
      expect(await host.health()).toMatchObject({ status: 1 });
    });
  }
});

describe('the socket', () => {
  test('is in TMPDIR', async () => {
    await using host = await PluginHost.start();
    expect(dirname(host.handshake.address)).toBe(host.socketFolder);
    expect(await readdir(host.socketFolder)).toEqual([basename(host.handshake.address)]);
  });

  test('is in PLUGIN_UNIX_SOCKET_DIR, when the host names one', async () => {
    await inFolder(async (folder) => {
      {
        await using host = await PluginHost.start({ environment: { PLUGIN_UNIX_SOCKET_DIR: folder } });
        expect(dirname(host.handshake.address)).toBe(folder);
        expect(await host.health()).toMatchObject({ status: 1 });
      }
      expect(await readdir(folder)).toEqual([]);
    });
  });

  const groupId = process.getgid?.() ?? 0;
  for (const kind of ['number', 'name'] as const) {
    test(`is open to the group that the host gives as a ${kind}`, async () => {
      const group = kind === 'number' ? String(groupId) : await groupName(groupId);
      await using host = await PluginHost.start({ environment: { PLUGIN_UNIX_SOCKET_GROUP: group } });
      const { gid, mode } = await stat(host.handshake.address);
      expect(gid).toBe(groupId);
      expect(mode & 0o777).toBe(0o660);
      expect(await host.health()).toMatchObject({ status: 1 });
    });
  }
});

async function groupName(id: number): Promise<string> {
  const lines = (await readFile('/etc/group', 'utf8')).split('\n').map((line) => line.split(':'));
  const [name] = lines.find(([, , groupId]) => groupId === String(id)) ?? [];
  if (name === undefined) throw new Error(`the group ${id} of this process is not in /etc/group`);
  return name;
}
