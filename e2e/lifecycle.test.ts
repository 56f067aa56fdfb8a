import { describe, expect, test } from 'bun:test';
import { issueKey, uniqueName, writeRole } from './harness/issue-key.ts';
import { listOf } from './harness/raw-storage.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { newRole, revokeLease, untilRefused } from './harness/test-steps.ts';
import { until } from './harness/until.ts';

// A key's whole life in a real engine, against any LiteLLM: a real one where E2E_LITELLM_URL names it.

describeEngines((engine) => {
  const suite = useSuite(engine);

  /** Waits until LiteLLM refuses a key, and holds none of its role any more. */
  async function untilGone(key: string, role: string): Promise<void> {
    const { litellm, models } = suite();
    await untilRefused(litellm, key, models[0], 30);
    await until('the key is deleted', 30, async () => (await litellm.keysLike(role)).length === 0);
  }

  describe('a key', () => {
    test('carries what its role says', async () => {
      const { server, models, litellm } = suite();
      const role = await newRole(suite(), { max_budget: 50, key_alias_prefix: 'e2e' });
      const issued = await issueKey(server, role);
      expect(issued).toMatchObject({ leaseDuration: 3600, renewable: true });
      expect(issued.leaseId).toStartWith(`litellm/creds/${role}/`);
      expect(issued.data).toEqual({
        key: expect.stringMatching(/^sk-\S{32,}$/),
        key_alias: expect.stringMatching(new RegExp(`^e2e-${role}-\\S+$`)),
        token_id: new Bun.CryptoHasher('sha256').update(issued.key).digest('hex'),
        models: [models[0]],
        max_budget: 50,
        expires: expect.any(String),
      });
      const [stored, ...others] = await litellm.keysLike(role);
      expect(others).toEqual([]);
      expect(stored).toMatchObject({ tokenId: issued.tokenId, alias: issued.alias });
      expect(Math.abs((stored?.expires?.getTime() ?? 0) - Date.parse(issued.expires))).toBeLessThan(1000);
    });

    test('reaches the models of its role and nothing else', async () => {
      const { server, litellm, models } = suite();
      const { key } = await issueKey(server, await newRole(suite()));
      expect(await litellm.chat(key, models[0])).toBe(200);
      const refused = await litellm.chatAnswer(key, models[1]);
      // 401 before 1.90.0.
      expect([401, 403]).toContain(refused.status);
      expect(refused.text).toContain('key_model_access_denied');
      // Before 1.80.0 LiteLLM knows no key types, and that version breaks down over them.
      const order = Bun.semver.order(await litellm.version(), '1.80.0');
      expect(await litellm.ownInfo(key)).toBe({ '-1': 200, '0': 500, '1': 403 }[order]);
    });

    test('of a role without models reaches them all', async () => {
      const { server, litellm, models } = suite();
      const { key } = await issueKey(server, await newRole(suite(), { models: [] }));
      expect(await litellm.chat(key, models[0])).toBe(200);
      expect(await litellm.chat(key, models[1])).toBe(200);
    });

    test('is refused once its budget is spent', async () => {
      const { server, litellm, models } = suite();
      const { key } = await issueKey(server, await newRole(suite(), { models, max_budget: 0.000_001 }));
      expect(await litellm.chat(key, models[0])).toBe(200);
      // LiteLLM counts what a call has cost a moment after it, and nothing for a model whose price its version does not know.
      const spent = await until('the key is over its budget', 30, async () => {
        const answers = await Promise.all(models.map((model) => litellm.chatAnswer(key, model)));
        return answers.find(({ status }) => status !== 200);
      });
      expect(spent.text).toContain('budget_exceeded');
    });

    test('of key type default sees its own data', async () => {
      const { server, litellm } = suite();
      const { key } = await issueKey(server, await newRole(suite(), { key_type: 'default' }));
      expect(await litellm.ownInfo(key)).toBe(200);
    });

    test('lives longer after a renewal', async () => {
      const { server, litellm, models } = suite();
      const role = await newRole(suite());
      const issued = await issueKey(server, role);
      const expires = async (): Promise<number> => (await litellm.keysLike(role))[0]?.expires?.getTime() ?? 0;
      const first = await expires();
      const renewed = await server.api('PUT', 'sys/leases/renew', { lease_id: issued.leaseId, increment: 7200 });
      expect(renewed.status).toBe(200);
      expect(renewed.body).toMatchObject({ lease_id: issued.leaseId, lease_duration: 7200, renewable: true });
      // An hour more, but for the time between the two and the rounding of either.
      expect((await expires()) - first).toBeGreaterThan(3590_000);
      expect(await litellm.chat(issued.key, models[0])).toBe(200);
    });

    test('is refused once its lease is revoked', async () => {
      const { server, litellm, models } = suite();
      const role = await newRole(suite());
      const { key, leaseId } = await issueKey(server, role);
      expect(await litellm.chat(key, models[0])).toBe(200);
      await revokeLease(server, leaseId);
      await untilGone(key, role);
      expect((await server.api('PUT', 'sys/leases/lookup', { lease_id: leaseId })).status).toBe(400);
    });

    test('is refused once its lease has run out', async () => {
      const { server, litellm, models } = suite();
      const role = await newRole(suite(), { ttl: 3, max_ttl: 6 });
      const { key, leaseDuration } = await issueKey(server, role);
      expect(leaseDuration).toBe(3);
      expect(await litellm.chat(key, models[0])).toBe(200);
      await untilGone(key, role);
    });

    test('outlives its role, and can still be renewed and revoked', async () => {
      const { server, litellm, models } = suite();
      const role = await newRole(suite());
      const { key, leaseId } = await issueKey(server, role);
      expect((await server.api('DELETE', `litellm/roles/${role}`)).status).toBe(204);
      expect((await server.api('PUT', 'sys/leases/renew', { lease_id: leaseId })).status).toBe(200);
      expect(await litellm.chat(key, models[0])).toBe(200);
      await revokeLease(server, leaseId);
      await untilGone(key, role);
    });

    test('that lives is none that tidy would delete', async () => {
      const { server, litellm, models } = suite();
      const { key } = await issueKey(server, await newRole(suite()));
      const begun = await server.api('POST', 'litellm/tidy', { safety_buffer: 60, pause_duration: '10ms' });
      expect(begun.status).toBe(202);
      const status = await until('the run has ended', 60, async () => {
        const { data } = await server.api('GET', 'litellm/tidy-status');
        return data['state'] !== 'Running' && data;
      });
      expect(status).toMatchObject({ state: 'Finished', error: null, expired_count: 0 });
      expect(await litellm.chat(key, models[0])).toBe(200);
    });

    test('is one for each read', async () => {
      const { server, litellm } = suite();
      const role = await newRole(suite());
      const issued = [await issueKey(server, role), await issueKey(server, role), await issueKey(server, role)];
      expect(new Set(issued.map(({ key }) => key)).size).toBe(3);
      expect((await litellm.keysLike(role)).map(({ tokenId }) => tokenId).toSorted()).toEqual(
        issued.map(({ tokenId }) => tokenId).toSorted(),
      );
    });
  });

  describe('a role', () => {
    const read = async (role: string) => suite().server.api('GET', `litellm/roles/${role}`);

    test('reads as it was written, durations in seconds', async () => {
      const { server } = suite();
      const role = uniqueName('team');
      await writeRole(server, `litellm/roles/${role}`, {
        models: 'a, b',
        max_budget: '2.5',
        key_alias_prefix: 'ci',
        metadata: { team: 'search' },
        ttl: '90m',
        max_ttl: '1d',
      });
      expect((await read(role)).data).toEqual({
        models: ['a', 'b'],
        max_budget: 2.5,
        key_alias_prefix: 'ci',
        metadata: { team: 'search' },
        ttl: 5400,
        max_ttl: 86_400,
        key_type: 'llm_api',
      });
    });

    test('has defaults', async () => {
      const { server } = suite();
      const role = uniqueName('team');
      await writeRole(server, `litellm/roles/${role}`, {});
      expect((await read(role)).data).toEqual({
        models: [],
        max_budget: 0,
        key_alias_prefix: 'vault',
        metadata: {},
        ttl: 0,
        max_ttl: 0,
        key_type: 'llm_api',
      });
    });

    test('keeps what a later write leaves out', async () => {
      const { server } = suite();
      const role = await newRole(suite(), { max_budget: 5 });
      const before = (await read(role)).data;
      await writeRole(server, `litellm/roles/${role}`, { max_budget: 7 });
      expect((await read(role)).data).toEqual({ ...before, max_budget: 7 });
    });

    test('is listed until it is deleted, and then absent', async () => {
      const { server } = suite();
      const role = await newRole(suite());
      expect(await listOf(server, 'litellm/roles')).toContain(role);
      expect((await server.api('DELETE', `litellm/roles/${role}`)).status).toBe(204);
      expect((await server.api('DELETE', `litellm/roles/${role}`)).status).toBe(204);
      expect((await read(role)).status).toBe(404);
      expect(await listOf(server, 'litellm/roles')).not.toContain(role);
    });
  });

  describe('the command line', () => {
    test('does the five steps of the README', async () => {
      const { server, cli, litellm, models } = suite();
      const mount = uniqueName('cli');
      const role = uniqueName('team');
      expect(await cli.output('secrets', 'enable', `-path=${mount}`, 'vault-plugin-secrets-litellm')).toContain(
        `at: ${mount}/`,
      );
      expect(
        await cli.output('write', `${mount}/config`, `base_url=${litellm.url}`, `master_key=${litellm.masterKey}`),
      ).toContain('Success!');
      const roleFields = [`models=${models.join(',')}`, 'max_budget=50', 'ttl=1h', 'max_ttl=24h'];
      expect(await cli.output('write', `${mount}/roles/${role}`, ...roleFields)).toContain('Success!');

      const table = await cli.output('read', `${mount}/creds/${role}`);
      const row = (name: string): string => new RegExp(`^${name} +(.*)$`, 'm').exec(table)?.[1] ?? '';
      expect(row('Key')).toBe('Value');
      expect(row('lease_duration')).toBe('1h');
      expect(row('lease_renewable')).toBe('true');
      expect(row('max_budget')).toBe('50');
      expect(row('models')).toBe(`[${models.join(' ')}]`);
      expect(await litellm.chat(row('key'), models[0])).toBe(200);
      expect(await cli.output('lease', 'revoke', row('lease_id'))).toContain('queued');
      await untilGone(row('key'), role);
      await until('the lease is gone', 30, async () => {
        return (await server.api('LIST', `sys/leases/lookup/${mount}/creds/${role}`)).status === 404;
      });
    });

    test('prints JSON', async () => {
      const { cli, models } = suite();
      const role = await newRole(suite(), { max_budget: 0.5 });
      expect(await cli.json('read', `litellm/roles/${role}`)).toMatchObject({ data: { max_budget: 0.5, ttl: 3600 } });
      expect(await cli.json('list', 'litellm/roles')).toContain(role);
      expect(await cli.json('read', `litellm/creds/${role}`)).toMatchObject({
        lease_duration: 3600,
        renewable: true,
        data: { models: [models[0]], max_budget: 0.5 },
      });
    });

    test('explains the paths', async () => {
      const { cli } = suite();
      const { code, stdout } = await cli.run('path-help', 'litellm');
      expect(code).toBe(0);
      for (const path of ['config', 'roles', 'creds']) expect(stdout).toContain(path);
      expect((await cli.run('path-help', 'litellm/roles/any')).stdout).toContain('max_budget');
    });
  });

  describe('the configuration', () => {
    test('never shows the master key', async () => {
      const { server, litellm } = suite();
      const { status, data } = await server.api('GET', 'litellm/config');
      expect(status).toBe(200);
      expect(data).toMatchObject({ base_url: litellm.url, request_timeout: 30 });
      expect(JSON.stringify(data)).not.toContain(litellm.masterKey);
      expect(await Bun.file(server.logFile).text()).not.toContain(litellm.masterKey);
    });
  });
});
