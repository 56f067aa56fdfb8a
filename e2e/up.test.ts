import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createApi, textOf } from './harness/engine-api.ts';
import { issueKey } from './harness/issue-key.ts';
import { LiteLLM } from './harness/litellm.ts';
import { describeEngines } from './harness/suite.ts';
import { until } from './harness/until.ts';

// `just up` and `just down` where there is no Docker, in a state of their own.

let state: string;
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'up-'));
});
afterAll(() => rm(state, { recursive: true, force: true }));

describeEngines((engine) => {
  const start = (word: 'up' | 'down', more: Readonly<Record<string, string>> = {}) =>
    Bun.spawn([process.execPath, 'run', resolve(import.meta.dir, 'up.ts'), word], {
      env: {
        ...process.env,
        DOCKER_HOST: `unix://${state}/no-docker`,
        E2E_KEEPING: state,
        ENGINES: `${engine.name}@${engine.version}`,
        E2E_LITELLM_URL: '',
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

  test('a configured engine is started natively, tells what to type, and goes with all its keys', async () => {
    const up = await run('up');
    expect(up).toMatchObject({ code: 0, stderr: '' });
    expect(up.stdout).toContain('No containers: ');
    expect(up.stdout).toContain(`${engine.command} read litellm/creds/team-a`);
    const [, address = '', token = ''] =
      new RegExp(`${engine.prefix}_ADDR=(\\S+) ${engine.prefix}_TOKEN=(\\S+)`).exec(up.stdout) ?? [];
    const api = createApi(address, () => token);
    const { key, data } = await issueKey({ api }, 'team-a');
    const config = await api('GET', 'litellm/config');
    const litellm = new LiteLLM(textOf(config.data['base_url']), '');
    const [model] = Array.isArray(data['models']) ? data['models'] : [];
    expect(await litellm.chat(key, textOf(model))).toBe(200);
    expect(await run('down')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await readdir(state)).toEqual([]);
    expect(await api('GET', 'sys/health').catch(() => 'gone')).toBe('gone');
  });

  test('an interruption leaves nothing', async () => {
    const child = start('up');
    await until('the keeper has begun', 20, async () => (await readdir(state)).includes('up.log'));
    child.kill('SIGTERM');
    expect(await child.exited).toBe(143);
    expect(await child.stderr.text()).toBe('Interrupted; what was started is stopped.\n');
    expect(await readdir(state)).toEqual([]);
    expect(await run('down')).toMatchObject({ code: 0 });
  });

  test('a LiteLLM that does not answer is named, and leaves nothing', async () => {
    const more = { E2E_LITELLM_URL: 'http://127.0.0.1:1', E2E_LITELLM_MASTER_KEY: 'sk-test-not-a-real-key' };
    expect(await run('up', more)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1 is no LiteLLM to use: [^\n]+\n$/),
    });
    expect(await readdir(state)).toEqual([]);
  });
});
