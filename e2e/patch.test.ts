import { describe, expect, test } from 'bun:test';
import { createApi, objectOf } from './harness/engine-api.ts';
import { issueKey, uniqueName, writeRole } from './harness/issue-key.ts';
import { startStandIn } from './harness/litellm.ts';
import { mountPlugin } from './harness/plugin.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { newToken } from './harness/test-steps.ts';

// What a patch and a part of a list come to through a real engine.

describeEngines((engine) => {
  const suite = useSuite(engine, { storage: 'raft', litellm: startStandIn });

  async function newRole(name = uniqueName('patched')): Promise<string> {
    const fields = { models: ['a', 'b'], ttl: '1h', max_budget: 5, metadata: { team: 'x' }, rpm_limit: 60 };
    await writeRole(suite().server, `litellm/roles/${name}`, fields);
    return name;
  }

  const patch = (path: string, data: Readonly<Record<string, unknown>>) => suite().server.api('PATCH', path, data);
  const read = async (path: string) => (await suite().server.api('GET', path)).data;

  describe('a patch of a role', () => {
    test('changes what it names and resets what is null', async () => {
      const role = await newRole();
      const path = `litellm/roles/${role}`;
      const before = await read(path);
      const { status } = await patch(path, { max_budget: null, ttl: '2h', metadata: { team: null, cost: 'c' } });
      expect(status).toBe(204);
      expect(await read(path)).toEqual({ ...before, max_budget: 0, ttl: 7200, metadata: { cost: 'c' } });
      expect((await patch(path, { rpm_limit: null })).status).toBe(204);
      expect(await read(path)).not.toHaveProperty('rpm_limit');
      expect((await issueKey(suite().server, role)).leaseDuration).toBe(7200);
    });

    test("by the engine's own command line", async () => {
      const role = await newRole();
      const path = `litellm/roles/${role}`;
      const { cli } = suite();
      expect(await cli.output('patch', path, 'max_budget=7', 'models=a')).toContain('Success!');
      expect(await read(path)).toMatchObject({ max_budget: 7, models: ['a'], metadata: { team: 'x' } });
      const { code } = await cli.shell(`echo '{"max_budget":null}' | ${engine.command} patch ${path} -`);
      expect(code).toBe(0);
      expect(await read(path)).toMatchObject({ max_budget: 0, models: ['a'] });
    });

    test('that is not there is a 404, and makes none', async () => {
      const { status, errors } = await patch('litellm/roles/nobody', { ttl: 60 });
      expect({ status, errors }).toEqual({ status: 404, errors: expect.stringContaining('no role "nobody"') });
      expect((await suite().server.api('GET', 'litellm/roles/nobody')).status).toBe(404);
    });

    test('that is a mistake is a 400, and changes nothing', async () => {
      const path = `litellm/roles/${await newRole()}`;
      const before = await read(path);
      for (const data of [{ max_bugdet: 1 }, { max_budget: -1 }, { ttl: '1x' }, { models: [null] }]) {
        expect((await patch(path, data)).status).toBe(400);
      }
      expect(await read(path)).toEqual(before);
    });

    test('needs the capability patch, and its content type', async () => {
      const { server } = suite();
      const path = `litellm/roles/${await newRole()}`;
      const as = async (capability: string) => {
        const token = await newToken(server, { 'litellm/roles/*': { capabilities: [capability] } });
        return await createApi(server.address, () => token)('PATCH', path, { ttl: 60 });
      };
      expect((await as('update')).status).toBe(403);
      expect((await as('patch')).status).toBe(204);
      const plain = await fetch(`${server.address}/v1/${path}`, {
        method: 'PATCH',
        headers: { 'X-Vault-Token': server.rootToken, 'Content-Type': 'application/json' },
        body: '{"ttl":60}',
      });
      expect(plain.status).toBe(415);
    });
  });

  test('a patch of the connection changes what it names, resets what is null, and is verified', async () => {
    const before = await read('litellm/config');
    expect((await patch('litellm/config', { grace: '2m', request_timeout: 60 })).status).toBe(204);
    const { grace, request_timeout } = await read('litellm/config');
    expect({ grace, request_timeout }).toEqual({ grace: 120, request_timeout: 60 });
    expect((await patch('litellm/config', { grace: null, request_timeout: null })).status).toBe(204);
    const after = await read('litellm/config');
    for (const field of ['base_url', 'grace', 'request_timeout', 'max_in_flight'])
      expect(after[field]).toEqual(before[field] ?? null);
    expect((await patch('litellm/config', { master_key: null })).status).toBe(400);
    const refused = await patch('litellm/config', { master_key: 'sk-test-not-the-key' });
    expect(refused).toMatchObject({ status: 400, errors: expect.stringContaining('nothing was stored') });
    await issueKey(suite().server, await newRole());
    await mountPlugin(suite().server, 'unconfigured');
    expect((await patch('unconfigured/config', { grace: 60 })).status).toBe(404);
  });

  test('a list takes after and limit on OpenBao, and is whole on Vault', async () => {
    const { server, cli } = suite();
    const stem = uniqueName('listed');
    const names = ['a', 'b', 'c', 'd'].map((letter) => `${stem}-${letter}`);
    for (const name of names) await newRole(name);
    const list = async (query: string) => {
      const { status, data, body } = await server.api('GET', `litellm/roles/?list=true${query}`);
      expect(status).toBe(200);
      const keys = data['keys'] as readonly string[];
      return { keys: keys.filter((key) => key.startsWith(stem)), all: keys.length, warnings: body['warnings'] };
    };
    const whole = await list('');
    expect(whole).toMatchObject({ keys: names, warnings: null });
    const part = await list(`&after=${names[0]}&limit=2`);
    if (engine.name === 'vault') {
      expect(part).toMatchObject({ keys: names, all: whole.all });
      expect(part.warnings).toEqual([expect.stringContaining('after and limit had no effect')]);
    } else {
      expect(part).toEqual({ keys: names.slice(1, 3), all: 2, warnings: null });
      const typed = await cli.output('list', `-after=${names[1]}`, '-limit=1', 'litellm/roles');
      expect(typed).toContain(names[2] ?? '?');
      expect(typed).not.toContain(names[3] ?? '?');
    }
    expect(await cli.output('list', 'litellm/roles')).toContain(names[3] ?? '?');
  });

  test('writes to one role at once lose nothing', async () => {
    const { server } = suite();
    const path = `litellm/roles/${await newRole()}`;
    const labels = Array.from({ length: 12 }, (_, index) => `label-${index}`);
    const answers = await Promise.all(labels.map((label) => server.api('PATCH', path, { metadata: { [label]: 'x' } })));
    expect(answers.map(({ status }) => status)).toEqual(labels.map(() => 204));
    expect(Object.keys(objectOf((await read(path))['metadata'])).toSorted()).toEqual([...labels, 'team'].toSorted());
  });
});
