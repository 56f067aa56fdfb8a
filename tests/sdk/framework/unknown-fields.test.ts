import { describe, expect, test } from 'bun:test';
import { definePath } from '../../../src/sdk/framework/path.ts';
import { float, string } from '../../../src/sdk/framework/field-type.ts';
import { genericNameRegex } from '../../../src/sdk/framework/pattern.ts';
import { describeUnknownFields, nearestName, shownName } from '../../../src/sdk/framework/unknown-fields.ts';
import { preparedBackend } from '../../harness/framework-backend.ts';

const known = ['name', 'models', 'max_budget', 'ttl', 'max_ttl', 'key_type', 'metadata'];

describe('the nearest name', () => {
  const cases: readonly (readonly [name: string, meant: string | undefined])[] = [
    ['max_bugdet', 'max_budget'],
    ['max_budge', 'max_budget'],
    ['maxBudget', 'max_budget'],
    ['max-budget', 'max_budget'],
    ['MAX_BUDGET', 'max_budget'],
    ['model', 'models'],
    ['tll', 'ttl'],
    ['metdata', 'metadata'],
    ['tpm_limit', undefined],
    ['x', undefined],
    ['', undefined],
    ['constructor', undefined],
    ['m'.repeat(1 << 20), undefined],
  ];
  for (const [name, meant] of cases) {
    test(`of ${name.slice(0, 20)} is ${meant}`, () => expect(nearestName(name, known)).toBe(meant as string));
  }

  test('is none where nothing is known', () => expect(nearestName('a', [])).toBeUndefined());
});

test('a path without fields says that it has none', () => {
  expect(describeUnknownFields(['a'], [])).toBe('nothing was done, since there is no field "a": this path has none');
});

describe('a name is shown', () => {
  const shown = ['max_bugdet', 'task-queue', 'risk', 'v1.2', 'a_name_of_many_words_here', 'budget2', 'id_20260101'];
  for (const name of shown) test(name, () => expect(shownName(name)).toBe(`"${name}"`));

  const hidden = [
    'sk-test',
    'x_sk-test-not',
    'hvs.CAESIJ',
    's.abcdef',
    '0123456789abcdef0123456789abcdef',
    'aB3dE5fG7hI9',
    'abcdefghijklmnopqrstuvwxyzabc',
    'with space',
    'line\nbreak',
    'x'.repeat(100),
  ];
  for (const name of hidden)
    test(`by its length: ${name.slice(0, 12)}`, () =>
      expect(shownName(name)).toBe(`a name of ${name.length} characters`));
});

test('many names are told in part', () => {
  const sent = Array.from({ length: 12 }, (_, index) => `f${index}`);
  expect(describeUnknownFields(sent, ['a'])).toBe(
    'nothing was done, since there are no fields "f0", "f1", "f2", "f3", "f4" and 7 more: the fields are a',
  );
});

describe('a path that refuses unknown fields', () => {
  const called: string[] = [];
  const callback = async (req: { readonly operation: string }) => {
    called.push(req.operation);
    return undefined;
  };
  const operation = { callback, summary: '' };
  const path = definePath({
    pattern: `strict/${genericNameRegex('name')}`,
    fields: { name: { type: string, description: '' }, limit: { type: float, description: '' } },
    operations: { read: operation, create: operation, update: operation, patch: operation, delete: operation },
    existenceCheck: async () => true,
    refusesUnknownFields: true,
  });
  const handle = preparedBackend({ paths: [path] }).handle;

  for (const operation of ['create', 'update', 'patch']) {
    test(`does so at a ${operation}, before anything happens`, async () => {
      called.length = 0;
      const response = await handle({ operation, path: 'strict/a', data: { limits: 1 } });
      expect(response).toEqual({
        data: {
          error: 'nothing was done, since there is no field "limits" (did you mean limit?): the fields are name, limit',
        },
      });
      expect(called).toEqual([]);
      expect(await handle({ operation, path: 'strict/a', data: { limit: 1, name: 'a' } })).toEqual({
        warnings: [expect.stringContaining('[name]')],
      });
      expect(called).toEqual([operation]);
    });
  }

  for (const operation of ['read', 'delete']) {
    test(`lets a ${operation} be`, async () => {
      called.length = 0;
      expect(await handle({ operation, path: 'strict/a', data: { limits: 1 } })).toBeUndefined();
      expect(called).toEqual([operation]);
    });
  }
});
