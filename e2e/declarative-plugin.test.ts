import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { appendFile, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PushError, pushImage } from '../build/crane.ts';
import { whyNoGo } from '../build/go-program.ts';
import { writeOciImage } from '../build/oci-image.ts';
import { sha256Of } from '../build/sha256.ts';
import { commandBlocks } from './harness/documented-commands.ts';
import { EngineServer, EngineEndedError } from './harness/engine-server.ts';
import { issueKey, uniqueName, writeRole } from './harness/issue-key.ts';
import { startLiteLLM, type LiteLLM } from './harness/litellm.ts';
import { outcomeOf } from './harness/outcome.ts';
import { builtVersion, mountPlugin, pluginBinary, pluginName } from './harness/plugin.ts';
import { startRegistry, type Registry } from './harness/registry.ts';
import { configure, describeEngines } from './harness/suite.ts';
import { revokeLease, untilRefused } from './harness/test-steps.ts';

// OpenBao gets the plugin from a registry by itself, as docs/install.md has it: the image is downloaded, the file in it checked and
// registered at the start. Vault has no such thing.

setDefaultTimeout(60_000);

const page = join(import.meta.dir, '../docs/install.md');

const here = process.arch === 'arm64' ? 'arm64' : 'x64';
const elsewhere = here === 'arm64' ? 'x64' : 'arm64';

const why = process.platform === 'linux' ? await whyNoGo() : 'an image is for Linux';
if (why !== undefined) {
  console.log(`NOT RUN with a plugin from a registry: ${why}.`);
} else {
  describeEngines((engine) => {
    if (engine.name !== 'openbao') return;
    const started = new AsyncDisposableStack();
    let folder: string;
    let registry: Registry;
    let litellm: LiteLLM;
    let version: string;
    let sha256: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'image-'));
      started.defer(() => rm(folder, { recursive: true }));
      registry = started.use(await startRegistry());
      litellm = await startLiteLLM();
      started.defer(() => litellm.stop());
      version = await builtVersion();
      const own = join(folder, 'own');
      await copyFile(pluginBinary, own);
      sha256 = sha256Of(await Bun.file(own).bytes());
      // What OpenBao must not take.
      const other = join(folder, 'other');
      await writeFile(other, 'a file for another machine');
      await writeOciImage(join(folder, 'image'), { name: pluginName, version: version.slice(1) }, [
        { path: other, architecture: elsewhere },
        { path: own, architecture: here },
      ]);
      await pushImage(join(folder, 'image'), { repository: repository() });
    }, 600_000);
    afterAll(() => started.disposeAsync(), 60_000);

    // Since 2.7, OpenBao looks for the ENTRYPOINT's file where the configuration names none.
    const [, minor] = engine.version.split('.').map(Number);
    const named = minor !== undefined && minor < 7 ? { binary_name: pluginName } : {};

    const repository = (): string => `${registry.host}/litellm/${pluginName}`;

    const start = async (fields: Readonly<Record<string, string>> = {}): Promise<EngineServer> =>
      EngineServer.start({
        engine,
        binary: (await engine.program({ report: (line) => console.log(line) })).path,
        config: {
          plugin_auto_download: true,
          plugin_auto_register: true,
          plugin: [
            { secret: { [pluginName]: { image: repository(), version, sha256sum: sha256, ...named, ...fields } } },
          ],
        },
      });

    test('a plugin that the configuration names is downloaded, checked and registered, and issues a key', async () => {
      const server = await start();
      try {
        const { data } = await server.api('GET', `sys/plugins/catalog/secret/${pluginName}?version=${version}`);
        expect(data).toMatchObject({ name: pluginName, version, sha256 });
        await mountPlugin(server, 'litellm');
        await configure(server, 'litellm', litellm);
        const [model] = await litellm.twoModels();
        const role = uniqueName('team');
        await writeRole(server, `litellm/roles/${role}`, { models: [model] });
        const { key, leaseId } = await issueKey(server, role);
        expect(await litellm.chat(key, model)).toBe(200);
        await revokeLease(server, leaseId);
        await untilRefused(litellm, key, model);
      } finally {
        await server.stop();
      }
    });

    test('the block of the page and its command download the file', async () => {
      const [, block = ''] = /```hcl\n(plugin_directory.*?)```/s.exec(await Bun.file(page).text()) ?? [];
      const plugins = join(folder, 'plugins');
      const config = join(folder, 'openbao.hcl');
      const written = block
        .replace('/opt/openbao/plugins', plugins)
        .replace(`registry.example.com/${pluginName}`, repository())
        .replace('v<version>', version)
        .replace('<SHA-256>', sha256);
      await writeFile(config, written);
      const commands = (await commandBlocks('install.md')).flatMap(({ runApart, commands: all }) =>
        runApart === 'e2e/declarative-plugin.test.ts' ? all : [],
      );
      expect(commands).toHaveLength(1);
      const [, ...words] = (commands[0]?.text ?? '').replace('/etc/openbao/openbao.hcl', config).split(' ');
      const { path } = await engine.program();
      const child = Bun.spawn([path, ...words], {
        env: { HOME: folder },
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
      });
      expect(await outcomeOf(child)).toMatchObject({ code: 0 });
      expect(sha256Of(await Bun.file(join(plugins, `secret-${pluginName}-${version}`)).bytes())).toBe(sha256);
    });

    test('a file that is not what the configuration says keeps the server from its start', async () => {
      const refusal = await start({ sha256sum: sha256Of(new Uint8Array()) }).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(EngineEndedError);
      expect(String(refusal)).toContain('plugin hash mismatch');
    });

    test('another image is not pushed over one that is there', async () => {
      const changed = join(folder, 'changed');
      await copyFile(join(folder, 'other'), changed);
      await appendFile(changed, ', changed');
      const layout = join(folder, 'changed-image');
      const plugin = { name: pluginName, version: version.slice(1) };
      await writeOciImage(layout, plugin, [{ path: changed, architecture: here }]);
      const refusal = await pushImage(layout, { repository: repository() }).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(PushError);
      expect(String(refusal)).toContain(`${repository()}:${version} is another image already`);
    });
  });
}
