import { describe, expect, test } from 'bun:test';
import { rollBackWAL } from '../../../src/sdk/framework/rollback.ts';
import { putWAL } from '../../../src/sdk/framework/wal.ts';
import { ReadOnlyError } from '../../../src/sdk/logical/error.ts';
import type { LogFields, LogLevel } from '../../../src/sdk/logical/logger.ts';
import { isErrorResponse } from '../../../src/sdk/logical/response.ts';
import { logicalRequest } from '../../harness/logical-request.ts';
import { MemoryStorage } from '../../harness/memory-storage.ts';

const now = 1_700_000_000;
const at = (seconds: number) => ({ now: () => new Date(seconds * 1000) });

/** A storage with entries of the given ages in seconds, and everything that a rollback is seen to do. */
async function prepared(...ages: readonly number[]) {
  const storage = new MemoryStorage();
  for (const [index, age] of ages.entries()) {
    const random = { bytes: (count: number) => new Uint8Array(count).fill(index) };
    await putWAL(storage, 'key', { age }, { clock: at(now - age), random });
  }
  storage.resetCalls();
  const rolledBack: unknown[] = [];
  const logged: { level: LogLevel; message: string; fields: LogFields | undefined }[] = [];
  const options = {
    walRollback: async (_req: unknown, kind: string, data: unknown) => void rolledBack.push([kind, data]),
    clock: at(now),
    logger: {
      log: (level: LogLevel, message: string, fields?: LogFields) => void logged.push({ level, message, fields }),
    },
  };
  return { storage, rolledBack, logged, options, req: logicalRequest({ operation: 'rollback', storage }) };
}

describe('an entry is rolled back when it is old enough', () => {
  const cases = [
    { ages: [599, 600, 601, 5000], minAge: undefined, data: {}, rolledBack: [601, 5000] },
    { ages: [29, 30, 31], minAge: 30, data: {}, rolledBack: [31] },
    { ages: [0, 700, -50], minAge: undefined, data: { immediate: true }, rolledBack: [0, 700, -50] },
    { ages: [0], minAge: undefined, data: { immediate: null }, rolledBack: [0] },
  ];
  for (const { ages, minAge, data, rolledBack } of cases) {
    test(`${ages.join(', ')} s with ${minAge ?? 'the default'} and ${JSON.stringify(data)}`, async () => {
      const prep = await prepared(...ages);
      const response = await rollBackWAL({ ...prep.req, data }, { ...prep.options, minAge });
      expect(response).toBeUndefined();
      expect(prep.rolledBack).toEqual(rolledBack.map((age) => ['key', { age }]));
      expect(prep.storage.keys.length).toBe(ages.length - rolledBack.length);
      expect(prep.logged).toEqual([]);
    });
  }
});

test('without entries there is one list and no more', async () => {
  const { storage, req, options } = await prepared();
  expect(await rollBackWAL(req, options)).toBeUndefined();
  expect(storage.calls.list).toBe(1);
  expect(storage.totalCalls).toBe(1);
});

test('an entry that fails stays, is told and logged, and the others have their turn', async () => {
  const { storage, req, options, logged } = await prepared(700, 800, 900);
  const walRollback = async (_req: unknown, _kind: string, data: unknown) => {
    if ((data as { age: number }).age === 800) throw new Error('LiteLLM is down');
  };
  const response = await rollBackWAL(req, { ...options, walRollback });
  expect(isErrorResponse(response)).toBe(true);
  expect(String(response?.data?.['error'])).toMatch(/"01010101-.*" of kind "key", 13m20s old.*: LiteLLM is down$/);
  expect(storage.keys).toEqual(['wal/01010101-0101-0101-0101-010101010101']);
  expect(logged).toEqual([
    { level: 'error', message: expect.stringContaining('01010101'), fields: { error: 'LiteLLM is down' } },
  ]);
});

test('an unreadable entry stays and does not stop the others', async () => {
  const { storage, req, options, rolledBack } = await prepared(700);
  await storage.put({ key: 'wal/!', value: new TextEncoder().encode('nonsense') });
  const response = await rollBackWAL(req, options);
  expect(String(response?.data?.['error'])).toContain('"wal/!"');
  expect(rolledBack.length).toBe(1);
  expect(storage.keys).toEqual(['wal/!']);
});

test('an entry whose deletion fails stays and is told', async () => {
  const { storage, req, options } = await prepared(700);
  storage.intercept = (call) => {
    if (call === 'delete') throw new Error('no quorum');
  };
  expect(String((await rollBackWAL(req, options))?.data?.['error'])).toContain('no quorum');
  expect(storage.keys.length).toBe(1);
});

test('a list that fails is an error response, as in Go', async () => {
  const { storage, req, options } = await prepared(700);
  storage.intercept = () => {
    throw new Error('no quorum');
  };
  expect(isErrorResponse(await rollBackWAL(req, options))).toBe(true);
});

test('a node that must not write leaves the entries to another, without a word', async () => {
  const { storage, req, options, logged } = await prepared(700, 800);
  storage.intercept = (call) => {
    if (call === 'delete') throw new ReadOnlyError();
  };
  expect(await rollBackWAL(req, options)).toBeUndefined();
  expect(storage.keys.length).toBe(2);
  expect(logged).toEqual([]);
});

test('a request that ends early leaves the rest for the next', async () => {
  const { storage, req, options, rolledBack } = await prepared(700, 800, 900);
  const controller = new AbortController();
  const walRollback = async (_req: unknown, _kind: string, data: unknown) => {
    rolledBack.push(data);
    controller.abort(new Error('deadline exceeded'));
  };
  const response = await rollBackWAL({ ...req, signal: controller.signal }, { ...options, walRollback });
  expect(rolledBack.length).toBe(1);
  expect(storage.keys.length).toBe(2);
  expect(String(response?.data?.['error'])).toContain('2 write-ahead entries were not reached: deadline exceeded');
});
