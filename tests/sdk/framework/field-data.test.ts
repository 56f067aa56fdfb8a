import { describe, expect, test } from 'bun:test';
import * as v from 'valibot';
import { parseFieldData, parseFieldDataLeniently } from '../../../src/sdk/framework/field-data.ts';
import { defineFields } from '../../../src/sdk/framework/field-schema.ts';
import {
  bool,
  commaStringSlice,
  durationSecond,
  float,
  int,
  kvPairs,
  string,
} from '../../../src/sdk/framework/field-type.ts';

const fields = defineFields({
  name: { type: string, description: '' },
  size: { type: string, description: '', default: 'small' },
  models: { type: commaStringSlice, description: '' },
  ttl: { type: durationSecond, description: '', default: 30 },
  budget: { type: v.pipe(float, v.minValue(0)), description: '' },
  metadata: { type: kvPairs, description: '' },
  on: { type: bool, description: '', default: true },
});

function parse(raw: Readonly<Record<string, unknown>>) {
  const result = parseFieldData(fields, raw);
  if (!result.ok) throw new Error(result.message);
  return result.data;
}

describe('get is the value, else the default, else the zero; getOk is only what was sent', () => {
  const cases = [
    { field: 'name', raw: {}, get: '', getOk: undefined },
    { field: 'name', raw: { name: 5 }, get: '5', getOk: '5' },
    { field: 'name', raw: { name: null }, get: '', getOk: '' },
    { field: 'size', raw: {}, get: 'small', getOk: undefined },
    { field: 'size', raw: { size: '' }, get: '', getOk: '' },
    { field: 'size', raw: { size: null }, get: '', getOk: '' },
    { field: 'models', raw: {}, get: [], getOk: undefined },
    { field: 'models', raw: { models: null }, get: [], getOk: [] },
    { field: 'models', raw: { models: 'a, b' }, get: ['a', 'b'], getOk: ['a', 'b'] },
    { field: 'ttl', raw: {}, get: 30, getOk: undefined },
    { field: 'ttl', raw: { ttl: null }, get: 30, getOk: undefined },
    { field: 'ttl', raw: { ttl: '' }, get: 0, getOk: 0 },
    { field: 'ttl', raw: { ttl: '1h' }, get: 3600, getOk: 3600 },
    { field: 'budget', raw: { budget: '1.5' }, get: 1.5, getOk: 1.5 },
    { field: 'metadata', raw: { metadata: 'k=v' }, get: { k: 'v' }, getOk: { k: 'v' } },
    { field: 'on', raw: { on: false }, get: false, getOk: false },
  ] as const;
  for (const { field, raw, get, getOk } of cases) {
    test(`${field} of ${JSON.stringify(raw)}`, () => {
      const data = parse(raw);
      expect(data.get(field)).toEqual(get as never);
      expect(data.getOk(field)).toEqual(getOk as never);
    });
  }
});

test('what is no field is left alone, whatever its name', () => {
  const raw = JSON.parse('{"other":[1],"__proto__":{"name":"x"},"constructor":"y","toString":1}') as Record<
    string,
    unknown
  >;
  const data = parse(raw);
  expect(data.raw).toBe(raw);
  expect(data.get('name')).toBe('');
});

test('an undeclared field is a mistake that is told', () => {
  expect(() => parse({}).get('nmae' as 'name')).toThrow('the field "nmae" is not declared');
});

describe('a value that does not convert is told by its field, cut short', () => {
  const long = 'x'.repeat(5000);
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
    [
      { budget: 'much' },
      'error converting input for field "budget": expected a finite number, got a text of 4 characters',
    ],
    [{ budget: -1 }, 'error converting input for field "budget": expected >=0, got -1'],
    [
      { budget: long },
      'error converting input for field "budget": expected a finite number, got a text of 5000 characters',
    ],
    [
      { budget: '😀'.repeat(70) },
      'error converting input for field "budget": expected a finite number, got a text of 70 characters',
    ],
    [{ budget: 'x' }, 'error converting input for field "budget": expected a finite number, got a text of 1 character'],
    [{ ttl: -1 }, `error converting input for field "ttl": cannot provide negative value '-1'`],
    [
      { ttl: [] },
      'error converting input for field "ttl": expected a duration such as 30s, 24h, 7d or a number of seconds, got a list',
    ],
    [
      { metadata: 'nothing' },
      'error converting input for field "metadata": expected pairs of the form key=value, got a text of 7 characters',
    ],
    [{ name: {}, budget: 'x' }, 'error converting input for field "name": expected a text, got a map'],
  ];
  for (const [raw, message] of cases) {
    test(message, () => expect(parseFieldData(fields, raw)).toEqual({ ok: false, message }));
  }
});

test('a message of valibot’s own shows no text either', () => {
  const named = { name: { type: v.pipe(string, v.regex(/^a$/)), description: '' } };
  const message = 'error converting input for field "name": expected /^a$/, got a text of 24 characters';
  expect(parseFieldData(named, { name: 'sk-test-not-a-real-key-1' })).toEqual({ ok: false, message });
});

test('an author’s long message is cut by characters', () => {
  const check = v.check<string, (issue: v.CheckIssue<string>) => string>(
    () => false,
    () => '😀'.repeat(300),
  );
  const result = parseFieldData({ name: { type: v.pipe(string, check), description: '' } }, { name: 'a' });
  expect(result).toEqual({
    ok: false,
    message: `error converting input for field "name": ${'😀'.repeat(240)}…`,
  });
});

describe('no message shows the value of a sensitive field', () => {
  const secret = 'sk-test-not-a-real-key-1';
  const types = {
    convert: int,
    limit: v.pipe(string, v.maxLength(5)),
    fixed: v.pipe(
      string,
      v.check((value) => value === '', 'must be empty'),
    ),
    pattern: v.pipe(string, v.regex(/^$/)),
    custom: v.pipe(
      string,
      v.check(
        () => false,
        (issue) => `not ${String(issue.input)}`,
      ),
    ),
    nested: v.pipe(
      v.pipe(
        string,
        v.check(() => false, 'must be short'),
      ),
      v.minLength(1),
    ),
    pairs: v.pipe(
      kvPairs,
      v.check(
        () => false,
        (issue) => `not ${JSON.stringify(issue.input)}`,
      ),
    ),
  };
  for (const [name, type] of Object.entries(types)) {
    test(name, () => {
      const sensitive = { key: { type, description: '', displayAttrs: { sensitive: true } } };
      const result = parseFieldData(sensitive, { key: name === 'pairs' ? `a=${secret}` : secret });
      expect(result.ok).toBe(false);
      expect(JSON.stringify(result)).toContain('error converting input for field \\"key\\": ');
      expect(JSON.stringify(result)).not.toContain('sk-test');
    });
  }

  test('but it says what the author wrote, when that does not depend on the value', () => {
    const message = (type: (typeof types)['fixed' | 'nested']) =>
      parseFieldData({ key: { type, description: '', displayAttrs: { sensitive: true } } }, { key: secret });
    expect(message(types.fixed)).toMatchObject({ message: 'error converting input for field "key": must be empty' });
    expect(message(types.nested)).toMatchObject({ message: 'error converting input for field "key": must be short' });
  });
});

test('leniently, what does not convert was not sent', () => {
  const data = parseFieldDataLeniently(fields, { name: {}, budget: 'x', models: 'a' });
  expect(data.getOk('name')).toBeUndefined();
  expect(data.get('budget')).toBe(0);
  expect(data.get('models')).toEqual(['a']);
});
