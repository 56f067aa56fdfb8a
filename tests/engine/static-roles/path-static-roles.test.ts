import { describe, expect, test } from 'bun:test';
import {
  aliases,
  create,
  credsOf,
  engineWithStaticRole,
  hour,
  hourly,
  roleOf,
  rotate,
  staticEngine,
  storedKeyOf,
  update,
} from './static-engine.ts';

type Fields = Readonly<Record<string, unknown>>;

describe('a write of a static role', () => {
  const mistakes: readonly (readonly [string, Fields, RegExp])[] = [
    [
      'a schedule with six fields',
      { rotation_schedule: '0 0 3 * * *' },
      /could not parse rotation_schedule: expected exactly 5 fields, found 6/,
    ],
    [
      '@daily',
      { rotation_schedule: '@daily' },
      /could not parse rotation_schedule: parser does not accept descriptors/,
    ],
    [
      'a window without a schedule',
      { rotation_window: hour },
      /one of rotation_schedule or rotation_period must be provided/,
    ],
    [
      'a window with a period',
      { rotation_period: hour, rotation_window: hour },
      /rotation_window is invalid with use of rotation_period/,
    ],
    [
      'a window that is too short',
      { rotation_schedule: '0 3 * * *', rotation_window: 60 },
      /rotation_window must be 3600 seconds or more/,
    ],
    [
      'both period and schedule',
      { rotation_period: hour, rotation_schedule: '0 3 * * *' },
      /mutually exclusive fields rotation_period and rotation_schedule were both specified/,
    ],
    ['a period below the least', { rotation_period: 59 }, /rotation_period must be 60 seconds or more/],
    ['neither period nor schedule', {}, /one of rotation_schedule or rotation_period must be provided/],
    ['an overlap that is none', { ...hourly, rotation_overlap: -1 }, /must not be negative/],
    [
      'a template that asks for the caller',
      { ...hourly, metadata: { by: '{{identity.entity.name}}' } },
      /in metadata, a template has no value.*only \{\{role\}\}/,
    ],
    ['a template that cannot be', { ...hourly, key_alias_prefix: '{{rol}}' }, /in key_alias_prefix/],
    ['an alias that LiteLLM would refuse', { ...hourly, key_alias: 'a/../b' }, /key_alias has a "\.\.\/" in it/],
    ['an alias with a template', { ...hourly, key_alias: '{{role}}' }, /key_alias takes no templates/],
    [
      'an alias that is too long',
      { ...hourly, key_alias: 'a'.repeat(240) },
      /key_alias must have at most 237 characters/,
    ],
    ['what belongs to a delete', { ...hourly, retain: true }, /retain is for a delete/],
    ['a field of a role that leases', { ...hourly, ttl: 60 }, /there is no field "ttl"/],
    ['a team that is not there', { ...hourly, team_id: 'nobody' }, /no team of this team_id/],
    ['what needs a licence', { ...hourly, guardrails: 'pii' }, /needs a licence/],
  ];
  for (const [what, fields, reason] of mistakes) {
    test(`is refused for ${what}, and nothing is made`, async () => {
      await using engine = await staticEngine();
      expect((await create(engine, fields))?.data?.['error']).toMatch(reason);
      expect(engine.storage.keys).toEqual(['config']);
      expect(aliases(engine)).toEqual([]);
    });
    if (Object.hasOwn(fields, 'retain') || Object.keys(fields).length < 1 || 'rotation_window' in fields) continue;
    test(`is refused for ${what} of a role that is there, which stays as it was`, async () => {
      await using engine = await engineWithStaticRole();
      const stored = engine.storage.peek('static-roles/app');
      expect((await update(engine, fields))?.data?.['error']).toBeString();
      expect(engine.storage.peek('static-roles/app')).toEqual(stored);
    });
  }

  for (const fields of [{ key_alias: 'other' }, { adopt: 'other' }, { key_alias_prefix: 'other' }]) {
    test(`never names another key: ${JSON.stringify(fields)}`, async () => {
      await using engine = await engineWithStaticRole();
      for (const operation of ['update', 'patch']) {
        const answer = await engine.request(operation, 'static-roles/app', { data: fields });
        expect(answer?.data?.['error']).toMatch(/names another key than the role has/);
      }
    });
  }

  test('of the same as was written changes nothing, and warns of nothing', async () => {
    await using engine = await staticEngine();
    const fields = {
      ...hourly,
      key_alias: 'mine',
      max_budget: 5,
      metadata: { team: 'search' },
      rotation_overlap: '5m',
    };
    await create(engine, fields);
    const before = engine.storage.peek('static-roles/app');
    expect(await update(engine, fields)).toBeUndefined();
    expect(engine.storage.peek('static-roles/app')).toEqual(before);
    // What a read tells, but for what is no field.
    const {
      token_id: _t,
      last_vault_rotation: _l,
      next_vault_rotation: _n,
      former_keys: _f,
      ...told
    } = await roleOf(engine);
    expect(await update(engine, told)).toBeUndefined();
    expect(engine.storage.peek('static-roles/app')).toEqual(before);
  });

  test('resolves {{role}}, in the alias too', async () => {
    await using engine = await staticEngine();
    await create(engine, {
      ...hourly,
      key_alias_prefix: 'team-{{ role }}',
      models: 'gpt-4o',
      metadata: { of: '{{role}}' },
    });
    expect(await storedKeyOf(engine)).toMatchObject({ keyAlias: 'team-app-app', metadata: { of: 'app' } });
    expect(await roleOf(engine)).toMatchObject({ key_alias_prefix: 'team-{{ role }}' });
  });

  test('keeps what stands in the entry besides, of a newer version', async () => {
    await using engine = await engineWithStaticRole();
    const stored = engine.storage.peek('static-roles/app') as object;
    await engine.storage.put({
      key: 'static-roles/app',
      value: new TextEncoder().encode(JSON.stringify({ ...stored, newer: 1 })),
    });
    await update(engine, { max_budget: 3 });
    await rotate(engine);
    expect(engine.storage.peek('static-roles/app')).toMatchObject({ newer: 1, maxBudget: 3 });
  });

  test('is seal-wrapped, and the key is told by static-creds alone', async () => {
    await using engine = await engineWithStaticRole();
    expect(engine.storage.peekEntry('static-roles/app')?.sealWrap).toBe(true);
    expect(engine.backend.specialPaths().sealWrapStorage).toContain('static-roles/*');
    const { key } = await credsOf(engine);
    expect(JSON.stringify([await roleOf(engine), engine.log])).not.toContain(String(key));
  });

  test('asks LiteLLM nothing where a value is read', async () => {
    await using engine = await engineWithStaticRole();
    const asked = engine.litellm.requests.length;
    engine.storage.resetCalls();
    await credsOf(engine);
    expect(engine.litellm.requests).toHaveLength(asked);
    expect(engine.storage.totalCalls).toBe(1);
  });
});

