import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { standInVersion, versionOf } from '../tests/harness/litellm-version.ts';
import { LiteLLMSession } from '../tests/harness/litellm-session.ts';
import { objectOf, textOf, type Json } from './harness/engine-api.ts';
import { issueKey, uniqueName } from './harness/issue-key.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { newRole, newToken, revokeLease } from './harness/test-steps.ts';
import { until } from './harness/until.ts';

// What roles and callers say of keys, in a real engine, against any LiteLLM: a real one where E2E_LITELLM_URL names it.

/** LiteLLM writes what was spent to its database once in a while. */
const withSpend = 150_000;

const url = process.env['E2E_LITELLM_URL'] ?? '';
const version = url === '' ? standInVersion : await versionOf(url);
const isAsked = Bun.semver.order(version, standInVersion) >= 0;
// Repeated by whoever sums up a longer run.
if (!isAsked) console.log(`NOT RUN roles: LiteLLM ${version} was not asked for what else a key may have`);

const describeAsked: typeof describeEngines = (tests) => {
  if (isAsked) describeEngines(tests);
};

describeAsked((engine) => {
  const suite = useSuite(engine);
  let admin: LiteLLMSession;
  const roles: string[] = [];
  beforeEach(() => {
    admin = new LiteLLMSession(suite().litellm);
  });
  // First the leases: a key whose team is deleted with it may be looked for in vain.
  afterEach(async () => {
    const { server } = suite();
    for (const role of roles.splice(0)) {
      await server.api('PUT', `sys/leases/revoke-prefix/litellm/creds/${role}`, { sync: true });
    }
    await admin.close();
  });

  /** Writes a role that no other test uses and gives its name. */
  async function newOwnRole(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const role = await newRole(suite(), { models: suite().models, ...fields });
    roles.push(role);
    return role;
  }

  /** How many calls LiteLLM takes until it refuses one for its rate. It counts by the minute, and one may end in between. */
  async function callsUntilRefused(key: string, model: string): Promise<number> {
    const { litellm } = suite();
    for (let calls = 0; ; calls += 1) {
      const status = await litellm.chat(key, model);
      if (status === 429) return calls;
      expect({ calls, status }).toEqual({ calls: expect.any(Number), status: 200 });
      expect(calls).toBeLessThan(10);
    }
  }

  const infoOf = async (tokenId: string) => objectOf(objectOf((await admin.info(tokenId)).body as Json)['info']);

  describe('a role', () => {
    test('limits the requests of a key', async () => {
      const { server, models } = suite();
      const { key, data } = await issueKey(server, await newOwnRole({ rpm_limit: 2 }));
      expect(data).toMatchObject({ rpm_limit: 2 });
      expect(await callsUntilRefused(key, models[0])).toBeOneOf([2, 3, 4]);
    });

    test('limits the requests to a model', async () => {
      const { server, litellm, models } = suite();
      const { key, data } = await issueKey(server, await newOwnRole({ model_rpm_limit: `${models[0]}=1` }));
      expect(data).toMatchObject({ model_rpm_limit: { [models[0]]: 1 } });
      expect(await callsUntilRefused(key, models[0])).toBeOneOf([1, 2]);
      expect(await litellm.chat(key, models[1])).toBe(200);
    });

    test('sets the times after which budgets begin anew', async () => {
      const { server } = suite();
      const windows = [{ budget_duration: '1d', max_budget: 5 }];
      const fields = { max_budget: 50, budget_duration: '30d', budget_limits: JSON.stringify(windows) };
      const { tokenId, data } = await issueKey(server, await newOwnRole(fields));
      expect(data).toMatchObject({ max_budget: 50, budget_duration: '30d', budget_limits: windows });
      expect(await infoOf(tokenId)).toMatchObject({
        max_budget: 50,
        budget_duration: '30d',
        budget_limits: [{ budget_duration: '1d', max_budget: 5 }],
      });
    });

    test("gives a key no more than its team's models", async () => {
      const { server, litellm, models } = suite();
      const team = await admin.team({ models: [models[0]] });
      const { key, data } = await issueKey(server, await newOwnRole({ team_id: team }));
      expect(data).toMatchObject({ team_id: team });
      expect(await litellm.chat(key, models[0])).toBe(200);
      const refused = await litellm.chatAnswer(key, models[1]);
      expect(refused.status).not.toBe(200);
      expect(refused.text).toContain('team_model_access_denied');
    });

    test(
      'makes a user the owner of what a key spends',
      async () => {
        const { server, litellm, models } = suite();
        const user = await admin.user();
        const { key, tokenId, data } = await issueKey(server, await newOwnRole({ user_id: user }));
        expect(data).toMatchObject({ user_id: user });
        expect(await infoOf(tokenId)).toMatchObject({ user_id: user });
        for (const model of models) expect(await litellm.chat(key, model)).toBe(200);
        await until("LiteLLM's spend of the user is more than 0", 120, async () => {
          const { body } = await admin.get(`/user/info?user_id=${user}`);
          return Number(objectOf(objectOf(body as Json)['user_info'])['spend']) > 0;
        });
      },
      withSpend,
    );

    test('reads back just what was written, and again unchanged', async () => {
      const { server, models } = suite();
      const fields = {
        tpm_limit: 1000,
        budget_duration: '1mo',
        max_budget: 5,
        model_tpm_limit: { [models[0]]: 100 },
        aliases: { fast: models[1] },
        router_settings: { num_retries: 1 },
        soft_budget: 0,
      };
      const role = await newOwnRole(fields);
      const { data } = await server.api('GET', `litellm/roles/${role}`);
      expect(data).toMatchObject(fields);
      expect((await server.api('POST', `litellm/roles/${role}`, data)).status).toBe(204);
      expect((await server.api('GET', `litellm/roles/${role}`)).data).toEqual(data);
    });

    test('is not stored for a team that is not there, an administrator, or what needs a licence', async () => {
      const { server } = suite();
      const root = await admin.user({ user_role: 'proxy_admin' });
      const cases = [
        { fields: { team_id: 'no-such-team' }, says: 'no team of this team_id' },
        { fields: { user_id: 'no-such-user' }, says: 'no user of this user_id' },
        { fields: { user_id: root }, says: 'is an administrator of LiteLLM' },
        { fields: { tags: 'a' }, says: 'tags needs a licence of LiteLLM' },
      ];
      for (const { fields, says } of cases) {
        const role = uniqueName('team');
        const { status, errors } = await server.api('POST', `litellm/roles/${role}`, fields);
        expect({ status, errors }).toEqual({ status: 400, errors: expect.stringContaining(says) });
        expect((await server.api('GET', `litellm/roles/${role}`)).status).toBe(404);
      }
    });
  });

  describe('a team that is deleted while a key lives', () => {
    test('ends the key: it cannot be renewed, and its lease ends', async () => {
      const { server } = suite();
      const team = await admin.team();
      const role = await newOwnRole({ team_id: team });
      const { leaseId } = await issueKey(server, role);
      await admin.post('/team/delete', { team_ids: [team] });
      expect((await server.api('PUT', 'sys/leases/renew', { lease_id: leaseId })).status).toBe(400);
      await revokeLease(server, leaseId);
    });

    test('is named, with the cure, by the renewal of a key that was made after', async () => {
      const { server } = suite();
      const { leaseId } = await issueKey(server, await newOwnRole({ team_id: 'no-such-team', verify: false }));
      const { status, errors } = await server.api('PUT', 'sys/leases/renew', { lease_id: leaseId });
      expect({ status, errors }).toEqual({
        status: 400,
        errors: expect.stringMatching(/make it there again, or write the id of one.*Team=no-such-team/),
      });
      await revokeLease(server, leaseId);
    });
  });

  describe('a caller', () => {
    test('asks a read for a shorter lease', async () => {
      const { cli } = suite();
      const role = await newOwnRole();
      const answer = objectOf(await cli.json('read', `litellm/creds/${role}`, 'ttl=5m'));
      expect(answer).toMatchObject({ lease_duration: 300 });
      const cut = objectOf(await cli.json('read', `litellm/creds/${role}`, 'ttl=2h'));
      expect(cut).toMatchObject({ lease_duration: 3600, warnings: [expect.stringContaining('it was cut to that')] });
    });

    test('asks a write for a shorter lease and fewer models', async () => {
      const { cli, litellm, models } = suite();
      const role = await newOwnRole({ max_budget: 5 });
      const path = `litellm/creds/${role}`;
      const answer = objectOf(
        await cli.json('write', path, 'ttl=5m', `models=${models[1]}`, 'max_budget=1', 'metadata=job=7'),
      );
      expect(answer).toMatchObject({ lease_duration: 300, data: { models: [models[1]], max_budget: 1 } });
      const { key, token_id: tokenId } = objectOf(answer['data']);
      expect(await litellm.chat(textOf(key), models[1])).toBe(200);
      expect(await litellm.chat(textOf(key), models[0])).not.toBe(200);
      expect(await infoOf(textOf(tokenId))).toMatchObject({ metadata: { job: '7', vault_role: role } });
    });

    test('gets nothing that is more than the role gives', async () => {
      const { server, cli, litellm, models } = suite();
      const role = await newOwnRole({ models: [models[0]], max_budget: 5 });
      for (const more of [
        `models=${models[1]}`,
        'models=*',
        'models=',
        'max_budget=6',
        'max_budget=0',
        'metadata=vault_role=x',
      ]) {
        for (const verb of ['read', 'write']) {
          const { code, stderr } = await cli.run(verb, `litellm/creds/${role}`, more);
          expect({ more, verb, code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('400') });
        }
      }
      const { status, errors } = await server.api('POST', `litellm/creds/${role}`, { model: models[0] });
      expect({ status, errors }).toEqual({ status: 400, errors: expect.stringContaining('did you mean models?') });
      expect(await litellm.keysLike(role)).toEqual([]);
    });

    test('may be forbidden a parameter by a policy', async () => {
      const { server, cli } = suite();
      const role = await newOwnRole();
      const rules = { capabilities: ['update'], allowed_parameters: { ttl: [] }, denied_parameters: { metadata: [] } };
      const caller = cli.as(await newToken(server, { [`litellm/creds/${role}`]: rules }));
      expect((await caller.run('write', `litellm/creds/${role}`, 'ttl=5m')).code).toBe(0);
      for (const parameter of ['metadata=a=b', 'max_budget=1']) {
        const { code, stderr } = await caller.run('write', `litellm/creds/${role}`, parameter);
        expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('403') });
      }
    });
  });
});
