import { describe, expect, test } from 'bun:test';
import type { Entity, Group } from '../../../src/sdk/logical/identity.ts';
import { startEngine, type TestEngine } from '../../harness/engine.ts';

const entity = (id: string, name: string, metadata: Readonly<Record<string, string>> = {}): Entity => ({
  id,
  name,
  metadata,
  aliases: [
    {
      id: `alias-${id}`,
      mountType: 'userpass',
      mountAccessor: 'auth_userpass_1',
      name: `user-${name}`,
      metadata: {},
      customMetadata: {},
      namespaceId: 'root',
    },
  ],
  disabled: false,
  namespaceId: 'root',
});

const searchers: Group = { id: 'g1', name: 'searchers', metadata: { cost: 'c-17' }, namespaceId: 'root' };

const ada = entity('entity-1', 'ada', {
  team: 't-search',
  model: 'gpt-4o',
  empty: '',
  root: 'root',
  tail: 'ada\n',
  long: 'x'.repeat(300),
  climb: '../',
  nested: '{{identity.entity.id}}',
  star: '*',
  regex: 'x|',
  every: 'all-proxy-models',
  several: 'gpt-4o,claude',
});
const bob = entity('entity-2', 'bob');

async function start(role: Readonly<Record<string, unknown>>): Promise<TestEngine> {
  const engine = await startEngine({
    system: { entities: [ada, bob], groups: { [ada.id]: [searchers] } },
    litellm: { adminUserIds: ['root'] },
  });
  await engine.configure({ verify_connection: false });
  for (const user of ['user-ada', 'user-bob', 'ada']) engine.litellm.owners.users.set(user, 'internal_user');
  engine.litellm.owners.teams.set('t-search', { models: [], rpmLimit: null });
  expect(await engine.request('create', 'roles/dev', { data: { ttl: 60, ...role } })).toBeUndefined();
  return engine;
}

const read = (engine: TestEngine, entityId: string) => engine.request('read', 'creds/dev', { entityId });
const asked = (engine: TestEngine) =>
  engine.litellm.requests.map(({ path }) => path).filter((path) => path.endsWith('/info'));

test('each gets a key of their own from one role', async () => {
  await using engine = await start({
    key_alias_prefix: '{{identity.entity.name}}-{{role}}',
    models: '{{identity.entity.aliases.auth_userpass_1.name}}-model,gpt-4o',
    metadata: { mail: '{{identity.entity.name}}@example.com', plain: 'text', 'in {{role}}': '{{ role }}' },
    user_id: '{{identity.entity.aliases.auth_userpass_1.name}}',
  });
  for (const name of ['ada', 'bob']) {
    const response = await read(engine, name === 'ada' ? 'entity-1' : 'entity-2');
    expect(response?.warnings ?? []).toEqual([]);
    expect(response?.data).toMatchObject({
      key_alias: expect.stringMatching(new RegExp(`^${name}-dev-dev-[0-9a-f]{16}$`)),
      models: [`user-${name}-model`, 'gpt-4o'],
      user_id: `user-${name}`,
    });
    expect(engine.litellm.keys.find(String(response?.data?.['token_id']))).toMatchObject({
      metadata: { mail: `${name}@example.com`, plain: 'text', 'in {{role}}': 'dev' },
    });
  }
  // What is stored is what was written.
  expect((await engine.request('read', 'roles/dev'))?.data).toMatchObject({
    user_id: '{{identity.entity.aliases.auth_userpass_1.name}}',
  });
});

test('the host is asked once for a request, and never for a role without templates', async () => {
  await using engine = await start({
    key_alias_prefix: '{{identity.entity.name}}',
    metadata: { cost: '{{identity.groups.ids.g1.metadata.cost}}', by: '{{identity.groups.names.searchers.id}}' },
    user_id: '{{identity.entity.name}}',
  });
  expect((await read(engine, 'entity-1'))?.data).toMatchObject({ user_id: 'ada' });
  expect(engine.system.calls).toMatchObject({ entityInfo: 1, groupsForEntity: 1 });
  await engine.request('create', 'roles/plain', { data: { user_id: 'ada', metadata: { json: '{"a":{"b":1}}' } } });
  const before = asked(engine).length;
  await engine.request('read', 'creds/plain', { entityId: 'entity-1' });
  expect(engine.system.calls).toMatchObject({ entityInfo: 1, groupsForEntity: 1 });
  expect(asked(engine)).toHaveLength(before);
});

