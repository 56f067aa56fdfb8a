import { expect, test } from 'bun:test';
import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from './harness/command-line.ts';
import { objectOf, textOf, type Json } from './harness/engine-api.ts';
import { readmeCommands } from './harness/documented-commands.ts';
import { builtVersion, placePlugin, pluginBinary, pluginName } from './harness/plugin.ts';
import { shownPattern } from './harness/shown-output.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { untilRefused } from './harness/test-steps.ts';

// What the README shows, typed as it stands there, but for the names of things that are others here.

const install = await readmeCommands('Install', 'plugin register');
const released = await readmeCommands('Install', 'SHA256SUMS');
const use = await readmeCommands('Use', 'creds/team-a');

/** The name and the value of each line of a table. */
function rowsOf(lines: readonly string[]): readonly (readonly [name: string, value: string])[] {
  return lines.map((line) => {
    const [, name = '', value = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    return [name, value];
  });
}

/** What is expected where the README shows a value: the same, but for its placeholder. */
function expected(shown: string): unknown {
  const pattern = shownPattern(shown);
  return pattern === undefined ? shown : expect.stringMatching(pattern);
}

/** No number stands there, which the next version would make wrong. */
const shownVersion = '-version=v<version>';

// As a person who has downloaded it has it: of a list of several, and without leave to run it. Other systems have other such programs.
test.skipIf(process.platform !== 'linux')('the commands of "Install" put a released file in its place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'released-'));
  try {
    const file = `${pluginName}-linux-x64`;
    await copyFile(pluginBinary, join(folder, file));
    await chmod(join(folder, file), 0o644);
    const sha256 = new Bun.CryptoHasher('sha256').update(await Bun.file(pluginBinary).arrayBuffer()).digest('hex');
    const sums = [`${sha256}  ${file}`, `${'0'.repeat(64)}  ${pluginName}-linux-arm64`];
    await Bun.write(join(folder, 'SHA256SUMS'), `${sums.join('\n')}\n`);
    await mkdir(join(folder, 'plugins'));
    const typed = released.map(({ text }) => text.replace('<plugin_directory>', 'plugins')).join(' && ');
    expect(typed).not.toMatch(/<.*>/);
    expect(await Bun.$`sh -c ${typed}`.cwd(folder).text()).toBe(`${file}: OK\n`);
    const installed = join(folder, 'plugins', pluginName);
    expect(await Bun.$`${installed} --version`.text()).toBe(`${pluginName} ${await builtVersion()}\n`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

describeEngines((engine) => {
  const suite = useSuite(engine, { bare: true });

  /** Types a line of the README; `bao` stands for this engine's command there. */
  async function type(line: string, format: 'table' | 'json'): Promise<string> {
    const { cli, litellm } = suite();
    const known = line.replace(/^bao /, `${engine.command} `).replace('http://litellm:4000', litellm.url);
    expect(known.replace('sk-master-...', '')).not.toMatch(/\.\.\.|<.*>/);
    const typed = known.replace('sk-master-...', litellm.masterKey);
    const result = await cli.shell(typed, { [`${engine.prefix}_FORMAT`]: format });
    if (result.code !== 0 || !/^(?:Success!.*\n)?$/.test(result.stderr)) throw new CommandError(typed, result);
    return result.stdout;
  }

  test('the commands of "Install" register and enable the plugin', async () => {
    const { server } = suite();
    const sha256 = await placePlugin(server);
    const version = await builtVersion();
    const own = install.filter(({ text }) => text.startsWith(`${engine.command} `));
    expect(own).toHaveLength(2);
    expect(own[0]?.text).toContain(shownVersion);
    for (const { text: line } of own) {
      const typed = line.replace('<SHA-256>', sha256).replace(shownVersion, `-version=${version}`);
      expect(await type(typed, 'table')).toContain('Success!');
    }
    const { body } = await server.api('GET', 'sys/mounts');
    expect(body['litellm/']).toMatchObject({ running_plugin_version: version });
    expect((await server.api('DELETE', 'sys/mounts/litellm')).status).toBe(204);
  });

  test('the commands of "Use" print what they are shown to print, and the key works until it is revoked', async () => {
    const { litellm } = suite();
    let lease = '';
    let key = '';
    const seen: string[] = [];
    for (const { text: line, output } of use) {
      const printed = await type(line.replace('litellm/creds/team-a/AbC...', lease), 'table');
      seen.push(line.split(' ').slice(1, 3).join(' '));
      if (!line.includes(' read ')) continue;
      const rows = rowsOf(printed.trim().split('\n'));
      const shown = rowsOf(output.filter((row) => !/^\d\./.test(row)));
      expect<unknown>(rows).toEqual(shown.map(([name, value]) => [name, expected(value)]));
      const cells = new Map(rows);
      lease = cells.get('lease_id') ?? '';
      key = cells.get('key') ?? '';
      expect(cells.get('token_id')).toBe(new Bun.CryptoHasher('sha256').update(key).digest('hex'));
      // Not before the lease ends, which is an hour here.
      expect(Date.parse(cells.get('expires') ?? '')).toBeGreaterThan(Date.now() + 3_600_000);
      expect(await litellm.chat(key, 'gpt-4o-mini')).toBe(200);
    }
    expect(seen).toEqual([
      'secrets enable',
      'write litellm/config',
      'write litellm/roles/team-a',
      'read litellm/creds/team-a',
      'lease renew',
      'lease revoke',
    ]);
    await untilRefused(litellm, key, 'gpt-4o-mini', 30);
  });

  test('the commands of "Use" print JSON where that is asked for', async () => {
    const { server, litellm } = suite();
    await server.api('DELETE', 'sys/mounts/litellm');
    let issued: Readonly<Record<string, Json>> = {};
    for (const { text: line } of use) {
      const lease = typeof issued['lease_id'] === 'string' ? issued['lease_id'] : '';
      const printed = await type(line.replace('litellm/creds/team-a/AbC...', lease), 'json');
      if (line.includes(' read ')) issued = objectOf(JSON.parse(printed) as Json);
      if (line.includes(' renew ')) expect(JSON.parse(printed)).toMatchObject({ lease_id: lease, renewable: true });
    }
    expect(issued).toMatchObject({
      lease_duration: 3600,
      renewable: true,
      data: { models: ['gpt-4o', 'gpt-4o-mini'], max_budget: 50, key_alias: expect.stringContaining('vault-team-a-') },
    });
    const key = textOf(objectOf(issued['data'])['key']);
    await untilRefused(litellm, key, 'gpt-4o-mini', 30);
  });
});
