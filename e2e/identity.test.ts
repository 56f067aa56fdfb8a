import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { ask, createApi, objectOf, textOf, type Api, type ApiAnswer } from './harness/engine-api.ts';
import { issueKey, uniqueName } from './harness/issue-key.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { newRole } from './harness/test-steps.ts';
import { until } from './harness/until.ts';

// Templates in a role, resolved for whoever has logged in: against any LiteLLM, a real one where E2E_LITELLM_URL names it.

const policy = 'path "litellm/creds/*" { capabilities = ["read"] }';
const password = 'not-a-real-password';

/** Somebody with an entity, logged in. */
interface Person {
  readonly name: string;
  readonly entityId: string;
  readonly api: Api;
}

describeEngines((engine) => {
  const suite = useSuite(engine);
  const people: Person[] = [];
  const accessors: Record<string, string> = {};
  const group = uniqueName('searchers');
  const [ada, ci] = [uniqueName('ada'), uniqueName('ci')];

  const granted = (...asked: Parameters<Api>): Promise<ApiAnswer> => ask(suite().server, ...asked);

  async function newPerson(
    name: string,
    authMount: string,
    alias: string,
    credentials: Readonly<Record<string, string>>,
  ) {
    const { data } = await granted('POST', 'identity/entity', { name, metadata: { team: 'search' } });
    const entityId = textOf(data['id']);
    const mount_accessor = accessors[authMount];
    await granted('POST', 'identity/entity-alias', { name: alias, canonical_id: entityId, mount_accessor });
    const path = authMount === 'userpass' ? `auth/userpass/login/${name}` : 'auth/approle/login';
    const token = textOf(objectOf((await granted('POST', path, credentials)).body['auth'])['client_token']);
    people.push({ name, entityId, api: createApi(suite().server.address, () => token) });
    await suite().litellm.addUser(name);
  }

  describe('a role with templates', () => {
    beforeAll(async () => {
      await granted('PUT', 'sys/policies/acl/reader', { policy });
      for (const type of ['userpass', 'approle']) {
        await granted('POST', `sys/auth/${type}`, { type });
        const { data } = await granted('GET', 'sys/auth');
        accessors[type] = textOf(objectOf(data[`${type}/`])['accessor']);
      }
      await granted('POST', `auth/userpass/users/${ada}`, { password, token_policies: 'reader' });
      await newPerson(ada, 'userpass', ada, { password });
      await granted('POST', `auth/approle/role/${ci}`, { token_policies: 'reader' });
      const { data: role } = await granted('GET', `auth/approle/role/${ci}/role-id`);
      const { data: secret } = await granted('POST', `auth/approle/role/${ci}/secret-id`);
      const [role_id, secret_id] = [textOf(role['role_id']), textOf(secret['secret_id'])];
      await newPerson(ci, 'approle', role_id, { role_id, secret_id });
      await granted('POST', 'identity/group', {
        name: group,
        metadata: { cost: 'c-17' },
        member_entity_ids: people.slice(0, 1).map(({ entityId }) => entityId),
      });
    }, 60_000);
    afterAll(async () => {
      // A user's keys go with the user, and a lease whose key is young and gone cannot be revoked at once.
      await granted('PUT', 'sys/leases/revoke-prefix/litellm/creds', { sync: true });
      for (const { name } of people) await suite().litellm.deleteUser(name);
    });

    const newSharedRole = (fields: Readonly<Record<string, unknown>>): Promise<string> =>
      newRole(suite(), { models: suite().models, ...fields });

    test('two people read one role, and what their keys spend has two owners', async () => {
      const { litellm, models } = suite();
      const role = await newSharedRole({
        user_id: '{{identity.entity.name}}',
        key_alias_prefix: '{{identity.entity.name}}',
        metadata: { team: '{{identity.entity.metadata.team}}', entity: '{{identity.entity.id}}', of: '{{role}}' },
      });
      for (const { name, entityId, api } of people) {
        const { key, alias, tokenId, data } = await issueKey({ api }, role);
        expect(alias).toStartWith(`${name}-${role}-`);
        expect(data).toMatchObject({ user_id: name });
        const info = await litellm.infoOf(tokenId);
        expect(info).toMatchObject({ user_id: name, metadata: { team: 'search', entity: entityId, of: role } });
        expect(await litellm.spendOf(name)).toBe(0);
        for (const model of models) expect(await litellm.chat(key, model)).toBe(200);
      }
      for (const { name } of people) {
        // LiteLLM writes what was spent some ten seconds after it.
        await until(`the spend of ${name} is counted`, 90, async () => (await litellm.spendOf(name)) > 0);
      }
    }, 200_000);

    test('the alias of an auth method and a group have their say', async () => {
      const role = await newSharedRole({
        metadata: {
          login: `{{identity.entity.aliases.${accessors['userpass']}.name}}`,
          cost: `{{identity.groups.names.${group}.metadata.cost}}`,
        },
      });
      const [one, other] = people;
      const { tokenId } = await issueKey({ api: one?.api ?? suite().server.api }, role);
      const { metadata } = await suite().litellm.infoOf(tokenId);
      expect(metadata).toMatchObject({ login: ada, cost: 'c-17' });
      const refused = await other?.api('GET', `litellm/creds/${role}`);
      expect(refused).toMatchObject({
        status: 400,
        errors: expect.stringMatching(/in metadata of this role.*in no group/),
      });
    });

    describe('no key is made', () => {
      test('for a token without an entity', async () => {
        const { server, litellm } = suite();
        const role = await newSharedRole({ user_id: '{{identity.entity.name}}' });
        const { status, errors } = await server.api('GET', `litellm/creds/${role}`);
        expect(status).toBe(400);
        expect(errors).toContain('in user_id of this role, {{identity.entity.name}} cannot be resolved');
        expect(await litellm.keysLike(role)).toEqual([]);
      });

      test('for a user whom LiteLLM does not have', async () => {
        const role = await newSharedRole({ user_id: 'no-{{identity.entity.name}}' });
        const refused = await people[0]?.api('GET', `litellm/creds/${role}`);
        expect(refused).toMatchObject({ status: 400, errors: expect.stringContaining('no user of this user_id') });
        expect(await suite().litellm.keysLike(role)).toEqual([]);
      });

      test('by a role whose template does not close', async () => {
        const { status, errors } = await suite().server.api('POST', 'litellm/roles/open', { user_id: '{{role' });
        expect({ status, errors }).toMatchObject({ status: 400, errors: expect.stringContaining('not closed') });
      });
    });
  });
});
