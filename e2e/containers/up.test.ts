import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../engines/engine.ts';
import { createApi } from '../harness/engine-api.ts';
import { freePorts } from '../harness/free-ports.ts';
import { issueKey } from '../harness/issue-key.ts';
import { LiteLLM, startLiteLLM } from '../harness/litellm.ts';
import { during, outcomeOf } from '../harness/outcome.ts';
import { startSilentProxy } from '../harness/silent-proxy.ts';
import { describeEngines } from '../harness/suite.ts';
import { UpCommand } from '../harness/up-command.ts';
import { until } from '../harness/until.ts';
import { whyNoCompose } from './compose.ts';
import { docker } from './docker.ts';
import { imageVariable, requireImage } from './images.ts';

// `just up` and `just down` with compose, beside any that somebody has started. Declared in containers alone.

const compose = process.env['E2E_WAY'] === 'containers' && (await whyNoCompose()) === undefined;
const project = `e2e-${process.env['E2E_SESSION'] ?? ''}`;
const portVariable = { openbao: 'OPENBAO_PORT', vault: 'VAULT_PORT' } as const;
const token = 'root';

let folder: string;
let litellm: LiteLLM;
const stack = new AsyncDisposableStack();
if (compose) {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'up-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    litellm = await startLiteLLM();
    stack.defer(() => litellm.stop());
    stack.defer(async () => void (await just.run('down')));
  });
  afterAll(() => stack.disposeAsync(), 60_000);
}

const just = new UpCommand(() => ({
  COMPOSE_PROJECT_NAME: project,
  E2E_UP_FOLDER: folder,
  E2E_LITELLM_URL: litellm.url,
  E2E_LITELLM_MASTER_KEY: litellm.masterKey,
}));

const containers = (): Promise<string> =>
  docker(['ps', '--all', '--quiet', `--filter=label=com.docker.compose.project=${project}`]);

async function expectNothingLeft(): Promise<void> {
  expect(await containers()).toBe('');
  expect(await readdir(folder)).toEqual([]);
}

/** Takes a key where an engine listens, and gives it with a model that it may call. */
async function takeKey(port: number): Promise<readonly [key: string, model: string]> {
  const { key, data } = await issueKey({ api: createApi(`http://127.0.0.1:${port}`, () => token) }, 'team-a');
  return [key, String(Array.isArray(data['models']) ? data['models'][0] : '')];
}

