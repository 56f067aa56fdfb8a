import { expect, test } from 'bun:test';
import { mkdtemp, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { uniqueName, writeRole } from '../harness/issue-key.ts';
import { describeEngines, useSuite } from '../harness/suite.ts';
import { examples } from './shown-commands.ts';

// examples/claude-code/litellm-key, as Claude Code would call it.

const script = join(examples, 'claude-code/litellm-key');
const hasJq = Bun.which('jq') !== null;
// Repeated by whoever sums up a longer run.
if (!hasJq) console.log('NOT RUN claude-code: there is no jq on the PATH.');

describeEngines((engine) => {
  const suite = useSuite(engine);

  /** Somebody's machine, with a role of their own. */
  async function newMachine(fields: Readonly<Record<string, unknown>>) {
    const { server, models, cli } = suite();
    const role = uniqueName('coder');
    await writeRole(server, `litellm/roles/${role}`, { models: [models[0]], ...fields });
    const home = await mkdtemp(join(server.folder, 'home-'));
    const env = { HOME: home, LITELLM_ENGINE: engine.command, LITELLM_CREDS: `litellm/creds/${role}` };
    const call = (more: Readonly<Record<string, string>> = {}) => cli.shell(script, { ...env, ...more });
    return { role, cache: join(home, '.cache/litellm-key'), call };
  }

  for (const { name, least, keys } of [
    { name: 'the same key as long as it lives long enough', least: '600', keys: 1 },
    { name: 'another key when the lease can be renewed for too short a time', least: '7200', keys: 2 },
  ]) {
    if (!hasJq) continue;
    test(`it prints ${name}`, async () => {
      const { litellm, models } = suite();
      const { role, cache, call } = await newMachine({ ttl: '1h', max_ttl: '24h' });
      const printed = [await call(), await call({ LITELLM_LEAST_SECONDS: least })];
      const found = new Set<string>();
      for (const { code, stdout, stderr } of printed) {
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expect(stdout).toMatch(/^sk-\S+\n$/);
        expect(await litellm.chat(stdout.trim(), models[0])).toBe(200);
        found.add(stdout);
      }
      expect(found.size).toBe(keys);
      expect(await litellm.keysLike(role)).toHaveLength(keys);
      const [file = '', ...others] = await readdir(cache);
      expect(others).toEqual([]);
      expect((await stat(join(cache, file))).mode & 0o777).toBe(0o600);
    });
  }

  if (hasJq) {
    test('it prints another key when the lease is gone', async () => {
      const { server } = suite();
      const { role, call } = await newMachine({ ttl: '1h' });
      const first = await call();
      await server.api('PUT', `sys/leases/revoke-prefix/litellm/creds/${role}`, { sync: true });
      const second = await call();
      expect(second).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sk-\S+\n$/) });
      expect(second.stdout).not.toBe(first.stdout);
    });

    test('it fails, prints no key and says why, where the role is not there', async () => {
      const { call, cache } = await newMachine({});
      const refused = await call({ LITELLM_CREDS: 'litellm/creds/nobody' });
      expect(refused).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('there is no role "nobody"'),
      });
      expect(await readdir(cache)).toEqual([]);
    });
  }
});
