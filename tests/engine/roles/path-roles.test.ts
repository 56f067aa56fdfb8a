import { describe, expect, test } from 'bun:test';
import { startEngine } from '../../harness/engine.ts';

const defaults = {
  models: [],
  max_budget: 0,
  key_alias_prefix: 'vault',
  metadata: {},
  ttl: 0,
  max_ttl: 0,
  key_type: 'llm_api',
};

describe('a role', () => {
  test('that is absent reads as nothing, and deleting it is no error', async () => {
    await using engine = await startEngine();
    expect(await engine.request('read', 'roles/a')).toBeUndefined();
    expect(await engine.request('delete', 'roles/a')).toBeUndefined();
    expect((await engine.request('list', 'roles/'))?.data).toEqual({});
  });

  test('with nothing said has the defaults', async () => {
    await using engine = await startEngine();
    await engine.request('create', 'roles/a');
    expect((await engine.request('read', 'roles/a'))?.data).toEqual(defaults);
  });

  test('written as text reads back as numbers, lists and seconds, and again unchanged', async () => {
    await using engine = await startEngine();
    const asText = {
      models: 'gpt-4o, gpt-4o-mini',
      max_budget: '12.5',
      ttl: '1h',
      max_ttl: '90',
      metadata: 'team=search',
    };
    const tooShort = await engine.request('create', 'roles/a', { data: asText });
    expect(tooShort?.data?.['error']).toMatch(/ttl \(3600 s\) is longer than max_ttl \(90 s\)/);
    await engine.request('create', 'roles/a', { data: { ...asText, max_ttl: '1d' } });
    const read = (await engine.request('read', 'roles/a'))?.data;
    const expected = {
      ...defaults,
      models: ['gpt-4o', 'gpt-4o-mini'],
      max_budget: 12.5,
      ttl: 3600,
      max_ttl: 86400,
      metadata: { team: 'search' },
    };
    expect(read).toEqual(expected);
    await engine.request('update', 'roles/a', { data: read ?? {} });
    expect((await engine.request('read', 'roles/a'))?.data).toEqual(expected);
  });

  test('keeps what a write does not name', async () => {
    await using engine = await startEngine();
    await engine.request('create', 'roles/a', { data: { models: 'gpt-4o', max_budget: 3, metadata: { team: 'a' } } });
    await engine.request('update', 'roles/a', { data: { max_budget: 0, metadata: {} } });
    expect((await engine.request('read', 'roles/a'))?.data).toEqual({ ...defaults, models: ['gpt-4o'] });
  });

  test('tells a create from an update', async () => {
    await using engine = await startEngine();
    const check = () =>
      engine.backend.handleExistenceCheck({
        id: '',
        operation: 'update',
        path: 'roles/a',
        data: {},
        storage: engine.storage,
        mountPoint: 'litellm/',
        mountType: '',
        mountAccessor: '',
        displayName: '',
        entityId: '',
        signal: new AbortController().signal,
      });
    expect(await check()).toEqual({ checkFound: true, exists: false });
    await engine.request('create', 'roles/a');
    expect(await check()).toEqual({ checkFound: true, exists: true });
  });

  test('is listed', async () => {
    await using engine = await startEngine();
    for (const name of ['b', 'a', 'team-x.1']) await engine.request('create', `roles/${name}`);
    expect((await engine.request('list', 'roles/'))?.data).toEqual({ keys: ['a', 'b', 'team-x.1'] });
  });

  test('keeps metadata of whatever name', async () => {
    await using engine = await startEngine();
    const metadata = JSON.parse('{"constructor":"a","prototype":"b","__proto__":"c"}') as object;
    await engine.request('create', 'roles/a', { data: { metadata } });
    expect(JSON.stringify((await engine.request('read', 'roles/a'))?.data?.['metadata'])).toBe(
      JSON.stringify(metadata),
    );
  });

  test('may have ten thousand models, emoji and a megabyte of metadata', async () => {
    await using engine = await startEngine();
    await engine.configure();
    const models = Array.from({ length: 10_000 }, (_, index) => `model-${index}`);
    const metadata = { note: '🦊'.repeat(250_000) };
    expect(await engine.request('create', 'roles/big', { data: { models, metadata } })).toBeUndefined();
    const issued = await engine.issue('big');
    expect(issued.response.data?.['models']).toEqual(models);
    expect(engine.litellm.keys.find(issued.tokenId)?.metadata).toMatchObject(metadata);
  });

  const mistakes: readonly {
    readonly title: string;
    readonly data: Readonly<Record<string, unknown>>;
    readonly error: RegExp;
  }[] = [
    { title: 'a negative budget', data: { max_budget: -0.01 }, error: /"max_budget".*must not be negative/ },
    { title: 'a budget of NaN', data: { max_budget: 'NaN' }, error: /"max_budget"/ },
    { title: 'a budget without end', data: { max_budget: 'Inf' }, error: /"max_budget"/ },
    { title: 'a negative ttl', data: { ttl: '-1s' }, error: /"ttl".*negative/ },
    { title: 'an unreadable ttl', data: { ttl: 'soon' }, error: /"ttl"/ },
    { title: 'metadata that nests', data: { metadata: { a: { b: 'c' } } }, error: /"metadata"/ },
    {
      title: 'a reserved name',
      data: { metadata: { vault_role: 'admin' } },
      error: /metadata must not name "vault_role"/,
    },
    { title: 'a model without a name', data: { models: ['gpt-4o', ''] }, error: /models has an empty name/ },
    { title: 'a NUL in a model', data: { models: 'a\0b' }, error: /models or metadata has a NUL/ },
    {
      title: 'half a surrogate pair in metadata',
      data: { metadata: { '\ud800': 'x' } },
      error: /half a surrogate pair/,
    },
    { title: 'a NUL in metadata', data: { metadata: { a: 'x\0' } }, error: /models or metadata has a NUL/ },
    { title: 'an empty prefix', data: { key_alias_prefix: '' }, error: /key_alias_prefix must have 1 to 128/ },
    {
      title: 'a prefix with a tab',
      data: { key_alias_prefix: 'a\tb' },
      error: /key_alias_prefix has a control character/,
    },
    { title: 'a prefix with a way up', data: { key_alias_prefix: 'a/../b' }, error: /key_alias_prefix has a control/ },
    {
      title: 'a key_type that reaches everything',
      data: { key_type: 'management' },
      error: /key_type must be one of llm_api, default/,
    },
  ];
  for (const { title, data, error } of mistakes) {
    test(`with ${title} is told and not stored`, async () => {
      await using engine = await startEngine();
      expect((await engine.request('create', 'roles/a', { data }))?.data?.['error']).toMatch(error);
      expect(engine.storage.keys).toEqual([]);
    });
  }

  for (const path of ['roles/a/b', 'roles/.hidden', 'roles/-a', 'creds/a/b', 'creds/.hidden', 'other', '']) {
    test(`is not at "${path}"`, async () => {
      await using engine = await startEngine();
      await expect(engine.request('read', path)).rejects.toThrow('unsupported path');
    });
  }
});
