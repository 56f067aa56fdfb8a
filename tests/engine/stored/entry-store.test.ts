import { describe, expect, test } from 'bun:test';
import * as v from 'valibot';
import { EntryStore, StoredEntryError } from '../../../src/engine/stored/entry-store.ts';
import { CodedError } from '../../../src/sdk/logical/error.ts';
import { FakeClock } from '../../harness/engine.ts';
import { MemoryStorage } from '../../harness/memory-storage.ts';

interface Thing {
  readonly limit: number;
  readonly note: string;
}

const schema = v.object({ limit: v.number(), note: v.optional(v.string(), 'none') });

function started() {
  const storage = new MemoryStorage();
  return {
    storage,
    things: new EntryStore<Thing>({ schema, sealWrap: false, clock: new FakeClock() }),
    put: (text: string) => storage.put({ key: 'a', value: new TextEncoder().encode(text) }),
  };
}

const unreadable: readonly { readonly name: string; readonly text: string; readonly says: string }[] = [
  { name: 'is not JSON', text: 'sk-test-not-a-real-key', says: '"a" is not of the form' },
  { name: 'is empty', text: '', says: '"a" is not of the form' },
  { name: 'is no object', text: '[1]', says: '"a" is not of the form' },
  { name: 'is null', text: 'null', says: '"a" is not of the form' },
  { name: 'lacks a field', text: '{"note":"sk-test-not-a-real-key"}', says: '"a" has a field "limit" that' },
  {
    name: 'has a field of another kind',
    text: '{"limit":"sk-test-not-a-real-key"}',
    says: '"a" has a field "limit" that',
  },
  { name: 'has a null', text: '{"limit":1,"note":null}', says: '"a" has a field "note" that' },
];

for (const { name, text, says } of unreadable) {
  describe(`an entry that ${name}`, () => {
    test('is not read, with an error that names it and shows nothing of it', async () => {
      const { storage, things, put } = started();
      await put(text);
      for (const read of [() => things.read(storage, 'a'), () => things.readForIssuing(storage, 'a')]) {
        const error = await read().catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(StoredEntryError);
        expect(error).toBeInstanceOf(CodedError);
        expect(error).toMatchObject({ code: 500, message: expect.stringContaining(says) });
        expect(String(error)).not.toContain('sk-test');
      }
    });

    test('exists', async () => {
      const { storage, things, put } = started();
      expect(await things.exists(storage, 'a')).toBe(false);
      await put(text);
      expect(await things.exists(storage, 'a')).toBe(true);
    });

    test('is not changed, and stays as it is', async () => {
      const { storage, things, put } = started();
      await put(text);
      const change = things.change(storage, 'a', () => ({ limit: 1, note: '' }));
      await expect(change).rejects.toBeInstanceOf(StoredEntryError);
      expect(storage.calls.put).toBe(1);
    });

    test('is overwritten by what makes a whole one of it, or left', async () => {
      const { storage, things, put } = started();
      await put(text);
      const never = (): never => {
        throw new Error('there is nothing to change');
      };
      expect(await things.change(storage, 'a', never, () => undefined)).toBe(false);
      expect(storage.calls.put).toBe(1);
      let given: unknown;
      const whole = { limit: 5, note: 'new' };
      const overwrite = (error: StoredEntryError): Thing => {
        given = error;
        return whole;
      };
      expect(await things.change(storage, 'a', never, overwrite)).toBe(true);
      expect(given).toBeInstanceOf(StoredEntryError);
      expect(await things.read(storage, 'a')).toEqual(whole);
    });

    test('is deleted', async () => {
      const { storage, things, put } = started();
      await put(text);
      await things.delete(storage, 'a');
      expect(storage.keys).toEqual([]);
    });
  });
}

