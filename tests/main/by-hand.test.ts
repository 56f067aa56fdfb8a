import { describe, expect, test } from 'bun:test';
import { type Environment, pluginBinary, PluginProcess } from '../harness/plugin-host/plugin-process.ts';
import { magicCookie } from '../harness/plugin-host.ts';

async function run(args: readonly string[], environment: Environment = {}) {
  const started = new PluginProcess([pluginBinary, ...args], environment);
  const { code } = await started.ended;
  return { code, stdout: started.stdout, stderr: started.stderr };
}

describe('started by a person', () => {
  const cases: readonly { readonly name: string; readonly environment: Environment }[] = [
    { name: 'without a cookie', environment: {} },
    { name: 'with a foreign cookie', environment: { VAULT_BACKEND_PLUGIN: 'foreign', BAO_BACKEND_PLUGIN: 'foreign' } },
    { name: 'with an empty cookie', environment: { VAULT_BACKEND_PLUGIN: '' } },
    {
      name: 'with the cookie under another name',
      environment: { VAULT_DATABASE_PLUGIN: magicCookie, PLUGIN_PROTOCOL_VERSIONS: '5' },
    },
  ];
  for (const { name, environment } of cases) {
    test(`${name} it explains itself on standard error and exits with 1`, async () => {
      const { code, stdout, stderr } = await run([], environment);
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toContain('This is a plugin for OpenBao and HashiCorp Vault');
      expect(stderr).toContain('plugin register');
    });
  }
});

describe('flags', () => {
  for (const flag of ['--version', '-version']) {
    test(`${flag} prints name and version, and exits with 0`, async () => {
      const { code, stdout, stderr } = await run([flag]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^vault-plugin-secrets-litellm v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?\n$/);
    });
  }

  for (const flag of ['--help', '-help', '-h']) {
    test(`${flag} explains on standard output and exits with 0`, async () => {
      const { code, stdout, stderr } = await run([flag]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('plugin register');
      expect(stdout).toContain('--version');
    });
  }

  test('a flag is answered even under a host', async () => {
    const { code, stdout } = await run(['--version'], { VAULT_BACKEND_PLUGIN: magicCookie });
    expect(code).toBe(0);
    expect(stdout).toStartWith('vault-plugin-secrets-litellm v');
  });
});
