import { describe, expect, test } from 'bun:test';
import { startEngine, type TestEngine } from '../../harness/engine.ts';

const role = {
  models: ['gpt-4o', 'gpt-4o-mini'],
  max_budget: 5,
  key_alias_prefix: 'ci',
  metadata: { team: 'search', cost: 'c-17' },
  ttl: 3600,
  max_ttl: 7200,
  key_type: 'default',
  rpm_limit: 60,
  model_rpm_limit: { 'gpt-4o': 10 },
};

async function start(fields: Readonly<Record<string, unknown>> = role): Promise<TestEngine> {
  const engine = await startEngine();
  await engine.configure({ verify_connection: false });
  expect(await engine.request('create', 'roles/dev', { data: fields })).toBeUndefined();
  return engine;
}

const patch = (engine: TestEngine, data: Readonly<Record<string, unknown>>, name = 'dev') =>
  engine.request('patch', `roles/${name}`, { data });
const read = async (engine: TestEngine) => (await engine.request('read', 'roles/dev'))?.data;

describe('a patch of a role', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>])[] = [
    ['changes what it names', { max_budget: '7', ttl: '30m' }, { max_budget: 7, ttl: 1800 }],
    ['changes nothing when it names nothing', {}, {}],
    [
      'gives what is null its default',
      { max_budget: null, key_alias_prefix: null, key_type: null, ttl: null, models: null },
      { max_budget: 0, key_alias_prefix: 'vault', key_type: 'llm_api', ttl: 0, models: [] },
    ],
    ['forgets what is null and has no default', { rpm_limit: null }, { rpm_limit: undefined }],
    [
      'merges maps by name',
      { metadata: { team: null, owner: 'ada' }, model_rpm_limit: { 'gpt-4o-mini': 5 } },
      { metadata: { cost: 'c-17', owner: 'ada' }, model_rpm_limit: { 'gpt-4o': 10, 'gpt-4o-mini': 5 } },
    ],
    [
      'takes a list as a whole',
      { models: ['gpt-4o'], model_rpm_limit: null },
      { models: ['gpt-4o'], model_rpm_limit: undefined },
    ],
  ];
  for (const [name, data, changed] of cases) {
    test(name, async () => {
      await using engine = await start();
      const before = await read(engine);
      expect((await patch(engine, data))?.data).toBeUndefined();
      const { ...expected } = { ...before, ...changed };
      expect(await read(engine)).toEqual(expected);
    });
  }

  test('of the same as was there leaves the entry as it was', async () => {
    await using engine = await start();
    const stored = engine.storage.peek('roles/dev');
    await patch(engine, { ttl: '1h' });
    expect(engine.storage.peek('roles/dev')).toEqual(stored);
  });

  test('keeps what a newer version has written', async () => {
    await using engine = await start();
    const stored = engine.storage.peek('roles/dev') as object;
    await engine.storage.put({
      key: 'roles/dev',
      value: new TextEncoder().encode(JSON.stringify({ ...stored, newerField: 1 })),
    });
    await patch(engine, { ttl: 60 });
    expect(engine.storage.peek('roles/dev')).toMatchObject({ newerField: 1, ttl: 60 });
  });

  test('warns as a write does', async () => {
    await using engine = await start();
    expect(await patch(engine, { models: '', model_rpm_limit: null })).toEqual({
      warnings: [expect.stringContaining('every model')],
    });
  });

  test('is of use to the next key at once', async () => {
    await using engine = await start();
    await engine.issue('dev');
    await patch(engine, { models: ['gpt-4o'] });
    expect((await engine.issue('dev')).response.data).toMatchObject({ models: ['gpt-4o'] });
  });

  test('asks LiteLLM about an owner that it names, and about no other', async () => {
    await using engine = await start();
    expect((await patch(engine, { user_id: 'gone' }))?.data?.['error']).toContain('no user of this user_id');
    expect(await read(engine)).not.toHaveProperty('user_id');
    const asked = engine.litellm.requests.length;
    await patch(engine, { user_id: null });
    expect(engine.litellm.requests).toHaveLength(asked);
  });
});

describe('a patch is refused, and nothing is stored', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ['of a value that is none', { max_budget: 'x' }, /"max_budget"/],
    ['of a field that there is not', { max_bugdet: null }, /did you mean max_budget/],
    ['that makes a role that cannot be', { max_ttl: 60 }, /ttl \(3600 s\) is longer than max_ttl \(60 s\)/],
    ['that leaves a limit without its model', { models: ['gpt-4o-mini'] }, /model_rpm_limit/],
    ['of metadata that is no text', { metadata: { a: 1 } }, /metadata/],
    ['of a list with a null in it', { models: [null] }, /models/],
    ['of a template that does not close', { metadata: { a: '{{role' } }, /in metadata, a template is not closed/],
  ];
  for (const [name, data, says] of cases) {
    test(name, async () => {
      await using engine = await start();
      const stored = engine.storage.peek('roles/dev');
      expect((await patch(engine, data))?.data?.['error']).toMatch(says);
      expect(engine.storage.peek('roles/dev')).toEqual(stored);
    });
  }

  test('of a role that is not there: 404', async () => {
    await using engine = await start();
    await expect(patch(engine, { ttl: 60 }, 'other')).rejects.toMatchObject({
      code: 404,
      message: expect.stringContaining('no role "other"'),
    });
    expect(engine.storage.keys).not.toContain('roles/other');
  });

  test('of a role that cannot be read: 500 that says what to do', async () => {
    await using engine = await start();
    await engine.storage.put({ key: 'roles/dev', value: new TextEncoder().encode('{"models":1}') });
    await expect(patch(engine, { ttl: 60 })).rejects.toMatchObject({
      code: 500,
      message: expect.stringContaining('write it again in full'),
    });
  });
});
