import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Engine } from '../engines/engine.ts';
import { createApi } from '../harness/engine-api.ts';
import { freePorts } from '../harness/free-ports.ts';
import { issueKey } from '../harness/issue-key.ts';
import { startLiteLLM, type LiteLLM } from '../harness/litellm.ts';
import { describeEngines } from '../harness/suite.ts';
import { whyNoCompose } from './compose.ts';
import { docker } from './docker.ts';
import { imageVariable } from './images.ts';

// `just up` and `just down` with compose, beside any that somebody has started. Declared in containers alone.

const compose = process.env['E2E_WAY'] === 'containers' && (await whyNoCompose()) === undefined;

/** A proxy that tells of its models, and never answers what the plugin asks when it is configured. */
function startSilentProxy(): AsyncDisposable & { readonly url: string; readonly asked: Promise<void> } {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch({ url }) {
      if (url.endsWith('/v1/models')) return Response.json({ data: [{ id: 'gpt-4o' }, { id: 'gpt-4o-mini' }] });
      ask();
      return new Promise<never>(() => undefined);
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, asked, [Symbol.asyncDispose]: () => server.stop(true) };
}

function declare(engine: Engine): void {
  const project = `e2e-${crypto.randomUUID()}`;
  let folder: string;
  let port: number;
  let litellm: LiteLLM;
  const stack = new AsyncDisposableStack();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'up-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    [port = 0] = await freePorts(1);
    litellm = await startLiteLLM();
    stack.defer(() => litellm.stop());
    stack.defer(async () => void (await run('down')));
  });
  afterAll(() => stack.disposeAsync(), 60_000);

  const start = (word: 'up' | 'down', more: Readonly<Record<string, string>> = {}) =>
    Bun.spawn([process.execPath, 'run', resolve(import.meta.dir, '../up.ts'), word], {
      env: {
        ...process.env,
        COMPOSE_PROJECT_NAME: project,
        PLUGIN_FOLDER: join(folder, 'plugins'),
        E2E_KEEPING: folder,
        ENGINES: engine.name,
        [engine.name === 'vault' ? 'VAULT_PORT' : 'OPENBAO_PORT']: String(port),
        E2E_LITELLM_URL: litellm.url,
        E2E_LITELLM_MASTER_KEY: litellm.masterKey,
        ...more,
      },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });

  async function run(word: 'up' | 'down', more?: Readonly<Record<string, string>>) {
    const child = start(word, more);
    const [code, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
    return { code, stdout, stderr };
  }

  const containers = (): Promise<string> =>
    docker(['ps', '--all', '--quiet', `--filter=label=com.docker.compose.project=${project}`]);

  async function expectNothingLeft(): Promise<void> {
    expect(await containers()).toBe('');
    expect(await readdir(folder)).toEqual([]);
  }

  test('a configured engine is started, tells what to type, and goes with all its keys', async () => {
    const up = await run('up');
    expect(up).toMatchObject({ code: 0, stderr: '' });
    const address = `http://127.0.0.1:${port}`;
    expect(up.stdout).toContain(`export ${engine.prefix}_ADDR=${address} ${engine.prefix}_TOKEN=root`);
    expect(up.stdout).toContain(`${engine.command} read litellm/creds/team-a`);
    const { key, data } = await issueKey({ api: createApi(address, () => 'root') }, 'team-a');
    const model = String(Array.isArray(data['models']) ? data['models'][0] : '');
    expect(await litellm.chat(key, model)).toBe(200);
    expect(await run('down')).toEqual({ code: 0, stdout: '', stderr: '' });
    await expectNothingLeft();
    expect(await litellm.chat(key, model)).toBe(401);
  }, 180_000);

  test('an interruption leaves nothing', async () => {
    await using proxy = startSilentProxy();
    const child = start('up', { E2E_LITELLM_URL: proxy.url });
    await proxy.asked;
    child.kill('SIGTERM');
    expect(await child.exited).toBe(143);
    expect(await child.stderr.text()).toBe('Interrupted; what was started is stopped.\n');
    await expectNothingLeft();
  }, 120_000);

  test('a container that ends is told of at once, and leaves nothing', async () => {
    await using proxy = startSilentProxy();
    const child = start('up', { E2E_LITELLM_URL: proxy.url });
    await proxy.asked;
    await docker(['kill', await containers()]);
    expect(await child.exited).toBe(1);
    expect(await child.stderr.text()).toMatch(
      new RegExp(`^The container of ${engine.name} ended with 137, saying:\n(?:  .+\n)+$`),
    );
    await expectNothingLeft();
  }, 120_000);

  test('a port that is taken is named, and so is its variable', async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(port, '127.0.0.1', done));
    try {
      expect(await run('up')).toMatchObject({
        code: 1,
        stderr: `Port ${port}, which ${engine.title} is to have, is taken; name another in ${engine.prefix === 'BAO' ? 'OPENBAO' : 'VAULT'}_PORT.\n`,
      });
    } finally {
      await new Promise((done) => taken.close(done));
    }
    await expectNothingLeft();
  }, 60_000);

  test('an image that cannot be pulled is named, and so is its variable', async () => {
    const variable = imageVariable(engine.name);
    const { code, stderr } = await run('up', { [variable]: 'localhost:1/not/there:1' });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(
        `^The image localhost:1/not/there:1 cannot be pulled \\(.+\\)\\. Name another in ${variable}, or .+\n$`,
      ),
    );
    await expectNothingLeft();
  }, 60_000);

  test('a LiteLLM that does not answer is named, and leaves nothing', async () => {
    const { code, stderr } = await run('up', { E2E_LITELLM_URL: 'http://127.0.0.1:1' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^[^\n]*http:\/\/127\.0\.0\.1:1[^\n]*\n$/);
    await expectNothingLeft();
  }, 120_000);
}

if (compose) describeEngines(declare);
