import { describe, expect, test } from 'bun:test';
import { TransactionConflictError } from '../../../src/sdk/logical/error.ts';
import { decodeStorageEntry, storageEntryJSON, withTransaction } from '../../../src/sdk/logical/storage.ts';
import { MemoryStorage } from '../../harness/memory-storage.ts';

describe('an entry of JSON', () => {
  for (const value of [{ a: ['ü', 1, null] }, [], 'text', 0, null]) {
    test(`${JSON.stringify(value)} comes back as it was`, () => {
      expect(decodeStorageEntry(storageEntryJSON('key', value))).toEqual(value);
    });
  }

  test('is sealed more strictly when asked', () => {
    expect(storageEntryJSON('key', 1)).toMatchObject({ key: 'key', sealWrap: false });
    expect(storageEntryJSON('key', 1, true)).toMatchObject({ sealWrap: true });
  });
});

for (const text of ['', '{', 'sk-test-not-a-real-key']) {
  test(`an entry of "${text}" is an error that names the key and not the value`, () => {
    const decode = () => decodeStorageEntry({ key: 'config', value: new TextEncoder().encode(text) });
    expect(decode).toThrow('the stored entry "config" is not JSON');
  });
}

const increase = (storage: MemoryStorage, meanwhile: () => Promise<void> = async () => undefined) =>
  withTransaction(storage, async (view) => {
    const stored = await view.get('count');
    await meanwhile();
    const count = stored === undefined ? 0 : Number(decodeStorageEntry(stored));
    await view.put(storageEntryJSON('count', count + 1));
    return count + 1;
  });

describe('work in a transaction', () => {
  for (const transactional of [true, false]) {
    test(`is stored and answered ${transactional ? 'by a commit' : 'as it goes, where there is none'}`, async () => {
      const storage = new MemoryStorage({ transactional });
      expect(await increase(storage)).toBe(1);
      expect(await increase(storage)).toBe(2);
      expect(storage.peek('count')).toBe(2);
      expect(storage.calls).toMatchObject({ get: 2, put: 2, commit: transactional ? 2 : 0, rollback: 0 });
    });
  }

  test('that throws stores nothing', async () => {
    const storage = new MemoryStorage({ transactional: true });
    const work = withTransaction(storage, async (view) => {
      await view.put(storageEntryJSON('count', 1));
      throw new Error('on second thoughts');
    });
    expect(await work.catch(String)).toContain('on second thoughts');
    expect(storage.keys).toEqual([]);
    expect(storage.calls).toMatchObject({ commit: 0, rollback: 1 });
  });

  test('that throws throws so even where it cannot be rolled back', async () => {
    const storage = new MemoryStorage({ transactional: true });
    storage.intercept = (call) => {
      if (call === 'rollback') throw new Error('the host is gone');
    };
    const work = withTransaction(storage, () => Promise.reject(new Error('on second thoughts')));
    expect(await work.catch(String)).toContain('on second thoughts');
  });

  test('is done anew where another write came in between, and loses neither', async () => {
    const storage = new MemoryStorage({ transactional: true });
    let others = 2;
    const meanwhile = async () => {
      if (others-- > 0) await storage.put(storageEntryJSON('count', 10 * (2 - others)));
    };
    expect(await increase(storage, meanwhile)).toBe(21);
    expect(storage.peek('count')).toBe(21);
    expect(storage.calls.commit).toBe(3);
  });

  test('gives up where that goes on', async () => {
    const storage = new MemoryStorage({ transactional: true });
    let other = 0;
    const work = increase(storage, () => storage.put(storageEntryJSON('count', ++other)));
    expect(await work.catch((error: unknown) => error)).toBeInstanceOf(TransactionConflictError);
    expect(storage.calls).toMatchObject({ begin: 5, commit: 5 });
  });
});