function declare(engine: Engine): void {
  let own: Readonly<Record<string, string>>;
  let port: number;
  beforeAll(async () => {
    [port = 0] = await freePorts(1);
    own = { ENGINES: engine.name, [portVariable[engine.name]]: String(port) };
  });

  test('a configured engine is started, tells what to type, and goes with all its keys', async () => {
    const up = await just.run('up', own);
    expect(up).toMatchObject({ code: 0, stderr: '' });
    // Where there is no such command, one in the container.
    for (const part of ['ADDR', 'TOKEN'])
      expect(up.stdout).toContain(`${engine.prefix}_${part}=${part === 'ADDR' ? `http://127.0.0.1:${port}` : token}`);
    expect(up.stdout).toContain(`${engine.command} read litellm/creds/team-a`);
    const [key, model] = await takeKey(port);
    expect(await litellm.chat(key, model)).toBe(200);
    expect(await just.run('down')).toEqual({ code: 0, stdout: '', stderr: '' });
    await expectNothingLeft();
    expect(await litellm.chat(key, model)).toBe(401);
  }, 180_000);

  test('the command that it tells works where there is no command line', async () => {
    const path = await mkdtemp(join(tmpdir(), 'path-'));
    for (const name of ['docker', 'docker-compose']) {
      const program = Bun.which(name);
      if (program !== null) await writeFile(join(path, name), `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
    }
    const up = await just.run('up', { ...own, PATH: path });
    expect(up).toMatchObject({ code: 0, stderr: '' });
    const [line = ''] = /docker exec .*/.exec(up.stdout) ?? [];
    expect(await Bun.$`sh -c ${line}`.text()).toMatch(/^key +sk-/m);
    await just.run('down');
    await rm(path, { recursive: true });
    await expectNothingLeft();
  }, 180_000);

  test('an interruption leaves nothing, and more of them change nothing', async () => {
    await using proxy = startSilentProxy();
    const child = just.start('up', { ...own, E2E_LITELLM_URL: proxy.url });
    await during(child, proxy.asked);
    // As the terminal of somebody without patience does.
    const interrupt = (): void => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGINT');
    };
    const impatience = setInterval(interrupt, 50);
    void child.exited.then(() => clearInterval(impatience));
    interrupt();
    expect(await outcomeOf(child)).toMatchObject({
      code: 130,
      stderr: 'Interrupted; stopping what was started.\nNothing that this has started is left running.\n',
    });
    await expectNothingLeft();
  }, 120_000);

  test('an interruption while what ran before is stopped starts nothing', async () => {
    expect(await just.run('up', own)).toMatchObject({ code: 0 });
    const child = just.start('up', own);
    await until('what ran before has ended', 60, async () => (await containers()) === '');
    child.kill('SIGTERM');
    expect(await outcomeOf(child)).toMatchObject({
      code: 143,
      stderr: 'Interrupted; stopping what was started.\nNothing that this has started is left running.\n',
    });
    await expectNothingLeft();
  }, 120_000);

  test('a container that ends is told of at once, and leaves nothing', async () => {
    await using proxy = startSilentProxy();
    const child = just.start('up', { ...own, E2E_LITELLM_URL: proxy.url });
    await during(child, proxy.asked);
    await docker(['kill', await containers()]);
    const { code, stderr } = await outcomeOf(child);
    expect(code).toBe(1);
    // With what it has printed last, on either stream.
    expect(stderr).toMatch(new RegExp(`^The container of ${engine.name} ended with 137, saying:\n(?:  .+\n)+$`));
    expect(stderr).toMatch(/^ {2}\d{4}-.* \[INFO\] /m);
    expect(stderr).toMatch(/^ {2}(?!\d{4}-)/m);
    expect(stderr).not.toMatch(/Unseal Key|Root Token/);
    await expectNothingLeft();
  }, 120_000);

  test('a port that is taken is named, and so is its variable', async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(port, '127.0.0.1', done));
    try {
      expect(await just.run('up', own)).toMatchObject({
        code: 1,
        stderr: `Port ${port}, which ${engine.title} is to have, is taken; name another in ${portVariable[engine.name]}.\n`,
      });
    } finally {
      await new Promise((done) => taken.close(done));
    }
    await expectNothingLeft();
  }, 60_000);

  test('an order that cannot be followed is refused in one line, and leaves what runs', async () => {
    expect(await just.run('up', own)).toMatchObject({ code: 0 });
    const image = imageVariable(engine.name);
    const cases: readonly (readonly [env: Readonly<Record<string, string>>, says: RegExp])[] = [
      [
        { [image]: 'localhost:1/not/there:1' },
        new RegExp(
          `^The image localhost:1/not/there:1 cannot be pulled \\(.+\\)\\. Name another in ${image}, or .+\n$`,
        ),
      ],
      [{ ENGINES: `${engine.name}@0.0.1` }, /^The image .+ is .+ and not .+ 0\.0\.1, which ENGINES names\.\n$/],
      [{ E2E_LITELLM_URL: 'http://127.0.0.1:1' }, /^http:\/\/127\.0\.0\.1:1 is no LiteLLM to use: .+\n$/],
      [{ [portVariable[engine.name]]: '1e4' }, /_PORT is "1e4", which is no port\.\n$/],
      [
        { ENGINES: 'openbao vault', OPENBAO_PORT: '8200', VAULT_PORT: '8200' },
        /^OpenBao and Vault cannot both have port 8200; name another in VAULT_PORT\.\n$/,
      ],
    ];
    for (const [env, says] of cases)
      expect(await just.run('up', { ...own, ...env })).toMatchObject({ code: 1, stderr: expect.stringMatching(says) });
    const [key, model] = await takeKey(port);
    expect(await litellm.chat(key, model)).toBe(200);
    expect(await just.run('down')).toEqual({ code: 0, stdout: '', stderr: '' });
    await expectNothingLeft();
  }, 180_000);
}

if (compose) describeEngines(declare);

/** Why compose's own LiteLLM cannot be started; undefined where it can. */
async function whyNoLiteLLM(): Promise<string | undefined> {
  try {
    await requireImage('LITELLM_IMAGE');
    await requireImage('POSTGRES_IMAGE');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function startsAll(): Promise<void> {
  const names = ['LITELLM_PORT', 'POSTGRES_PORT', ...Object.values(portVariable)];
  const ports = await freePorts(names.length);
  const env = Object.fromEntries(names.map((name, index) => [name, String(ports[index])]));
  expect(await just.run('up', { ...env, E2E_LITELLM_URL: '' })).toMatchObject({ code: 0, stderr: '' });
  const proxy = new LiteLLM(`http://127.0.0.1:${env['LITELLM_PORT']}`, '');
  for (const engine of (process.env['ENGINES'] ?? '').split(' ')) {
    const variable = engine.startsWith('vault') ? portVariable.vault : portVariable.openbao;
    const [key, model] = await takeKey(Number(env[variable]));
    expect(await proxy.chat(key, model)).toBe(200);
  }
  expect(await just.run('down')).toEqual({ code: 0, stdout: '', stderr: '' });
  await expectNothingLeft();
}

if (compose) {
  const why = await whyNoLiteLLM();
  if (why === undefined)
    test('a LiteLLM with its PostgreSQL is started beside the engines, and goes', startsAll, 600_000);
  else console.log(`NOT RUN with compose's own LiteLLM and PostgreSQL: ${why}`);
}
