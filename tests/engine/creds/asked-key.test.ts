import { describe, expect, test } from 'bun:test';
import { startEngine, type TestEngine } from '../../harness/engine.ts';

const role = {
  models: ['gpt-4o', 'gpt-4o-mini', 'claude-*'],
  max_budget: 10,
  ttl: 3600,
  max_ttl: 7200,
  metadata: { team: 'search' },
  aliases: { fast: 'gpt-4o-mini', good: 'gpt-4o' },
  rpm_limit: 5,
};

async function start(fields: Readonly<Record<string, unknown>> = role): Promise<TestEngine> {
  const engine = await startEngine();
  await engine.configure();
  await engine.request('create', 'roles/a', { data: fields });
  return engine;
}

const operations = ['read', 'update'] as const;

for (const operation of operations) {
  describe(`a ${operation} of creds/`, () => {
    const ask = async (engine: TestEngine, data: Readonly<Record<string, unknown>>) =>
      engine.request(operation, 'creds/a', { data });
    const storedKey = (engine: TestEngine) => engine.litellm.keys.all()[0];

    test('that asks nothing gives what the role gives', async () => {
      await using engine = await start();
      const response = await ask(engine, {});
      expect(response?.secret?.ttl).toBe(3600);
      expect(response?.data).toMatchObject({
        models: role.models,
        max_budget: 10,
        rpm_limit: 5,
        aliases: role.aliases,
      });
      expect(response?.warnings).toBeUndefined();
    });

    test('gives less where less is asked for, and keeps the other limits', async () => {
      await using engine = await start();
      const data = { ttl: '5m', models: 'gpt-4o-mini', max_budget: '2.5', metadata: 'job=7' };
      const response = await ask(engine, data);
      expect(response?.secret).toMatchObject({ ttl: 300, maxTTL: 7200 });
      expect(response?.data).toMatchObject({ models: ['gpt-4o-mini'], max_budget: 2.5, rpm_limit: 5 });
      expect(response?.warnings).toBeUndefined();
      const key = storedKey(engine);
      expect(key?.metadata).toMatchObject({ team: 'search', job: '7', vault_role: 'a' });
      expect(key?.params).toMatchObject({ rpm_limit: 5, aliases: { fast: 'gpt-4o-mini' } });
      expect(key?.params['aliases']).not.toHaveProperty('good');
      expect((await engine.request('read', 'roles/a'))?.data).toMatchObject(role);
    });

    test('cuts a lease that is longer to the role, with a warning', async () => {
      await using engine = await start();
      const response = await ask(engine, { ttl: '2h' });
      expect(response?.secret?.ttl).toBe(3600);
      expect(response?.warnings).toEqual(['a lease of 2h was asked for, and the role gives 1h: it was cut to that']);
    });

    test('may ask anything of a role that has no models and no budget', async () => {
      await using engine = await start({});
      const response = await ask(engine, { models: 'anything,gpt-*', max_budget: 5 });
      expect(response?.data).toMatchObject({ models: ['anything', 'gpt-*'], max_budget: 5 });
    });

    const mistakes: readonly { readonly data: Readonly<Record<string, unknown>>; readonly says: RegExp }[] = [
      { data: { ttl: 0 }, says: /^ttl must be at least 1 second/ },
      { data: { ttl: -1 }, says: /"ttl".*must not be negative/ },
      { data: { ttl: 'soon' }, says: /"ttl".*a duration/ },
      { data: { ttl: '' }, says: /"ttl".*not an empty text/ },
      {
        data: { models: 'gpt-5' },
        says: /^models must name some of the role's models and no other: they are gpt-4o, gpt/,
      },
      { data: { models: ['gpt-4o', 'sk-test-not-a-real-key'] }, says: /^models must name some/ },
      { data: { models: '*' }, says: /^models must name some/ },
      { data: { models: 'gpt-*' }, says: /^models must name some/ },
      { data: { models: 'all-proxy-models' }, says: /^models must name some/ },
      { data: { models: '' }, says: /^models must name at least one/ },
      { data: { models: [] }, says: /^models must name at least one/ },
      { data: { models: 'gpt-4o,' }, says: /^models must name at least one/ },
      { data: { max_budget: 10.01 }, says: /^max_budget must be at most the role's, which is 10, and not 10.01/ },
      {
        data: { max_budget: 0 },
        says: /^max_budget must be at most the role's, which is 10, and not 0, which is no limit/,
      },
      { data: { max_budget: -1 }, says: /"max_budget".*must not be negative/ },
      { data: { max_budget: Number.POSITIVE_INFINITY }, says: /"max_budget"/ },
      { data: { metadata: { team: 'search' } }, says: /^metadata must not name what the role's metadata has/ },
      { data: { metadata: { vault_role: 'x' } }, says: /^metadata must not name "vault_role"/ },
      { data: { metadata: { tags: 'x' } }, says: /^metadata must not name "tags"/ },
      {
        data: { metadata: { priority: 'prod' } },
        says: /must not name "priority".*write it to the metadata of the role/,
      },
      { data: { metadata: { a: 'x\0' } }, says: /^metadata has a NUL/ },
      { data: { metadata: { a: 1 } }, says: /"metadata".*put it in quotes/ },
    ];
    for (const { data, says } of mistakes) {
      test(`refuses ${JSON.stringify(data)}, and makes no key`, async () => {
        await using engine = await start();
        const error = (await ask(engine, data))?.data?.['error'];
        expect(error).toMatch(says);
        expect(error).not.toContain('sk-test');
        expect(engine.litellm.keys.all()).toEqual([]);
      });
    }
  });
}

test("a budget of LiteLLM's, which a caller's own would stand above, is not asked over", async () => {
  await using engine = await start({ budget_id: 'small', verify: false });
  engine.litellm.owners.budgets.add('small');
  const error = (await engine.request('update', 'creds/a', { data: { max_budget: 1000 } }))?.data?.['error'];
  expect(error).toMatch(/^max_budget cannot be asked of this role, .*budget_id/);
  expect(engine.litellm.keys.all()).toEqual([]);
  await engine.request('update', 'roles/a', { data: { max_budget: 10 } });
  expect((await engine.request('update', 'creds/a', { data: { max_budget: 5 } }))?.data?.['max_budget']).toBe(5);
});

for (const operation of operations) {
  test(`a ${operation} that misspells what it asks for makes no key`, async () => {
    await using engine = await start();
    const error = (await engine.request(operation, 'creds/a', { data: { model: 'gpt-4o' } }))?.data?.['error'];
    expect(error).toMatch(/^nothing was done, since there is no field "model" \(did you mean models\?\)/);
    expect(engine.litellm.keys.all()).toEqual([]);
  });
}

describe('a role without models', () => {
  const cases = [
    { models: 'a*a*a*a*b', says: /^models must have at most 3 wildcards in a name/ },
    { models: ['a\0'], says: /^models has a NUL/ },
  ];
  for (const { models, says } of cases) {
    test(`lets nobody ask for ${JSON.stringify(models)}`, async () => {
      await using engine = await start({ ttl: 60 });
      expect((await engine.request('update', 'creds/a', { data: { models } }))?.data?.['error']).toMatch(says);
      expect(engine.litellm.keys.all()).toEqual([]);
    });
  }
});

describe('a lease that was asked to be short', () => {
  test('stays so when it is renewed, and may be renewed for longer on request', async () => {
    await using engine = await start();
    const response = await engine.request('read', 'creds/a', { data: { ttl: 300 } });
    if (response?.secret === undefined) throw new Error('no key');
    const secret = { ...response.secret, issueTime: engine.clock.now() };
    expect((await engine.request('renew', '', { secret }))?.secret?.ttl).toBe(300);
    const longer = { ...secret, increment: 900 };
    expect((await engine.request('renew', '', { secret: longer }))?.secret?.ttl).toBe(900);
  });

  test('is as short as its role once that is shorter', async () => {
    await using engine = await start();
    const response = await engine.request('read', 'creds/a', { data: { ttl: 300 } });
    if (response?.secret === undefined) throw new Error('no key');
    await engine.request('update', 'roles/a', { data: { ttl: 60 } });
    const secret = { ...response.secret, issueTime: engine.clock.now() };
    expect((await engine.request('renew', '', { secret }))?.secret?.ttl).toBe(60);
  });

  test('is not remembered where it was cut', async () => {
    await using engine = await start({});
    const response = await engine.request('read', 'creds/a', { data: { ttl: '9000h' } });
    expect(response?.secret?.internalData).not.toHaveProperty('asked_ttl');
  });
});
