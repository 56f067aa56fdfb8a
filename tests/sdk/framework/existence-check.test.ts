import { describe, expect, test } from 'bun:test';
import { definePath } from '../../../src/sdk/framework/path.ts';
import * as errors from '../../../src/sdk/logical/error.ts';
import type { Request } from '../../../src/sdk/logical/request.ts';
import { outcome, preparedBackend } from '../../harness/framework-backend.ts';
import { logicalRequest } from '../../harness/logical-request.ts';

describe('an existence check', () => {
  const check = async (given: Partial<Request>) => {
    const { backend } = preparedBackend();
    return await outcome(backend.handleExistenceCheck(logicalRequest({ operation: 'update', ...given })));
  };
  const cases = [
    [{ path: 'roles/there' }, { checkFound: true, exists: true }],
    [{ path: 'roles/other' }, { checkFound: true, exists: false }],
    [
      { path: 'roles/other', operation: 'create', data: { name: 'there' } },
      { checkFound: true, exists: false },
    ],
    [{ path: 'any' }, { checkFound: false, exists: false }],
  ] as const;
  for (const [given, result] of cases) {
    test(JSON.stringify(given), async () => expect(await check(given)).toEqual(result));
  }
  test('of bad input is the user’s mistake', async () => {
    const error = await check({ path: 'roles/a', data: { size: 'big' } });
    expect(error).toBeInstanceOf(errors.UserError);
    expect(String(error)).toContain('error converting input for field "size"');
  });
  test('of a path that the storage takes for a relative one is the user’s mistake, and of another fault that fault', async () => {
    for (const [thrown, found] of [
      [new errors.RelativePathError(), new errors.UserError('relative paths not supported')],
      [new Error('Vault is sealed'), new Error('Vault is sealed')],
    ] as const) {
      const path = definePath({
        pattern: 'a',
        fields: {},
        operations: {},
        existenceCheck: () => Promise.reject(thrown),
      });
      const { backend } = preparedBackend({ paths: [path] });
      const error = await outcome(backend.handleExistenceCheck(logicalRequest({ operation: 'update', path: 'a' })));
      expect(error).toBeInstanceOf(found.constructor);
      expect(String(error)).toBe(String(found));
    }
  });
  test('of an unknown path is unsupported', async () => {
    expect(await check({ path: 'nowhere' })).toBeInstanceOf(errors.UnsupportedPathError);
  });
  test('of a read is a fault', async () => {
    expect(String(await check({ path: 'roles/a', operation: 'read' }))).toContain('not for "read"');
  });
});