describe('fields that this version does not know', () => {
  const newer = '{"limit":1,"note":"old","ceiling":{"deep":[1]},"__proto__":"kept"}';

  test('are not read and survive a change', async () => {
    const { storage, things, put } = started();
    await put(newer);
    expect(await things.read(storage, 'a')).toEqual({ limit: 1, note: 'old' });
    await things.change(storage, 'a', (existing) => existing && { ...existing, limit: 2 });
    expect(JSON.stringify(storage.peek('a'))).toBe(
      '{"limit":2,"note":"old","ceiling":{"deep":[1]},"__proto__":"kept"}',
    );
  });

  test('survive the overwriting of an entry that cannot be read', async () => {
    const { storage, things, put } = started();
    await put('{"limit":"1","ceiling":9}');
    await things.change(
      storage,
      'a',
      () => undefined,
      () => ({ limit: 2, note: '' }),
    );
    expect(storage.peek('a')).toEqual({ limit: 2, note: '', ceiling: 9 });
  });

  test('do not outlive the entry', async () => {
    const { storage, things, put } = started();
    await put(newer);
    await things.delete(storage, 'a');
    await things.change(storage, 'a', () => ({ limit: 3, note: '' }));
    expect(storage.peek('a')).toEqual({ limit: 3, note: '' });
  });
});

test('a field that an older version did not write gets its default', async () => {
  const { storage, things, put } = started();
  await put('{"limit":1}');
  expect(await things.read(storage, 'a')).toEqual({ limit: 1, note: 'none' });
});

test('a fault of the storage is none of the entry', async () => {
  const { storage, things } = started();
  storage.intercept = () => {
    throw new Error('the storage is away');
  };
  const overwrite = (): never => {
    throw new Error('never asked');
  };
  await expect(things.change(storage, 'a', overwrite, overwrite)).rejects.toThrow('the storage is away');
  await expect(things.exists(storage, 'a')).rejects.toThrow('the storage is away');
});

describe('a change of a storage with transactions', () => {
  const started = () => ({
    storage: new MemoryStorage({ transactional: true }),
    things: new EntryStore<Thing>({ schema, sealWrap: false, clock: new FakeClock() }),
  });

  test('is one transaction', async () => {
    const { storage, things } = started();
    expect(await things.change(storage, 'a', () => ({ limit: 1, note: 'x' }))).toBe(true);
    expect(storage.peek('a')).toEqual({ limit: 1, note: 'x' });
    expect(storage.calls).toMatchObject({ begin: 1, get: 1, put: 1, commit: 1, rollback: 0 });
  });

  test('of nothing, or that throws, stores nothing', async () => {
    const { storage, things } = started();
    expect(await things.change(storage, 'a', () => undefined)).toBe(false);
    const refused = things.change(storage, 'a', () => {
      throw new Error('no');
    });
    expect(await refused.catch(String)).toContain('no');
    expect(storage.keys).toEqual([]);
    expect(storage.calls).toMatchObject({ begin: 2, put: 0, rollback: 1 });
  });

  test('sees what another process wrote in between', async () => {
    const { storage, things } = started();
    const seen: (number | undefined)[] = [];
    await things.change(storage, 'a', (existing) => {
      seen.push(existing?.limit);
      if (seen.length === 1) {
        void storage.put({ key: 'a', value: new TextEncoder().encode('{"limit":7,"note":"theirs"}') });
      }
      return { limit: 2, note: existing?.note ?? 'mine' };
    });
    expect(seen).toEqual([undefined, 7]);
    expect(storage.peek('a')).toEqual({ limit: 2, note: 'theirs' });
  });

  test('is what issuing sees from then on', async () => {
    const { storage, things } = started();
    await things.change(storage, 'a', () => ({ limit: 1, note: 'x' }));
    expect(await things.readForIssuing(storage, 'a')).toMatchObject({ limit: 1 });
    await things.change(storage, 'a', () => ({ limit: 2, note: 'x' }));
    expect(await things.readForIssuing(storage, 'a')).toMatchObject({ limit: 2 });
  });
});
