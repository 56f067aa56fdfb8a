import { describe, expect, test } from 'bun:test';
import { definePath, pathOperations } from '../../../src/sdk/framework/path.ts';
import { defineSecret } from '../../../src/sdk/framework/secret.ts';
import * as errors from '../../../src/sdk/logical/error.ts';
import { outcome, preparedBackend } from '../../harness/framework-backend.ts';

describe('a request finds its callback', () => {
  const cases = [
    ...['read', 'create', 'update', 'patch', 'delete'].map((operation) => [operation, 'roles/a', operation] as const),
    ['list', 'roles/', 'list'],
    ['list', 'roles', 'list'],
    ['read', 'creds', 'creds'],
  ] as const;
  for (const [operation, path, callback] of cases) {
    test(`${operation} ${path}`, async () => {
      const { handle, called } = preparedBackend();
      expect(await handle({ operation, path })).toEqual({ data: { ok: true } });
      expect(called).toEqual([callback]);
    });
  }
});

describe('a request that nothing answers fails without any effect', () => {
  const unknown = [
    'resolve-path',
    'resolve-role',
    'alias-lookahead',
    'header',
    'rotation',
    '',
    'Read',
    'constructor',
    '__proto__',
  ];
  const cases = [
    ...unknown.flatMap((operation) => ['roles/a', 'creds'].map((path) => [operation, path] as const)),
    ['list', 'roles/a'],
    ['read', 'roles/'],
    ['delete', 'creds'],
  ] as const;

  async function expectNothingButFault(operation: string, path: string, fault: new () => Error) {
    const { handle, called, storage, system } = preparedBackend();
    const data = { size: 'not a number' };
    expect(await outcome(handle({ operation, path, data }))).toBeInstanceOf(fault);
    expect(called).toEqual([]);
    expect(storage.totalCalls).toBe(0);
    expect(Object.values(system.calls).every((count) => count === 0)).toBe(true);
  }

  for (const [operation, path] of cases) {
    test(`${operation} "${path}" is unsupported as an operation`, () =>
      expectNothingButFault(operation, path, errors.UnsupportedOperationError));
  }
  for (const operation of [...unknown, ...pathOperations, 'help']) {
    test(`${operation} "nowhere" is unsupported as a path`, () =>
      expectNothingButFault(operation, 'nowhere', errors.UnsupportedPathError));
  }
  for (const operation of [...unknown, ...pathOperations]) {
    test(`${operation} on the mount itself is unsupported as a path`, () =>
      expectNothingButFault(operation, '', errors.UnsupportedPathError));
  }
});

test('what a callback throws passes as it is', async () => {
  const fault = new Error('fault');
  const { handle } = preparedBackend({}, () => {
    throw fault;
  });
  expect(await outcome(handle({ operation: 'read', path: 'roles/a' }))).toBe(fault);
});

describe('a rollback', () => {
  const rollback = { operation: 'rollback', data: { immediate: true } };

  test('does nothing where there is nothing to do', async () => {
    const { handle, storage } = preparedBackend();
    expect(await handle(rollback)).toBeUndefined();
    expect(storage.totalCalls).toBe(0);
  });

  test('does the periodic duty, and rolls back even when that fails', async () => {
    const seen: string[] = [];
    const { handle, storage } = preparedBackend({
      periodic: async () => {
        seen.push('periodic');
        throw new Error('not today');
      },
      walRollback: async (_req, kind, data) => void seen.push(`${kind} ${String(data)}`),
    });
    await storage.put({ key: 'wal/a', value: new TextEncoder().encode('{"type":"k","data":"d","created_at":1}') });
    expect(String(await outcome(handle(rollback)))).toContain('not today');
    expect(seen).toEqual(['periodic', 'k d']);
    expect(storage.keys).toEqual([]);
  });
});

test('a backend hands its life to its declaration', async () => {
  const seen: string[] = [];
  const pathsSpecial = { sealWrapStorage: ['config'] };
  const { backend, storage } = preparedBackend({
    pathsSpecial,
    initialize: async (req) => void seen.push(`initialize ${req.storage === storage}`),
    clean: async () => void seen.push('clean'),
    invalidate: (key) => void seen.push(`invalidate ${key}`),
  });
  await backend.initialize({ storage });
  backend.invalidateKey('config');
  await backend.cleanup();
  await backend.cleanup();
  expect(seen).toEqual(['initialize true', 'invalidate config', 'clean', 'clean']);
  expect(backend.specialPaths()).toBe(pathsSpecial);
  expect([backend.type, backend.pluginVersion]).toEqual([1, 'v1.2.3']);
});

test('making a backend asks nothing of anyone', () => {
  const { storage, system } = preparedBackend();
  expect(storage.totalCalls).toBe(0);
  expect(Object.values(system.calls).every((count) => count === 0)).toBe(true);
});

describe('a declaration that cannot work is refused', () => {
  test('a create without an existence check', () => {
    const path = definePath({
      pattern: 'a',
      fields: {},
      operations: { create: { callback: async () => undefined, summary: '' } },
    });
    expect(() => preparedBackend({ paths: [path] })).toThrow('existenceCheck');
  });
  test('a pattern that is none', () => {
    expect(() => preparedBackend({ paths: [definePath({ pattern: '(', fields: {}, operations: {} })] })).toThrow('"("');
  });
  test('a secret declared twice', () => {
    const secret = defineSecret({ type: 'a', fields: {}, revoke: async () => undefined });
    expect(() => preparedBackend({ secrets: [secret, secret] })).toThrow('"a"');
  });
});
