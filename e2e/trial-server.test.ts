import { expect, test } from 'bun:test';
import { chmod, copyFile, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandBlocks } from './harness/documented-commands.ts';
import { createApi } from './harness/engine-api.ts';
import { freePorts } from './harness/free-ports.ts';
import { pluginBinary, pluginName } from './harness/plugin.ts';
import { ProcessGroup } from './harness/process-group.ts';
import { describeEngines } from './harness/suite.ts';
import { TerminalSession } from './harness/terminal-session.ts';
import { until } from './harness/until.ts';

// The trial server of docs/install.md: its two blocks of commands, as they stand there, on a port of the test's own.

const blocks = (await commandBlocks('install.md')).filter(({ runApart }) => runApart === 'e2e/trial-server.test.ts');
const [starting = '', ...more] = blocks.flatMap(({ commands }) => commands.map(({ text }) => text));

describeEngines((engine) => {
  test('a server in -dev mode registers the plugin by itself, and it can be enabled', async () => {
    expect([starting, ...more]).toHaveLength(3);
    const folder = await mkdtemp(join(await realpath(tmpdir()), `${engine.command}-`));
    const { path: binary } = await engine.program({ report: (line) => console.log(line) });
    const plugins = join(folder, 'plugins');
    await mkdir(plugins);
    await copyFile(pluginBinary, join(plugins, pluginName));
    await chmod(join(plugins, pluginName), 0o755);
    const [port] = await freePorts(1);
    const address = `http://127.0.0.1:${port}`;
    const [, ...words] = starting.replace('<plugin_directory>', plugins).split(' ');
    const server = new ProcessGroup({
      command: [binary, ...words, `-dev-listen-address=127.0.0.1:${port}`],
      folder,
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: folder, TMPDIR: folder },
      logFile: join(folder, 'server.log'),
    });
    try {
      const api = createApi(address, () => 'root');
      await until('the server answers', 30, async () => (await api('GET', 'sys/health')).status === 200);
      await using session = await TerminalSession.open({ folder, binary, engine, address: '', rootToken: '' });
      for (const line of more) {
        const typed = line
          .replaceAll('http://127.0.0.1:8200', address)
          .replaceAll(/\bbao(?= [a-z])/g, engine.command)
          .replaceAll('BAO_', `${engine.prefix}_`);
        expect(await session.type(typed)).toMatchObject({ code: 0 });
      }
      const { body } = await api('GET', 'sys/mounts');
      expect(body['litellm/']).toMatchObject({ type: pluginName });
    } finally {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }, 60_000);
});
