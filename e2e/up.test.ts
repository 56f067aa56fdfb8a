import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi, textOf } from './harness/engine-api.ts';
import { issueKey } from './harness/issue-key.ts';
import { LiteLLM, startLiteLLM } from './harness/litellm.ts';
import { during, outcomeOf } from './harness/outcome.ts';
import { environmentOf, listProcesses } from './harness/processes.ts';
import { startSilentProxy } from './harness/silent-proxy.ts';
import { describeEngines } from './harness/suite.ts';
import { UpCommand } from './harness/up-command.ts';

// `just up` and `just down` where there is no Docker, in a state of their own.

setDefaultTimeout(60_000);

let state: string;
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'up-'));
});
afterAll(() => rm(state, { recursive: true, force: true }));

describeEngines((engine) => {
  const just = new UpCommand(() => ({
    DOCKER_HOST: `unix://${state}/no-docker`,
    E2E_KEEPING: state,
    ENGINES: `${engine.name}@${engine.version}`,
    E2E_LITELLM_URL: '',
  }));

  /** Neither a file that tells of something, nor a process that was started for it. */
  async function expectNothingLeft(): Promise<void> {
    expect(await readdir(state)).toEqual([]);
    const all = await listProcesses();
    const environments = await Promise.all(all.map((one) => environmentOf(one)));
    const left = all.filter((_, index) => environments[index]?.includes(`E2E_KEEPING=${state}`));
    expect(left.map(({ command }) => command)).toEqual([]);
  }

  /** Where an engine is that was just started, as the lines to type say. */
  function addressIn(stdout: string) {
    const [, address = '', token = ''] =
      new RegExp(`${engine.prefix}_ADDR=(\\S+) ${engine.prefix}_TOKEN=(\\S+)`).exec(stdout) ?? [];
    return createApi(address, () => token);
  }

  test('a configured engine is started natively, tells what to type, and goes', async () => {
    const up = await just.run('up');
    expect(up).toMatchObject({ code: 0, stderr: '' });
    expect(up.stdout).toContain('No containers: ');
    expect(up.stdout).toContain(`${engine.command} read litellm/creds/team-a`);
    const api = addressIn(up.stdout);
    const { key, data } = await issueKey({ api }, 'team-a');
    const config = await api('GET', 'litellm/config');
    const litellm = new LiteLLM(textOf(config.data['base_url']), '');
    const [model] = Array.isArray(data['models']) ? data['models'] : [];
    expect(await litellm.chat(key, textOf(model))).toBe(200);
    expect(await just.run('down')).toEqual({ code: 0, stdout: '', stderr: '' });
    await expectNothingLeft();
    expect(await api('GET', 'sys/health').catch(() => 'gone')).toBe('gone');
  });

  test('on a LiteLLM that was there before, it leaves no key', async () => {
    await using stack = new AsyncDisposableStack();
    const litellm = await startLiteLLM();
    stack.defer(() => litellm.stop());
    const { url, masterKey } = litellm;
    const up = await just.run('up', { E2E_LITELLM_URL: url, E2E_LITELLM_MASTER_KEY: masterKey });
    expect(up).toMatchObject({ code: 0, stderr: '' });
    const [model] = await litellm.twoModels();
    const { key } = await issueKey({ api: addressIn(up.stdout) }, 'team-a');
    expect(await litellm.chat(key, model)).toBe(200);
    expect(await just.run('down')).toEqual({ code: 0, stdout: '', stderr: '' });
    await expectNothingLeft();
    expect(await litellm.chat(key, model)).toBe(401);
  });

  test('an interruption leaves nothing', async () => {
    await using proxy = startSilentProxy();
    const child = just.start('up', { E2E_LITELLM_URL: proxy.url, E2E_LITELLM_MASTER_KEY: 'sk-test-not-a-real-key' });
    await during(child, proxy.asked);
    child.kill('SIGTERM');
    expect(await outcomeOf(child)).toMatchObject({
      code: 143,
      stderr: 'Interrupted; stopping what was started.\nNothing that this has started is left running.\n',
    });
    await expectNothingLeft();
  });

  describe('an order that cannot be followed is refused in one line, and leaves what runs:', () => {
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
    let api: ReturnType<typeof addressIn>;
    beforeAll(async () => {
      api = addressIn((await just.run('up')).stdout);
    });
    afterAll(async () => {
      await just.run('down');
      await expectNothingLeft();
    });
    for (const [name, env, says] of cases) {
      test(name, async () => {
        expect(await just.run('up', env)).toMatchObject({ code: 1, stderr: expect.stringMatching(says) });
        expect((await api('GET', 'sys/health')).status).toBe(200);
      });
    }
  });
});
