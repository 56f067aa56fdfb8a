import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import fc from 'fast-check';
import * as v from 'valibot';
import { amount, duration, flag, text, wholeNumber } from '../../../src/engine/fields/field-types.ts';
import { labels, nameList } from '../../../src/engine/fields/texts.ts';
import { parseFieldData } from '../../../src/sdk/framework/field-data.ts';
import * as go from '../../../src/sdk/framework/field-type.ts';

/** A busy machine takes its time for some thousand values. */
setDefaultTimeout(60_000);

const types = { text, flag, wholeNumber, amount, duration, nameList, labels } as const;
type Name = keyof typeof types;
const goTypes: Readonly<Record<Name, go.FieldType<unknown>>> = {
  text: go.string,
  flag: go.bool,
  wholeNumber: go.int,
  amount: go.float,
  duration: go.durationSecond,
  nameList: go.commaStringSlice,
  labels: go.kvPairs,
};
const names = Object.keys(types) as readonly Name[];

const taken: Readonly<Record<Name, readonly (readonly [raw: unknown, value: unknown])[]>> = {
  text: [
    ['', ''],
    ['a', 'a'],
    [' 1 ', ' 1 '],
  ],
  flag: [
    [true, true],
    [false, false],
    [1, true],
    [0, false],
    ['true', true],
    ['False', false],
    ['t', true],
    ['0', false],
  ],
  wholeNumber: [
    [0, 0],
    [8, 8],
    ['8', 8],
    ['0', 0],
    [-1, -1],
  ],
  amount: [
    [0, 0],
    [12.5, 12.5],
    ['0', 0],
    ['0.00', 0],
    ['0e9', 0],
    ['12.5', 12.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E-3', 0.001],
    ['1e-320', 1e-320],
  ],
  duration: [
    [0, 0],
    ['0', 0],
    ['0s', 0],
    ['0h0m', 0],
    [90, 90],
    ['90', 90],
    ['090', 90],
    ['30s', 30],
    ['1h30m', 5400],
    ['1.5h', 5400],
    ['7d', 604_800],
    ['1000ms', 1],
    ['1m0.5s500ms', 61],
    ['0.000000001s999999999ns', 1],
  ],
  nameList: [
    ['', []],
    [[], []],
    ['a', ['a']],
    ['a, b', ['a', 'b']],
    [
      ['a', ' b '],
      ['a', 'b'],
    ],
    [['a,b'], ['a,b']],
    [['"a"'], ['"a"']],
  ],
  labels: [
    [{}, {}],
    [[], {}],
    ['{}', {}],
    ['a=b', { a: 'b' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=', { a: '' }],
    [['a=b', 'c=d'], { a: 'b', c: 'd' }],
    [{ a: 'b' }, { a: 'b' }],
    [' {"a":"b"} ', { a: 'b' }],
  ],
};

const refused: Readonly<Record<Name, readonly unknown[]>> = {
  text: [true, 0, 1, 1e21, [], ['a'], {}],
  flag: ['', 'yes', 'on', 2, -1, 0.5, [], {}, [true], 'TrUe'],
  wholeNumber: ['', '8x', '8.0', '8.9', 8.9, true, '0x10', '010', '1_0', '+8', ' 8', '1e1', 1e300, [], {}, [8]],
  amount: [
    ...[
      '',
      ' ',
      '0x',
      '0x1p4',
      '1_000',
      '1,5',
      '$5',
      '5 ',
      '+5',
      '-1',
      '-0',
      'NaN',
      'Inf',
      'five',
      '1e-400',
      '.',
      'e5',
    ],
    ...['0.' + '0'.repeat(400) + '1', '1e999', '9'.repeat(400), -1, true, false, [], [5], {}, '1e-99999'],
  ],
  duration: [
    ...['', ' ', '500ms', '1ns', '1.5s', '0.5s', '0.5', '1.5', '1e3', '0.0000000001s', '1.00000000000000000001s'],
    ...['-1', '-1s', '-0', '+1h', '1w', '1y', '1.5d', 'soon', '1 h', '1h ', 's', '.s', '1hh', '1000000d', '1us'],
    ...[0.5, 1.5, -1, 1e12, true, false, [], [1], {}, '9'.repeat(30), `${'9'.repeat(30)}h`],
  ],
  nameList: [{}, { a: 'b' }, '["a","b"]', ' ["a"]', '{}', '{"a":1}', 1, 0, true, false, [1], [true], [null], [['a']]],
  labels: [
    ...['', 'words', '=a', '["a=b"]', '[]', '{', '{"a"', '{"a":1}', '{"a":null}', '{"a":{}}', '{"a":true}'],
    ...[1, true, false, [['a', 'b']], [['a=b']], [{}], [{ a: 'b' }], ['a=b', 'a=c'], ['a'], ['{"a":"b"}'], [1]],
    ...[{ a: 1 }, { a: true }, { a: null }, { a: {} }, { a: [] }],
  ],
};

/** What a path answers for a value: what would be stored, or the error. */
function convert(
  name: Name,
  raw: unknown,
  sensitive = false,
): { readonly value: unknown } | { readonly error: string } {
  const field = { type: types[name] as go.FieldType<unknown>, description: '', displayAttrs: { sensitive } };
  const result = parseFieldData({ field }, { field: raw });
  return result.ok ? { value: result.data.getOk('field') } : { error: result.message };
}

for (const name of names) {
  describe(name, () => {
    for (const [raw, value] of taken[name]) {
      test(`takes ${JSON.stringify(raw)}`, () => expect(convert(name, raw)).toEqual({ value }));
    }
    for (const raw of [null, ...refused[name]]) {
      test(`refuses ${JSON.stringify(raw).slice(0, 60)}`, () =>
        expect(convert(name, raw)).toEqual({
          error: expect.stringMatching(/^error converting input for field "field": /),
        }));
    }

    test('is called as the type that it narrows', () => {
      const { nullIsAbsent, ...info } = types[name].fieldType;
      expect(info).toEqual({ ...goTypes[name].fieldType, nullIsAbsent: undefined } as object as typeof info);
      expect(nullIsAbsent).toBe(false);
    });
  });
}

const digit = fc.integer({ min: 0, max: 9 }).map(String);
const unit = fc.constantFrom('ns', 'us', 'ms', 's', 'm', 'h', 'd', '', 'x');
const number = fc
  .tuple(fc.array(digit, { maxLength: 5 }), fc.option(fc.array(digit, { maxLength: 12 })))
  .map(([whole, fraction]) => whole.join('') + (fraction === null ? '' : `.${fraction.join('')}`));
const numeric = fc
  .array(fc.tuple(fc.constantFrom('', '', '-', '+', 'e', 'e-', ' '), number, unit), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.flat().join(''));
const anything = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  numeric,
  fc.jsonValue().map((json) => JSON.stringify(json)),
);

describe('whatever comes,', () => {
  test('what is taken is taken as the framework would', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), anything, (name, raw) => {
        const result = convert(name, raw);
        if ('error' in result) return;
        const goResult = v.safeParse(goTypes[name], raw);
        expect(goResult).toMatchObject({ success: true });
        expect(result.value).toEqual(goResult.output);
      }),
      { numRuns: 3000 },
    );
  });

  test('a 0 was typed as one', () => {
    fc.assert(
      fc.property(fc.constantFrom('amount', 'duration', 'wholeNumber'), anything, (name, raw) => {
        const result = convert(name, raw);
        if ('error' in result || result.value !== 0) return;
        if (typeof raw === 'string') expect(raw).toMatch(/^[0.]+(?:e-?[0-9]*)?[a-z]*(?:[0.]+[a-z]+)*$/i);
        else expect(raw === 0).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('a text that is refused is not quoted', () => {
    const secret = 'sk-test-not-a-real-key';
    const pasted = [
      secret,
      `-${secret}`,
      `[${secret}`,
      `{"a":"${secret}"`,
      `${secret}=`,
      [secret],
      [[secret]],
      { a: { b: secret } },
    ];
    for (const name of names) {
      for (const raw of pasted) {
        const result = convert(name, raw);
        if ('error' in result) expect(result.error).not.toContain(secret);
      }
    }
  });

  test('a quarter of a megabyte of it takes no time', () => {
    const long = [
      ...['9', '0', '.', '1h', '0.', '1.0h', '[', '{', '=', ' '].map((part) => part.repeat((1 << 18) / part.length)),
      `0.${'0'.repeat(1 << 18)}1s`,
      `${'1'.repeat(1 << 18)}s`,
    ];
    for (const name of names) {
      for (const raw of long) {
        const result = convert(name, raw);
        if ('error' in result) expect(result.error.length).toBeLessThan(300);
      }
    }
  });
});