test('a template of the role alone asks nobody', async () => {
  await using engine = await start({ key_alias_prefix: 'x-{{role}}' });
  expect((await read(engine, ''))?.data?.['key_alias']).toStartWith('x-dev-dev-');
  expect(engine.system.calls).toMatchObject({ entityInfo: 0, groupsForEntity: 0 });
});

test('LiteLLM is asked about an owner that a template names, and about no other', async () => {
  await using engine = await start({ user_id: '{{identity.entity.name}}', team_id: 't-search' });
  const before = asked(engine).length;
  await read(engine, 'entity-1');
  expect(asked(engine).slice(before)).toEqual(['/user/info']);
});

describe('what cannot be is a 400, and no key is made', () => {
  const of = (path: string) => `{{identity.entity.${path}}}`;
  const cases: readonly {
    readonly name: string;
    readonly role: Readonly<Record<string, unknown>>;
    readonly entityId?: string;
    readonly says: RegExp;
    readonly hides?: string;
  }[] = [
    {
      name: 'no entity',
      role: { user_id: of('name') },
      entityId: '',
      says: /in user_id of this role, \{\{identity\.entity\.name\}\} cannot be resolved: no entity/,
    },
    {
      name: 'an entity that is gone',
      role: { models: of('name') },
      entityId: 'gone',
      says: /in models of this role, .*no entity/,
    },
    {
      name: 'metadata that is not there',
      role: { metadata: { a: of('metadata.none') } },
      says: /in metadata of this role, \{\{identity\.entity\.metadata\.none\}\} cannot be resolved: there is no such value/,
    },
    { name: 'an alias elsewhere', role: { user_id: of('aliases.auth_ldap_2.name') }, says: /auth_ldap_2.*no alias/ },
    {
      name: 'a group of others',
      role: { metadata: { a: '{{identity.groups.names.admins.id}}' } },
      says: /names\.admins\.id\}\} cannot be resolved: .*not in that group/,
    },
    {
      name: 'no group',
      role: { metadata: { a: '{{identity.groups.names.admins.id}}' } },
      entityId: 'entity-2',
      says: /in no group/,
    },
    {
      name: 'an empty owner',
      role: { user_id: of('metadata.empty') },
      says: /user_id of this role must not be an empty/,
    },
    {
      name: 'an empty team',
      role: { team_id: of('metadata.empty') },
      says: /team_id of this role must not be an empty/,
    },
    { name: 'an empty model', role: { models: ['a', of('metadata.empty')] }, says: /models has an empty name/ },
    {
      name: 'an empty prefix',
      role: { key_alias_prefix: of('metadata.empty') },
      says: /key_alias_prefix of this role must not be an empty/,
    },
    {
      name: 'a long prefix',
      role: { key_alias_prefix: of('metadata.long') },
      says: /resolved.*key_alias_prefix must have 1 to 128/,
      hides: 'xxx',
    },
    { name: 'a prefix that climbs', role: { key_alias_prefix: of('metadata.climb') }, says: /"\.\.\/" in it/ },
    {
      name: 'a line break in an owner',
      role: { user_id: of('metadata.tail') },
      says: /user_id of this role must not begin or end with a space or a line break/,
    },
    {
      name: 'a user who is not there',
      role: { user_id: of('id') },
      says: /no key was made, since LiteLLM has no user of/,
    },
    {
      name: 'an administrator',
      role: { user_id: of('metadata.root') },
      says: /no key was made, since the user of this user_id is an administrator/,
    },
    {
      name: 'a team that is not there',
      role: { team_id: of('name') },
      says: /no key was made, since LiteLLM has no team/,
    },
    { name: 'what is no user, though a template', role: { user_id: of('metadata.nested') }, says: /has no user of/ },
  ];
  for (const { name, role, entityId = 'entity-1', says, hides } of cases) {
    test(name, async () => {
      await using engine = await start(role);
      const error = String((await read(engine, entityId))?.data?.['error']);
      expect(error).toMatch(says);
      if (hides !== undefined) expect(error).not.toContain(hides);
      expect(engine.litellm.keys.all()).toEqual([]);
    });
  }
});

