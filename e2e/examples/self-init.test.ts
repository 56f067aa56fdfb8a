import { expect, test } from 'bun:test';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi, objectOf, textOf } from '../harness/engine-api.ts';
import { freePorts } from '../harness/free-ports.ts';
import { startLiteLLM } from '../harness/litellm.ts';
import { pluginBinary, pluginName } from '../harness/plugin.ts';
import { ProcessGroup } from '../harness/process-group.ts';
import { describeEngines } from '../harness/suite.ts';
import { until } from '../harness/until.ts';
import { examples } from './shown-commands.ts';

// examples/self-init: a server that has the mount, its configuration and a role after its first start. OpenBao alone has that.

const password = 'not-a-real-password';

describeEngines((engine) => {
  if (engine.name !== 'openbao') return;

  test('a first start leaves a mount that issues keys, and a second start leaves it as it is', async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'self-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const litellm = await startLiteLLM();
    stack.defer(() => litellm.stop());
    const [model] = await litellm.twoModels();

    for (const name of ['plugins', 'data']) await mkdir(join(folder, name));
    await copyFile(pluginBinary, join(folder, 'plugins', pluginName));
    const sha256 = new Bun.CryptoHasher('sha256').update(await Bun.file(pluginBinary).arrayBuffer()).digest('hex');
    await Bun.write(join(folder, 'seal.key'), crypto.getRandomValues(new Uint8Array(32)));
    const [port, clusterPort] = await freePorts(2);
    const shown = await readFile(join(examples, 'self-init/config.hcl'), 'utf8');
    const config = shown
      .replaceAll('/opt/openbao', folder)
      .replaceAll('127.0.0.1:8200', `127.0.0.1:${port}`)
      .replaceAll('127.0.0.1:8201', `127.0.0.1:${clusterPort}`)
      .replace('gpt-4o-mini', model);
    await Bun.write(join(folder, 'config.hcl'), config);
    const address = `http://127.0.0.1:${port}`;
    const secrets = {
      LITELLM_PLUGIN_SHA256: sha256,
      LITELLM_URL: litellm.url,
      LITELLM_MASTER_KEY: litellm.masterKey,
      INITIAL_ADMIN_PASSWORD: password,
    };

    async function whileStarted(env: Readonly<Record<string, string>>, use: (token: string) => Promise<void>) {
      const logFile = join(folder, 'server.log');
      const group = new ProcessGroup({
        command: [(await engine.program()).path, 'server', '-config=config.hcl'],
        folder,
        env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: folder, TMPDIR: folder, ...env },
        logFile,
      });
      try {
        const asNobody = createApi(address, () => '');
        const ended = new AbortController();
        void group.exited.then(async () => ended.abort(new Error((await readFile(logFile, 'utf8')).slice(-3000))));
        const logIn = async () => {
          const answer = await asNobody('POST', 'auth/userpass/login/admin', { password });
          return answer.status === 200 ? answer : undefined;
        };
        const { body } = await until('somebody logs in', 60, logIn, ended.signal);
        await use(textOf(objectOf(body['auth'])['client_token']));
        expect(await readFile(logFile, 'utf8')).not.toContain(litellm.masterKey);
      } finally {
        await group.stop();
      }
    }

    let first = '';
    await whileStarted(secrets, async (token) => {
      const { data, body } = await createApi(address, () => token)('GET', 'litellm/creds/app');
      expect(body).toMatchObject({ lease_duration: 3600, renewable: true });
      first = textOf(data['key']);
      expect(await litellm.chat(first, model)).toBe(200);
    });
    await whileStarted({}, async (token) => {
      const api = createApi(address, () => token);
      const { data } = await api('GET', 'litellm/creds/app');
      expect(await litellm.chat(textOf(data['key']), model)).toBe(200);
      expect((await api('PUT', 'sys/leases/revoke-prefix/litellm', { sync: true })).status).toBe(204);
      await until('the first key is refused', 30, async () => (await litellm.chat(first, model)) === 401);
    });
  }, 180_000);
});
