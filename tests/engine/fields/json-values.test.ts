import { describe, expect, test } from 'bun:test';
import { readAs } from '../../../src/engine/fields/conversion.ts';
import { amount } from '../../../src/engine/fields/field-types.ts';
import { freeMap, listOf, mapOf, record } from '../../../src/engine/fields/json-values.ts';
import { limit, limit32, limitsByName, optionalWindow } from '../../../src/engine/fields/limits.ts';
import { id, nameList, oneOf } from '../../../src/engine/fields/texts.ts';
import type { FieldType } from '../../../src/sdk/framework/field-type.ts';

const secret = 'sk-test-not-a-real-key-0123456789';
const free = freeMap('a map such as {"a":1}');
const lists = mapOf(nameList, 'a map of lists');
const pair = record({ max_budget: amount, name: id }, 'a map with max_budget and name');
const pairs = listOf(pair, 'a list of such');
const colour = oneOf(['red', 'green', '']);
/** JSON.parse itself gives such a name to a map. */
const proto = JSON.parse('{"__proto__":1,"constructor":2}') as object;
const nested = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);

const read: readonly (readonly [type: string, FieldType<unknown>, raw: unknown, value: unknown])[] = [
  ['free', free, { a: [1, 'b', null, { c: true }] }, { a: [1, 'b', null, { c: true }] }],
  ['free', free, ' {"a":1}', { a: 1 }],
  ['free', free, proto, proto],
  ['free', free, nested(32), JSON.parse(nested(32))],
  ['lists', lists, { a: 'b,c', d: [] }, { a: ['b', 'c'], d: [] }],
  ['pairs', pairs, '[{"name":"a","max_budget":"1.5"}]', [{ max_budget: 1.5, name: 'a' }]],
  ['limit', limit, '9007199254740991', Number.MAX_SAFE_INTEGER],
  ['limit32', limit32, 2 ** 31 - 1, 2 ** 31 - 1],
  ['limitsByName', limitsByName, 'a=1, b=2', { a: 1, b: 2 }],
  ['limitsByName', limitsByName, ['a=1,b=2', 'c=3'], { a: 1, b: 2, c: 3 }],
  ['window', optionalWindow, '1200mo', '1200mo'],
  ['colour', colour, 'red', 'red'],
  ['colour', colour, '', ''],
];

const refused: readonly (readonly [type: string, FieldType<unknown>, raw: unknown, says: string])[] = [
  ['free', free, secret, 'must be a map such as {"a":1}, not a text of 33 characters'],
  [
    'free',
    free,
    '{"a":',
    'must be a map such as {"a":1}, not a text of 5 characters: it begins like JSON and is not valid JSON',
  ],
  ['free', free, '[1]', 'must be a map such as {"a":1}, not a list'],
  ['free', free, nested(40), 'is nested deeper than 32 levels'],
  ['free', free, nested(100_000), ''],
  ['free', free, '{"a":1e999}', 'has a number in it that is too large'],
  ['free', free, '{"a":9007199254740993}', 'has a number in it that is too large'],
  ['lists', lists, { a: 1 }, 'for "a" must be a list of texts'],
  ['lists', lists, { [secret]: 1 }, 'for a name of 33 characters must be a list of texts'],
  ['pairs', pairs, [{ name: 'a' }], 'item 1: must have max_budget and name, and has no max_budget'],
  ['pairs', pairs, [{ name: 'a', maxBudget: 1 }], 'item 1: must not have "maxBudget" in it: did you mean max_budget?'],
  ['pairs', pairs, [{ max_budget: -1, name: 'a' }], 'item 1: max_budget must not be negative'],
  ['limit', limit, -1, 'must not be negative: LiteLLM would refuse every call'],
  ['limit', limit, 2 ** 53, 'must be at most 9007199254740991'],
  ['limit', limit, '1 000', 'must be a whole number such as 100, or 0 for no limit, not a text of 5 characters'],
  ['limit32', limit32, '2147483648', 'must be at most 2147483647'],
  ['limitsByName', limitsByName, 'a=1,a=2', 'has a name in it twice'],
  ['limitsByName', limitsByName, `a=${secret}`, 'for "a" must be a whole number'],
  ['window', optionalWindow, '1201mo', 'must be at most 100 years'],
  ['window', optionalWindow, '1x', "must be a number with one of LiteLLM's units s, m, h, d, w, mo"],
  ['id', id, 'a\n', 'must not begin or end with a space or a line break'],
  ['colour', colour, secret, 'must be one of red, green, not a text of 33 characters'],
];

describe('a type takes', () => {
  for (const [name, type, raw, value] of read) {
    test(`${name}: ${JSON.stringify(raw).slice(0, 60)}`, () => expect(readAs(type, raw)).toEqual({ value }));
  }
});

describe('a type refuses, and shows nothing of it:', () => {
  for (const [name, type, raw, says] of refused) {
    test(`${name}: ${JSON.stringify(raw).slice(0, 40).replace(secret, '…')}`, () => {
      const reading = readAs(type, raw);
      if ('value' in reading) throw new Error('it was taken');
      expect(reading.refusal).toStartWith(says);
      expect(reading.refusal).not.toContain(secret);
    });
  }
});