test('LiteLLM that is away when an owner is to be asked about is no 400', async () => {
  await using engine = await start({ user_id: '{{identity.entity.name}}' });
  engine.litellm.faults.next({ path: '/user/info', kind: 'status', status: 500, body: { error: 'made up' } });
  await expect(read(engine, 'entity-1')).rejects.toMatchObject({ code: 502 });
  expect(engine.litellm.keys.all()).toEqual([]);
});

describe('the write of a role refuses', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ['a template that does not close', { user_id: '{{identity.entity.id' }, /^in user_id, a template is not closed/],
    ['one in a map', { metadata: { a: 'x', b: '{{role' } }, /^in metadata, a template is not closed/],
    ['one in a list', { models: ['a', '{{role}}}}'] }, /^in models, a template is not closed/],
    [
      'an unknown one',
      { team_id: '{{identity.team}}' },
      /^in team_id, \{\{identity\.team\}\} is not a template.*\{\{role\}\}/,
    ],
    [
      'one that gives no text',
      { key_alias_prefix: '{{identity.entity.metadata}}' },
      /^in key_alias_prefix, .*not a template/,
    ],
    ['one that nobody resolves', { agent_id: '{{role}}' }, /^agent_id takes no templates/],
    [
      'one that nobody resolves, in a list',
      { allowed_cache_controls: ['{{role}}'] },
      /^allowed_cache_controls takes no/,
    ],
    ['one that nobody resolves, in a map', { aliases: { a: '{{role}}' } }, /^aliases takes no templates/],
    ['a pasted key', { user_id: '{{sk-test-not-a-real-key}}' }, /^in user_id, a template of 22 characters/],
  ];
  for (const [name, data, says] of cases) {
    test(name, async () => {
      await using engine = await startEngine();
      const error = (await engine.request('create', 'roles/dev', { data }))?.data?.['error'];
      expect(error).toMatch(says);
      expect(error).not.toContain('sk-test');
      expect(engine.storage.keys).toEqual([]);
    });
  }
});

describe('a value of an entity makes no more models than the role says', () => {
  const metadata = (name: string) => `{{identity.entity.metadata.${name}}}`;
  for (const models of [metadata('star'), metadata('every'), `openai/${metadata('star')}`, `${metadata('regex')}/*`]) {
    test(models, async () => {
      await using engine = await start({ models: [models, 'gpt-4o'] });
      const refused = (await read(engine, 'entity-1'))?.data?.['error'];
      expect(refused).toContain('models of this role would name more models than it says');
      expect(engine.litellm.keys.all()).toEqual([]);
    });
  }

  test('and a comma in it is no second name', async () => {
    await using engine = await start({ models: [metadata('several')] });
    expect((await read(engine, 'entity-1'))?.data?.['models']).toEqual(['gpt-4o,claude']);
  });

  test("and a wildcard of the role's own stays", async () => {
    await using engine = await start({ models: [`${metadata('model')}-*`] });
    expect((await read(engine, 'entity-1'))?.data?.['models']).toEqual(['gpt-4o-*']);
  });
});

describe('a user who is an administrator, without a template', () => {
  for (const key_type of ['default', 'management', 'read_only']) {
    test(`gets no key of type ${key_type}, though nobody asked at the write`, async () => {
      await using engine = await start({ user_id: 'root', key_type, verify: false });
      const refused = (await read(engine, ''))?.data?.['error'];
      expect(refused).toMatch(/^no key was made, since the user of this user_id is an administrator of LiteLLM/);
      expect(engine.litellm.keys.all()).toEqual([]);
      engine.litellm.owners.users.set('ada', 'internal_user');
      await engine.request('update', 'roles/dev', { data: { user_id: 'ada' } });
      expect((await read(engine, ''))?.data).toMatchObject({ user_id: 'ada' });
    });
  }

  test('is not asked about for a key that reaches models alone', async () => {
    await using engine = await start({ user_id: 'ada' });
    const before = asked(engine).length;
    expect((await read(engine, ''))?.data).toMatchObject({ user_id: 'ada' });
    expect(asked(engine)).toHaveLength(before);
  });
});
