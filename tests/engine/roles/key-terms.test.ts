import { describe, expect, test } from 'bun:test';
import { keyTerms } from '../../../src/engine/roles/key-terms.ts';
import { startEngine, type TestEngine } from '../../harness/engine.ts';
import { termSamples } from './term-samples.ts';

const secret = 'sk-test-not-a-real-key';
const row = (field: string) => Object.entries(keyTerms).find(([name]) => name === field)?.[1];
/** Written without asking LiteLLM, which is a test of its own. */
const write = (engine: TestEngine, data: Readonly<Record<string, unknown>>) =>
  engine.request('update', 'roles/a', { data: { verify: false, ...data } });
const errorOf = (response: Awaited<ReturnType<typeof write>>) => response?.data?.['error'];

test('the table has each of its rows tried here', () => {
  const old = ['models', 'max_budget', 'key_alias_prefix', 'metadata', 'key_type'];
  expect(Object.keys(termSamples).toSorted()).toEqual(
    Object.keys(keyTerms)
      .filter((name) => !old.includes(name))
      .toSorted(),
  );
});

for (const [field, { good, bad, beside = {}, sent }] of Object.entries(termSamples)) {
  describe(field, () => {
    for (const { write: value, reads = value } of good) {
      test(`of ${JSON.stringify(value)} reads back as it was written, and is taken again`, async () => {
        await using engine = await startEngine();
        expect(errorOf(await write(engine, { ...beside, [field]: value }))).toBeUndefined();
        const read = (await engine.request('read', 'roles/a'))?.data ?? {};
        expect(read[field]).toEqual(reads);
        expect(errorOf(await write(engine, read))).toBeUndefined();
        expect((await engine.request('read', 'roles/a'))?.data).toEqual(read);
        expect(engine.storage.peek('roles/a')).toHaveProperty(row(field)?.stored ?? '', reads);
      });
    }

    for (const value of bad) {
      const shown = JSON.stringify(value)?.slice(0, 60).replaceAll(secret, '…') ?? '';
      test(`of ${shown} is told, shows nothing of it, and is not stored`, async () => {
        await using engine = await startEngine();
        const error = errorOf(await write(engine, { ...beside, [field]: value }));
        expect(error).toMatch(new RegExp(`\\b${field}\\b`));
        expect(error).not.toContain(secret);
        expect(String(error).length).toBeLessThan(400);
        expect(engine.storage.keys).toEqual([]);
      });
    }

    test('is sent, told and kept by a write of something else; and is not sent when it is unset', async () => {
      await using engine = await startEngine();
      await engine.configure();
      engine.litellm.owners.teams.set('id-1', { models: [], rpmLimit: null });
      engine.litellm.owners.budgets.add('id-1');
      const [first = { write: undefined }] = good;
      const value = 'reads' in first ? first.reads : first.write;
      await write(engine, { ...beside, [field]: first.write });
      await write(engine, { ttl: 60 });
      if (sent !== null) {
        const { response, tokenId } = await engine.issue('a');
        const key = engine.litellm.keys.find(tokenId);
        expect({ ...key?.metadata, ...key?.params }).toMatchObject({ [field]: sent ?? value });
        if (row(field)?.shown === true) expect(response.data).toMatchObject({ [field]: value as object });
        expect(response.warnings ?? []).toEqual([]);
      }
      const [zero] = good.filter(
        ({ write: none }) => none === 0 || none === '' || none === false || JSON.stringify(none).length === 2,
      );
      if (zero === undefined) return;
      expect(errorOf(await write(engine, { [field]: zero.write }))).toBeUndefined();
      const unset = await engine.issue('a');
      const key = engine.litellm.keys.find(unset.tokenId);
      expect({ ...key?.metadata, ...key?.params }).not.toHaveProperty(field);
      expect(unset.response.data).not.toHaveProperty(field);
    });
  });
}
