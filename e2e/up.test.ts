import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readdir } from 'node:fs/promises';
import { createApi, textOf, type Api } from './harness/engine-api.ts';
import { issueKey } from './harness/issue-key.ts';
import { LiteLLM, startLiteLLM } from './harness/litellm.ts';
import { during, outcomeOf, printedUntil, type Child } from './harness/outcome.ts';
import { RunFolder } from './harness/run-folder.ts';
import { startSilentProxy } from './harness/silent-proxy.ts';
import { describeEngines } from './harness/suite.ts';
import { until } from './harness/until.ts';
import { UpCommand } from './harness/up-command.ts';

// `just up` and `just down` where there is no Docker.

setDefaultTimeout(60_000);

/** What all processes of a test belong to. */
let folder: RunFolder;
beforeEach(async () => {
  folder = await RunFolder.make();
});
afterEach(async () => {
  expect(await folder.remove(0)).toEqual([]);
});

const interrupted = 'Interrupted; stopping what was started.\nNothing that this has started is left running.\n';

describeEngines((engine) => {
  const just = new UpCommand(() => ({
    DOCKER_HOST: `unix://${folder.path}/no-docker`,
    ENGINES: `${engine.name}@${engine.version}`,
    E2E_LITELLM_URL: '',
    ...folder.env,
  }));

  /** Waits until it tells what to type, and gives that and the engine. */
  async function started(child: Child): Promise<{ readonly said: string; readonly api: Api }> {
    const said = await printedUntil(child, 'Ctrl-C ends it all.\n');
    const [, address = '', token = ''] =
      new RegExp(`${engine.prefix}_ADDR=(\\S+) ${engine.prefix}_TOKEN=(\\S+)`).exec(said) ?? [];
    return { said, api: createApi(address, () => token) };
  }

  /** As a terminal does: everybody of the process group hears it. */
  const interrupt = (child: Child): void => void process.kill(-child.pid, 'SIGINT');

  test('a configured engine is started natively, tells what to type, and goes with Ctrl-C', async () => {
    const child = just.start('up');
    const { said, api } = await started(child);
    expect(said).toContain('No containers: ');
    expect(said).toContain(`${engine.command} read litellm/creds/team-a`);
    const { key, data } = await issueKey({ api }, 'team-a');
    const config = await api('GET', 'litellm/config');
    const litellm = new LiteLLM(textOf(config.data['base_url']), '');
    const [model] = Array.isArray(data['models']) ? data['models'] : [];
    expect(await litellm.chat(key, textOf(model))).toBe(200);
    interrupt(child);
    expect(await outcomeOf(child)).toEqual({ code: 130, stdout: '', stderr: interrupted });
    expect(await readdir(folder.path)).toEqual([]);
    expect(await api('GET', 'sys/health').catch(() => 'gone')).toBe('gone');
  });

  test('on a LiteLLM that was there before, it leaves no key', async () => {
    await using stack = new AsyncDisposableStack();
    const litellm = await startLiteLLM();
    stack.defer(() => litellm.stop());
    const { url, masterKey } = litellm;
    const child = just.start('up', { E2E_LITELLM_URL: url, E2E_LITELLM_MASTER_KEY: masterKey });
    const [model] = await litellm.twoModels();
    const { key } = await issueKey(await started(child), 'team-a');
    expect(await litellm.chat(key, model)).toBe(200);
    child.kill('SIGHUP');
    expect(await outcomeOf(child)).toEqual({ code: 129, stdout: '', stderr: interrupted });
    expect(await readdir(folder.path)).toEqual([]);
    expect(await litellm.chat(key, model)).toBe(401);
  });

  test('an interruption leaves nothing', async () => {
    await using proxy = startSilentProxy();
    const child = just.start('up', { E2E_LITELLM_URL: proxy.url, E2E_LITELLM_MASTER_KEY: 'sk-test-not-a-real-key' });
    await during(child, proxy.asked);
    child.kill('SIGTERM');
    expect(await outcomeOf(child)).toMatchObject({ code: 143, stderr: interrupted });
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('an engine that ends by itself is told of, and so is what it said last', async () => {
    const child = just.start('up');
    const { api } = await started(child);
    const seal = await api('PUT', 'sys/seal');
    expect(seal.status).toBe(204);
    const [server] = (await folder.processes()).filter(({ command }) => / server -config=/.test(command));
    process.kill(server?.pid ?? 0, 'SIGKILL');
    const { code, stderr } = await outcomeOf(child);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^${engine.title} ended with 137\n(?:.+\n)+$`));
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('an engine that ends by itself leaves its keys in a LiteLLM that was there before, and it says so', async () => {
    await using stack = new AsyncDisposableStack();
    const litellm = await startLiteLLM();
    stack.defer(() => litellm.stop());
    const { url, masterKey } = litellm;
    const child = just.start('up', { E2E_LITELLM_URL: url, E2E_LITELLM_MASTER_KEY: masterKey });
    await started(child);
    const [server] = (await folder.processes()).filter(({ command }) => / server -config=/.test(command));
    process.kill(server?.pid ?? 0, 'SIGKILL');
    const { code, stderr } = await outcomeOf(child);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^The keys made at http:\S+ live on until they expire\. To end them sooner, delete them in LiteLLM\. /,
    );
    expect(stderr).toContain(`${engine.title} ended with 137`);
  });

  test('a kill that it does not hear leaves no process and no folder either', async () => {
    const child = just.start('up');
    await started(child);
    child.kill('SIGKILL');
    await child.exited;
    await until('all have ended', 30, async () => (await folder.processes()).length === 0);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('nothing runs that `just down` could stop', async () => {
    const said = 'Nothing runs in containers here, and what runs natively ends with Ctrl-C.\n';
    // Where there is a docker that does not answer, nobody knows.
    const expected =
      Bun.which('docker') === null
        ? { code: 0, stdout: said }
        : { code: 1, stderr: expect.stringMatching(/^In containers nothing was stopped: .+\n$/) };
    expect(await just.run('down')).toMatchObject(expected);
  });

  describe('an order that cannot be followed is refused in one line:', () => {
    const cases: readonly (readonly [name: string, env: Readonly<Record<string, string>>, says: RegExp])[] = [
      [
        'a LiteLLM that does not answer',
        { E2E_LITELLM_URL: 'http://127.0.0.1:1', E2E_LITELLM_MASTER_KEY: 'sk-test-not-a-real-key' },
        /^http:\/\/127\.0\.0\.1:1 is no LiteLLM to use: [^\n]+\n$/,
      ],
      [
        'a LiteLLM without its key',
        { E2E_LITELLM_URL: 'http://127.0.0.1:1', E2E_LITELLM_MASTER_KEY: '' },
        /^E2E_LITELLM_URL needs E2E_LITELLM_MASTER_KEY beside it\.\n$/,
      ],
      ['an engine that nobody knows', { ENGINES: 'consul' }, /^ENGINES names "consul": [^\n]+\n$/],
    ];
    for (const [name, env, says] of cases) {
      test(name, async () => {
        expect(await just.run('up', env)).toMatchObject({ code: 1, stderr: expect.stringMatching(says) });
        expect(await readdir(folder.path)).toEqual([]);
      });
    }
  });
});
