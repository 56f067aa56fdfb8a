import { expect, test } from 'bun:test';
import { deleteWAL, getWAL, listWAL, putWAL } from '../../../src/sdk/framework/wal.ts';
import { MemoryStorage } from '../../harness/memory-storage.ts';

const clock = { now: () => new Date(1_700_000_000_999) };
const random = { bytes: (count: number) => Uint8Array.from({ length: count }, (_, index) => index * 16 + 1) };
const id = '01112131-4151-6171-8191-a1b1c1d1e1f1';

test('an entry is stored in the form that Go stores it in', async () => {
  const storage = new MemoryStorage();
  expect(await putWAL(storage, 'key', { alias: 'a' }, { clock, random })).toBe(id);
  expect(storage.keys).toEqual([`wal/${id}`]);
  expect(storage.peek(`wal/${id}`)).toEqual({ type: 'key', data: { alias: 'a' }, created_at: 1_700_000_000 });
});

test('an entry is read, listed and deleted', async () => {
  const storage = new MemoryStorage();
  await putWAL(storage, 'key', null, { clock, random });
  expect(await getWAL(storage, id)).toEqual({ id, kind: 'key', data: null, createdAt: 1_700_000_000 });
  expect(await listWAL(storage)).toEqual([id]);
  await deleteWAL(storage, id);
  expect(await listWAL(storage)).toEqual([]);
  expect(await getWAL(storage, id)).toBeUndefined();
});

test('ids are not twice the same', async () => {
  const storage = new MemoryStorage();
  await Promise.all(Array.from({ length: 100 }, () => putWAL(storage, 'key', {})));
  expect(new Set(await listWAL(storage)).size).toBe(100);
});

for (const [name, content] of [
  ['no JSON', '{'],
  ['no entry', '{"data":"secret"}'],
  ['a number', '5'],
] as const) {
  test(`what is ${name} is refused by its key, unseen`, async () => {
    const storage = new MemoryStorage();
    await storage.put({ key: 'wal/a', value: new TextEncoder().encode(content) });
    const error: unknown = await getWAL(storage, 'a').catch((reason: unknown) => reason);
    expect(String(error)).toContain('"wal/a"');
    expect(String(error)).not.toContain('secret');
  });
}
