import { describe, expect, test } from 'bun:test';
import { string } from '../../../src/sdk/framework/field-type.ts';
import { definePath } from '../../../src/sdk/framework/path.ts';
import { genericNameRegex } from '../../../src/sdk/framework/pattern.ts';
import { errorResponse } from '../../../src/sdk/logical/response.ts';
import { preparedBackend } from '../../harness/framework-backend.ts';

describe('parameters', () => {
  const base = { operation: 'update', path: 'roles/a' };

  test('that do not convert end the request with an error response', async () => {
    const { handle, called } = preparedBackend();
    expect(await handle({ ...base, data: { size: 'big' } })).toEqual(
      errorResponse(
        'Field validation failed: error converting input for field "size": expected a whole number, got a text of 3 characters',
      ),
    );
    expect(called).toEqual([]);
  });

  const ignored = 'Endpoint ignored these unrecognized parameters: [a b]';
  const replaced =
    "Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [name]";
  const cases = [
    { name: 'that are no fields are warned of, sorted', data: { b: 1, a: null, size: 1 }, warnings: [ignored] },
    { name: 'that the path replaces are warned of', data: { name: 'b' }, warnings: [replaced] },
    { name: 'of both kinds', data: { name: 'a', b: 1, a: 2 }, warnings: [ignored, replaced] },
    { name: 'a null in place of a capture', data: { name: null }, warnings: undefined },
    { name: 'all known', data: { size: 1 }, warnings: undefined },
  ];
  for (const { name, data, warnings } of cases) {
    test(name, async () => {
      const { handle } = preparedBackend();
      expect((await handle({ ...base, data }))?.warnings).toEqual(warnings);
    });
  }

  test('come after the warnings of the response itself, also in an error response', async () => {
    const { handle } = preparedBackend({}, () => ({ ...errorResponse('no'), warnings: ['first'] }));
    expect(await handle({ ...base, data: { a: 1, b: 2 } })).toEqual({
      data: { error: 'no' },
      warnings: ['first', ignored],
    });
  });

  for (const { operation, response } of [
    { operation: 'create', response: { warnings: [ignored] } },
    { operation: 'update', response: { warnings: [ignored] } },
    { operation: 'patch', response: { warnings: [ignored] } },
    { operation: 'read', response: undefined },
    { operation: 'delete', response: undefined },
  ]) {
    const outcome = response ? 'are warned of even where there is no other answer' : 'bring no answer into being';
    test(`of a ${operation} ${outcome}`, async () => {
      const { handle } = preparedBackend({}, () => undefined);
      expect(await handle({ ...base, operation, data: { a: 1, b: 2 } })).toEqual(response);
      expect(await handle({ ...base, operation, data: {} })).toBeUndefined();
    });
  }

  test('are free where a path takes anything', async () => {
    const { handle } = preparedBackend();
    expect(await handle({ operation: 'update', path: 'any', data: { a: 1 } })).toEqual({ data: { ok: true } });
  });

  test('captures reach the callback, and win', async () => {
    const fields = { name: { type: string, description: '' } };
    const path = definePath({
      pattern: `roles/${genericNameRegex('name')}`,
      fields,
      operations: {
        update: { summary: '', callback: async (_req, data) => ({ data: { name: data.get('name'), raw: data.raw } }) },
      },
    });
    const { handle } = preparedBackend({ paths: [path] });
    const response = await handle({ ...base, data: { name: 'b', other: 1 } });
    expect(response?.data).toEqual({ name: 'a', raw: { name: 'a', other: 1 } });
  });
});
