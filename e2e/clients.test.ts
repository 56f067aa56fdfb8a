import { describe, expect, test } from 'bun:test';
import { startAgent } from './clients/agent.ts';
import { runHvac, whyNoHvac } from './clients/hvac.ts';
import { objectOf, textOf, type Json } from './harness/engine-api.ts';
import { uniqueName, writeRole } from './harness/issue-key.ts';
import { mountPlugin } from './harness/plugin.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { newMount, newRole, newToken, revokeLease, untilRefused } from './harness/test-steps.ts';
import { until } from './harness/until.ts';

// What users put between themselves and an engine: a Python library, the engine's agent, Terraform, wrapping, policies, namespaces.

const whyNot = await whyNoHvac();
// Repeated by whoever sums up a longer run.
if (whyNot !== undefined) console.log(`NOT RUN hvac: ${whyNot.replaceAll(/\s+/g, ' ')}`);

/** What the test of hvac gets, which the first time fetches it. */
const withFetching = 180_000;

describeEngines((engine) => {
  const suite = useSuite(engine);

  const expires = async (role: string): Promise<number> =>
    (await suite().litellm.keysLike(role))[0]?.expires?.getTime() ?? 0;

  if (whyNot === undefined) {
    test(
      'hvac configures a mount, and issues, renews and revokes a key',
      async () => {
        const { server, litellm, models } = suite();
        const mount = uniqueName('python');
        await mountPlugin(server, mount);
        const fields = {
          config: { base_url: litellm.url, master_key: litellm.masterKey },
          role: { models: [models[0]], max_budget: 2.5, ttl: '1h', max_ttl: '24h', metadata: { team: 'search' } },
        };
        const role = uniqueName('team');
        const read = await runHvac(server, 'configure', mount, role, JSON.stringify(fields));
        expect(read).toMatchObject({
          config: { base_url: litellm.url },
          role: { models: [models[0]], max_budget: 2.5, ttl: 3600, max_ttl: 86_400, metadata: { team: 'search' } },
          roles: [role],
        });
        const issued = await runHvac(server, 'issue', mount, role);
        const key = textOf(objectOf(issued['data'])['key']);
        expect(issued).toMatchObject({ lease_duration: 3600, renewable: true });
        expect(await litellm.chat(key, models[0])).toBe(200);
        expect([401, 403]).toContain(await litellm.chat(key, models[1]));
        const first = await expires(role);
        const lease = textOf(issued['lease_id']);
        expect(await runHvac(server, 'renew', lease, '7200')).toMatchObject({ lease_id: lease, lease_duration: 7200 });
        expect(await expires(role)).toBeGreaterThan(first);
        expect(await runHvac(server, 'revoke', lease)).toEqual({ status: 204 });
        await untilRefused(litellm, key, models[0], 30);
      },
      withFetching,
    );
  }

  test('the agent keeps a file with a key that works, renews its lease and then takes a new one', async () => {
    const { server, litellm, models } = suite();
    const role = await newRole(suite(), { ttl: 4, max_ttl: 10 });
    const token = await newToken(server, { [`litellm/creds/${role}`]: { capabilities: ['read'] } });
    await using agent = await startAgent(server, token, `litellm/creds/${role}`);
    const first = await until('the file holds a key', 30, () => agent.key());
    expect(await litellm.chat(first, models[0])).toBe(200);
    const end = await expires(role);
    await until('the lease is renewed', 30, async () => (await expires(role)) > end);
    expect(await agent.key()).toBe(first);
    const second = await until('the file holds another key', 60, async () => {
      const now = await agent.key();
      return now === first ? undefined : now;
    });
    expect(await litellm.chat(second, models[0])).toBe(200);
    await untilRefused(litellm, first, models[0], 30);
    const log = await agent.log();
    for (const secret of [first, second, token]) expect(log).not.toContain(secret);
  });

  describe('Terraform, which writes every value as text,', () => {
    const asText = (value: Json | undefined): string => {
      if (Array.isArray(value)) return value.join(',');
      return typeof value === 'string' ? value : JSON.stringify(value);
    };
    const textFields: readonly Readonly<Record<string, string>>[] = [
      { models: 'gpt-4o,gpt-4o-mini', max_budget: '50', ttl: '3600', max_ttl: '86400', key_alias_prefix: 'tf' },
      { models: '', max_budget: '0.25', ttl: '0', max_ttl: '0', key_type: 'default' },
      { models: 'openai/*', max_budget: '0', metadata: '{"team":"search","tier":"2"}' },
    ];
    for (const fields of textFields) {
      test(`reads ${JSON.stringify(fields)} of a role back as it wrote it`, async () => {
        const { server } = suite();
        const role = `litellm/roles/${uniqueName('terraform')}`;
        await writeRole(server, role, fields);
        const { data } = await server.api('GET', role);
        for (const [name, text] of Object.entries(fields))
          expect(`${name}=${asText(data[name])}`).toBe(`${name}=${text}`);
        // The next run writes what it has read, and finds no difference either.
        await writeRole(
          server,
          role,
          Object.fromEntries(Object.entries(data).map(([name, value]) => [name, asText(value)])),
        );
        expect((await server.api('GET', role)).data).toEqual(data);
      });
    }

    test('reads a configuration back as it wrote it', async () => {
      const { server, litellm } = suite();
      const mount = await newMount(suite(), 'terraform', { request_timeout: '45', verify_connection: 'true' });
      expect((await server.api('GET', `${mount}/config`)).data).toMatchObject({
        base_url: litellm.url,
        request_timeout: 45,
      });
    });
  });

  test('a key can be handed over wrapped', async () => {
    const { cli, server, litellm, models } = suite();
    const wrapped = objectOf(await cli.json('read', '-wrap-ttl=5m', `litellm/creds/${await newRole(suite())}`));
    expect(JSON.stringify(wrapped)).not.toContain('sk-');
    const wrapping = textOf(objectOf(wrapped['wrap_info'])['token']);
    const unwrapped = objectOf(await cli.as(wrapping).json('unwrap'));
    const key = textOf(objectOf(unwrapped['data'])['key']);
    expect(await litellm.chat(key, models[0])).toBe(200);
    expect((await cli.as(wrapping).run('unwrap')).code).not.toBe(0);
    await revokeLease(server, textOf(unwrapped['lease_id']));
    await untilRefused(litellm, key, models[0], 30);
  });

  test('a token with a narrow policy gets keys of its role and nothing else', async () => {
    const { cli, server, litellm } = suite();
    const [own, other] = [await newRole(suite()), await newRole(suite())];
    const narrow = cli.as(await newToken(server, { [`litellm/creds/${own}`]: { capabilities: ['read'] } }));
    const issued = objectOf(await narrow.json('read', `litellm/creds/${own}`));
    const lease = textOf(issued['lease_id']);
    // Whoever holds a lease may renew it, by the default policy.
    expect(await narrow.json('lease', 'renew', lease)).toMatchObject({ lease_id: lease });
    const forbidden: readonly (readonly [string, ...string[]])[] = [
      ['read', `litellm/creds/${other}`],
      ['read', `litellm/roles/${own}`],
      ['read', 'litellm/config'],
      ['list', 'litellm/roles'],
      ['write', `litellm/roles/${own}`, 'max_budget=0'],
      ['write', 'litellm/config', 'base_url=http://127.0.0.1:9'],
      ['delete', 'litellm/config'],
    ];
    for (const words of forbidden) {
      const { code, stderr } = await narrow.run(...words);
      expect({ words, code, stderr }).toEqual({ words, code: 2, stderr: expect.stringContaining('permission denied') });
    }
    expect(await litellm.keysLike(own)).toHaveLength(1);
    expect(await litellm.keysLike(other)).toEqual([]);
  });

  if (engine.namespaces) {
    test('a mount in a namespace has keys of its own', async () => {
      const { cli, litellm, models } = suite();
      const namespace = uniqueName('ns');
      await cli.json('namespace', 'create', namespace);
      const inside = cli.in(namespace);
      const role = uniqueName('team');
      await inside.output('secrets', 'enable', '-path=litellm', 'vault-plugin-secrets-litellm');
      await inside.output('write', 'litellm/config', `base_url=${litellm.url}`, `master_key=${litellm.masterKey}`);
      await inside.output('write', `litellm/roles/${role}`, `models=${models[0]}`, 'ttl=1h');
      expect((await cli.run('read', `litellm/creds/${role}`)).code).toBe(2);
      const issued = objectOf(await inside.json('read', `litellm/creds/${role}`));
      const key = textOf(objectOf(issued['data'])['key']);
      expect(await litellm.chat(key, models[0])).toBe(200);
      expect(await inside.json('lease', 'renew', textOf(issued['lease_id']))).toMatchObject({ renewable: true });
      await inside.output('lease', 'revoke', '-sync', textOf(issued['lease_id']));
      await untilRefused(litellm, key, models[0], 30);
      await inside.output('secrets', 'disable', 'litellm');
    });
  }
});