describe('a patch of a static role', () => {
  const patch = (fields: Fields) => ['patch', 'static-roles/app', { data: fields }] as const;

  test('changes what it names, merges maps, and gives what is null its default', async () => {
    await using engine = await engineWithStaticRole({
      ...hourly,
      max_budget: 5,
      rpm_limit: 9,
      metadata: { a: '1', b: '2' },
      rotation_overlap: 60,
    });
    const answer = await engine.request(
      ...patch({ max_budget: null, rpm_limit: null, metadata: { a: null, c: '3' }, rotation_overlap: null }),
    );
    expect(answer?.warnings?.[0]).toContain('write rotate-role/app');
    expect(await roleOf(engine)).toMatchObject({
      models: ['gpt-4o'],
      max_budget: 0,
      metadata: { b: '2', c: '3' },
      rotation_overlap: 0,
    });
    expect(await roleOf(engine)).not.toHaveProperty('rpm_limit');
  });

  test('puts a schedule in the place of the period, and the other way round', async () => {
    await using engine = await engineWithStaticRole();
    expect(await engine.request(...patch({ rotation_schedule: '0 3 * * *', rotation_window: '2h' }))).toBeUndefined();
    expect(await credsOf(engine)).toMatchObject({
      rotation_schedule: '0 3 * * *',
      rotation_window: 2 * hour,
      ttl: 3 * hour,
    });
    expect(await credsOf(engine)).not.toHaveProperty('rotation_period');
    expect(await engine.request(...patch({ rotation_period: '2h' }))).toBeUndefined();
    const { rotation_window, rotation_schedule, ...creds } = await credsOf(engine);
    expect([rotation_window, rotation_schedule, creds['rotation_period']]).toEqual([undefined, undefined, 2 * hour]);
  });

  test('of what is not there is a 404', async () => {
    await using engine = await staticEngine();
    await expect(engine.request(...patch({ max_budget: 5 }))).rejects.toMatchObject({ code: 404 });
  });

  test('keeps the key, and what was written before', async () => {
    await using engine = await engineWithStaticRole({ ...hourly, rotation_overlap: 60 });
    const before = await credsOf(engine);
    await engine.request(...patch({ max_budget: 7 }));
    expect(await credsOf(engine)).toEqual(before);
    expect(await roleOf(engine)).toMatchObject({ rotation_overlap: 60, rotation_period: hour, max_budget: 7 });
  });
});

describe('paths beside static-roles/<name>', () => {
  test('list the roles by name', async () => {
    await using engine = await engineWithStaticRole();
    await create(engine, hourly, 'b.c');
    expect((await engine.request('list', 'static-roles/'))?.data).toEqual({ keys: ['app', 'b.c'] });
    expect((await engine.request('list', 'static-roles/', { data: { limit: 1 } }))?.warnings?.[0]).toContain(
      'the whole list',
    );
  });

  test('tell of a role that is not there', async () => {
    await using engine = await staticEngine();
    expect(await engine.request('read', 'static-roles/x')).toBeUndefined();
    expect((await rotate(engine, 'x'))?.data?.['error']).toMatch(/there is no static role "x" to rotate/);
    expect((await credsOf(engine, 'x'))['error']).toMatch(/there is no static role "x"/);
    expect((await engine.request('list', 'static-roles/'))?.data).toEqual({});
  });

  test('leave a role of the same name alone', async () => {
    await using engine = await engineWithStaticRole();
    await engine.request('create', 'roles/app', { data: { models: 'gpt-4o' } });
    await engine.request('delete', 'static-roles/app');
    expect((await engine.request('read', 'roles/app'))?.data).toMatchObject({ models: ['gpt-4o'] });
  });
});
