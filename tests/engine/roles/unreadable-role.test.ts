import { describe, expect, test } from 'bun:test';
import { startEngine, type TestEngine } from '../../harness/engine.ts';

const whole = {
  models: ['gpt-4o'],
  max_budget: 2,
  key_alias_prefix: 'app',
  metadata: {},
  ttl: 60,
  max_ttl: 120,
  key_type: 'default',
} as const;

const readable = {
  models: [],
  maxBudget: 1,
  keyAliasPrefix: 'vault',
  metadata: {},
  ttl: 0,
  maxTTL: 0,
  keyType: 'llm_api',
};

const put = (engine: TestEngine, stored: unknown) =>
  engine.storage.put({ key: 'roles/a', value: new TextEncoder().encode(JSON.stringify(stored)) });

const unreadable: readonly { readonly name: string; readonly stored: unknown; readonly says: string }[] = [
  { name: 'of another form', stored: 'sk-test-not-a-real-key', says: '"roles/a" is not' },
  { name: 'without its budget', stored: { ...readable, maxBudget: undefined }, says: '"maxBudget"' },
  { name: 'with a negative budget', stored: { ...readable, maxBudget: -1 }, says: '"maxBudget"' },
  { name: 'with a budget in text', stored: { ...readable, maxBudget: '5' }, says: '"maxBudget"' },
  { name: 'without its models', stored: { ...readable, models: undefined }, says: '"models"' },
  { name: 'with a part of a second', stored: { ...readable, ttl: 0.5 }, says: '"ttl"' },
  { name: 'with metadata in a list', stored: { ...readable, metadata: ['a'] }, says: '"metadata"' },
  { name: 'with a key_type of a newer version', stored: { ...readable, keyType: 'agents' }, says: '"keyType"' },
];

for (const { name, stored, says } of unreadable) {
  describe(`a stored role ${name}`, () => {
    test('is told of by reads and keys alike', async () => {
      await using engine = await startEngine();
      await engine.configure();
      await put(engine, stored);
      for (const path of ['roles/a', 'creds/a']) {
        await expect(engine.request('read', path)).rejects.toMatchObject({
          code: 500,
          message: expect.stringContaining(says),
        });
      }
      expect((await engine.request('list', 'roles/'))?.data).toEqual({ keys: ['a'] });
    });

    test('is there for an existence check', async () => {
      await using engine = await startEngine();
      await put(engine, stored);
      const { storage, backend } = engine;
      const check = await backend.handleExistenceCheck({
        id: '',
        operation: 'update',
        path: 'roles/a',
        data: { ...whole },
        storage,
        mountPoint: 'litellm/',
        mountType: '',
        mountAccessor: '',
        displayName: '',
        entityId: '',
        signal: new AbortController().signal,
      });
      expect(check).toEqual({ checkFound: true, exists: true });
    });

    for (const left of Object.keys(whole)) {
      test(`stays as it is after a write without ${left}`, async () => {
        await using engine = await startEngine();
        await put(engine, stored);
        const before = engine.storage.peek('roles/a');
        const data = Object.fromEntries(Object.entries(whole).filter(([field]) => field !== left));
        const error = (await engine.request('update', 'roles/a', { data }))?.data?.['error'];
        expect(error).toMatch(
          new RegExp(`leaves out ${left}: name every field, or delete the role and write it again`),
        );
        expect(error).toContain(says);
        expect(error).not.toContain('sk-test');
        expect(engine.storage.peek('roles/a')).toEqual(before);
      });
    }

    test('is overwritten by a write of every field', async () => {
      await using engine = await startEngine();
      await put(engine, stored);
      expect(await engine.request('update', 'roles/a', { data: whole })).toBeUndefined();
      expect((await engine.request('read', 'roles/a'))?.data).toEqual(whole);
    });

    test('is deleted, and written anew', async () => {
      await using engine = await startEngine();
      await put(engine, stored);
      await engine.request('delete', 'roles/a');
      expect(await engine.request('create', 'roles/a')).toBeUndefined();
    });
  });
}

test('what a newer version added to a role survives a write, and is in no answer', async () => {
  await using engine = await startEngine();
  await put(engine, { ...readable, aLimit: 5, nested: { deep: [1] } });
  await engine.request('update', 'roles/a', { data: { max_budget: 7 } });
  expect(engine.storage.peek('roles/a')).toEqual({ ...readable, maxBudget: 7, aLimit: 5, nested: { deep: [1] } });
  expect(Object.keys((await engine.request('read', 'roles/a'))?.data ?? {}).toSorted()).toEqual(
    Object.keys(whole).toSorted(),
  );
});

test('what limits nothing may be missing', async () => {
  await using engine = await startEngine();
  const { keyAliasPrefix, metadata, keyType, ...limits } = readable;
  await put(engine, limits);
  expect((await engine.request('read', 'roles/a'))?.data).toMatchObject({
    key_alias_prefix: keyAliasPrefix,
    metadata,
    key_type: keyType,
  });
});
