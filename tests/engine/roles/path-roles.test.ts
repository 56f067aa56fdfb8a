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

  test('keeps a zero that was typed, and empties what is empty in JSON', async () => {
    await using engine = await startEngine();
    const limited = { models: 'gpt-4o', max_budget: 3, ttl: 60, max_ttl: 90, metadata: 'a=b' };
    await engine.request('create', 'roles/a', { data: limited });
    const none = { models: [], max_budget: '0', ttl: '0s', max_ttl: 0, metadata: {} };
    expect(await engine.request('update', 'roles/a', { data: none })).toBeUndefined();
    expect((await engine.request('read', 'roles/a'))?.data).toEqual(defaults);
  });

  test('warns of models that are an empty text', async () => {
    await using engine = await startEngine();
    expect(await engine.request('create', 'roles/a', { data: { models: '' } })).toEqual({
      warnings: ['models is empty: the keys of this role may call every model'],
    });
    expect(await engine.request('update', 'roles/a', { data: { max_budget: 1 } })).toBeUndefined();
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
    { title: 'a budget of nothing', data: { max_budget: '' }, error: /"max_budget".*not an empty text/ },
    { title: 'a budget of false', data: { max_budget: false }, error: /"max_budget".*must be a number/ },
    { title: 'a budget of null', data: { max_budget: null }, error: /"max_budget".*not null/ },
    { title: 'a budget that becomes 0', data: { max_budget: '1e-400' }, error: /"max_budget".*too small/ },
    { title: 'a budget in hexadecimal', data: { max_budget: '0x1p4' }, error: /"max_budget".*a text of 5 characters/ },
    { title: 'a ttl of half a second', data: { ttl: '500ms' }, error: /"ttl".*whole seconds.*write 1s/ },
    { title: 'a ttl of a nanosecond', data: { ttl: '1ns' }, error: /"ttl".*whole seconds/ },
    { title: 'a ttl of half', data: { ttl: 0.5 }, error: /"ttl".*whole seconds/ },
    { title: 'a ttl of nothing', data: { ttl: '' }, error: /"ttl".*not an empty text/ },
    { title: 'a ttl of null', data: { ttl: null }, error: /"ttl".*not null/ },
    { title: 'a max_ttl with a part of a second', data: { max_ttl: '90.5s' }, error: /"max_ttl".*whole seconds/ },
    { title: 'models in an object', data: { models: {} }, error: /"models".*not a map/ },
    { title: 'models in JSON as text', data: { models: '["a","b"]' }, error: /"models".*write a,b/ },
    { title: 'a model that is a number', data: { models: ['a', 1] }, error: /"models".*has 1 in it/ },
    { title: 'a model that is true', data: { models: true }, error: /"models".*not true/ },
    { title: 'models of null', data: { models: null }, error: /"models".*not null/ },
    { title: 'metadata in lists', data: { metadata: [['a=b']] }, error: /"metadata".*a list in it/ },
    { title: 'metadata in a JSON list', data: { metadata: '["a=b"]' }, error: /"metadata"/ },
    { title: 'metadata of another kind', data: { metadata: { a: true } }, error: /"metadata".*put it in quotes/ },
    { title: 'a prefix that is true', data: { key_alias_prefix: true }, error: /"key_alias_prefix".*must be a text/ },
    {
      title: 'a misspelt limit',
      data: { max_bugdet: 5 },
      error: /no field "max_bugdet" \(did you mean max_budget\?\)/,
    },
    {
      title: 'a prefix that makes too long an alias',
      data: { key_alias_prefix: 'p'.repeat(129) },
      error: /key_alias_prefix must have 1 to 128 characters/,
    },
    { title: 'metadata without a name', data: { metadata: { '': 'x' } }, error: /metadata has an empty name/ },
    {
      title: 'metadata that fails every call',
      data: { metadata: { team: 'a', enforced_params: 'user' } },
      error: /metadata must not name "enforced_params": LiteLLM reads it as a rule for the calls of a key/,
    },
    {
      title: 'metadata that is a limit',
      data: { metadata: 'model_rpm_limit=5' },
      error: /metadata must not name "model_rpm_limit": LiteLLM reads it as a limit/,
    },
    {
      title: 'metadata of the Enterprise edition',
      data: { metadata: { tags: 'a' } },
      error: /metadata must not name "tags": LiteLLM reads it as a setting of its Enterprise/,
    },
    {
      title: 'the identity of a service account',
      data: { metadata: { service_account_id: 'a' } },
      error: /metadata must not name "service_account_id": LiteLLM reads it as the identity/,
    },
    { title: 'an empty prefix', data: { key_alias_prefix: '' }, error: /key_alias_prefix must have 1 to 128/ },
    {
      title: 'a prefix with a tab',
      data: { key_alias_prefix: 'a\tb' },
      error: /key_alias_prefix has a control character/,
    },
    { title: 'a prefix with a way up', data: { key_alias_prefix: 'a/../b' }, error: /key_alias_prefix has a control/ },
    {
      title: 'a key_type of another kind',
      data: { key_type: 'admin' },
      error: /"key_type".*must be one of llm_api, default, management, read_only, not a text of 5 characters/,
    },
  ];
  for (const { title, data, error } of mistakes) {
    test(`with ${title} is told and not stored`, async () => {
      await using engine = await startEngine();
      expect((await engine.request('create', 'roles/a', { data }))?.data?.['error']).toMatch(error);
      expect(engine.storage.keys).toEqual([]);
    });
  }

  test('may have labels that only look like settings', async () => {
    await using engine = await startEngine();
    const metadata = { Cache: 'a', TAGS: 'b', tag: 'c', vault: 'd' };
    expect(await engine.request('create', 'roles/a', { data: { metadata } })).toBeUndefined();
  });

  test('counts code points, and leaves room in an alias for its name', async () => {
    await using engine = await startEngine();
    const write = (name: string, prefix: string) =>
      engine.request('create', `roles/${name}`, { data: { key_alias_prefix: prefix } });
    expect(await write('a', '🐢'.repeat(128))).toBeUndefined();
    expect((await write('a', '🐢'.repeat(129)))?.data?.['error']).toMatch(/1 to 128 characters/);
    const longest = 'n'.repeat(128);
    expect(await write(longest, 'p'.repeat(109))).toBeUndefined();
    expect((await write(longest, 'p'.repeat(110)))?.data?.['error']).toMatch(/at most 109 characters/);
    await engine.configure();
    const alias = (await engine.issue(longest)).response.data?.['key_alias'];
    expect(alias).toHaveLength(255);
  });

  const unwritable = [
    { name: 'n'.repeat(129), title: 'of 129 characters', error: '"name": must have at most 128 characters' },
    { name: 'a..b', title: 'with two dots in a row', error: '"name": must not have two dots in a row' },
  ];
  for (const { name, title, error } of unwritable) {
    test(`is not written by a name ${title}`, async () => {
      await using engine = await startEngine();
      for (const operation of ['create', 'update']) {
        expect((await engine.request(operation, `roles/${name}`))?.data?.['error']).toBe(error);
      }
      expect(engine.storage.keys).toEqual([]);
      expect(engine.storage.calls.get).toBe(0);
    });

    test(`is read, used and deleted by a name ${title}, which an older version wrote`, async () => {
      await using engine = await startEngine();
      await engine.configure();
      await engine.request('create', 'roles/a');
      const entry = engine.storage.peekEntry('roles/a');
      if (entry === undefined) throw new Error('no role was written');
      await engine.storage.put({ ...entry, key: `roles/${name}` });
      expect((await engine.request('read', `roles/${name}`))?.data).toMatchObject({ models: [] });
      expect((await engine.issue(name)).response.data?.['key_alias']).toStartWith(`vault-${name}-`);
      await engine.request('delete', `roles/${name}`);
      expect(engine.storage.keys).toEqual(['config', 'roles/a']);
    });
  }

  test('has no endless name, on any of its paths', async () => {
    await using engine = await startEngine();
    const name = 'n'.repeat(40_000);
    const requests = ['create', 'update', 'read', 'delete'].map((operation) => [operation, `roles/${name}`] as const);
    for (const [operation, path] of [...requests, ['read', `creds/${name}`] as const]) {
      const error = (await engine.request(operation, path))?.data?.['error'];
      expect(error).toMatch(/"name": must have at most 128 characters/);
      expect(String(error).length).toBeLessThan(200);
    }
    expect(engine.storage.totalCalls).toBe(0);
  });

  test('may have single dots in its name', async () => {
    await using engine = await startEngine();
    expect(await engine.request('create', 'roles/a.b.c')).toBeUndefined();
    expect(engine.storage.keys).toEqual(['roles/a.b.c']);
  });

  const secret = 'sk-test-not-a-real-key-0123456789';
  const pasted: readonly Readonly<Record<string, unknown>>[] = [
    ...['models', 'max_budget', 'ttl', 'max_ttl', 'metadata', 'key_type'].map((field) => ({ [field]: `-${secret}` })),
    ...['max_budget', 'ttl', 'metadata', 'key_type'].map((field) => ({ [field]: secret })),
    { models: `["${secret}"]` },
    { models: [secret, ''] },
    { key_alias_prefix: `${secret}\n` },
    { key_alias_prefix: `${secret}\0` },
    { key_alias_prefix: [secret] },
    { metadata: { [`vault_${secret}`]: 'a' } },
    { metadata: { a: { b: secret } } },
    { metadata: [secret] },
    { metadata: [`a=b`, `${secret}==`, `${secret}==`] },
    { [secret]: 'a' },
    { [`max_${secret}`]: 'a' },
  ];
  for (const data of pasted) {
    test(`never shows a key that was pasted: ${JSON.stringify(data).replaceAll(secret, '…')}`, async () => {
      await using engine = await startEngine();
      const response = await engine.request('create', 'roles/a', { data });
      const error = response?.data?.['error'];
      // A list of models may have any text in it.
      if (Object.keys(data)[0] !== 'models') expect(error).toBeString();
      expect(JSON.stringify(response ?? {})).not.toContain('sk-test');
    });
  }

  for (const path of ['roles/a/b', 'roles/.hidden', 'roles/-a', 'creds/a/b', 'creds/.hidden', 'other', '']) {
    test(`is not at "${path}"`, async () => {
      await using engine = await startEngine();
      await expect(engine.request('read', path)).rejects.toThrow('unsupported path');
    });
  }
});
