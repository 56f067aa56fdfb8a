import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import * as v from 'valibot';
import * as fieldTypes from '../../../src/sdk/framework/field-type.ts';
import { readTable } from '../../golden/read-table.ts';

interface Row {
  readonly type: keyof typeof fieldTypes;
  /** The JSON text of the value. */
  readonly raw: string;
  readonly error?: true;
  readonly absent?: true;
  readonly value?: unknown;
  readonly notJSON?: string;
}

const refused = Symbol('refused');

/** Where we differ from Go on purpose: why, the types, the JSON texts, and what we make of each. */
const differences: readonly {
  readonly why: string;
  readonly types: readonly Row['type'][];
  readonly cases: Readonly<Record<string, unknown>>;
}[] = [
  {
    why: 'JSON cannot carry these, and a limit that is not a number holds nothing back',
    types: ['float'],
    cases: Object.fromEntries(['NaN', 'nan', 'Inf', '-inf', '+Infinity'].map((text) => [`"${text}"`, refused])),
  },
  {
    why: 'a double does not hold these exactly: Go wraps or rounds the numbers and reads the texts',
    types: ['int', 'int64', 'commaIntSlice'],
    cases: {
      '1e21': refused,
      '1.5e300': refused,
      '9007199254740993': refused,
      '9223372036854775807': refused,
      '1e19': refused,
      '"9007199254740993"': refused,
      '"9223372036854775807"': refused,
    },
  },
  {
    why: 'pairs may come as the text of a JSON object, which a shell writes with ease',
    types: ['kvPairs'],
    cases: {
      '"{\\"a\\":\\"b\\"}"': { a: 'b' },
      '"{\\"a\\":1}"': { a: '1' },
      '" {\\"a\\":\\"b\\"}"': { a: 'b' },
    },
  },
];

function convert({ type, raw }: Row): unknown {
  const value: unknown = JSON.parse(raw);
  const schema = fieldTypes[type] as fieldTypes.FieldType<unknown>;
  const result = v.safeParse(schema, value);
  return result.success ? result.output : refused;
}

describe('each field type makes of a JSON value what Go makes of it', () => {
  const different = new Map<string, unknown>(
    differences.flatMap(({ types, cases }) =>
      types.flatMap((type) => Object.entries(cases).map(([raw, value]) => [`${type} ${raw}`, value] as const)),
    ),
  );
  const rows = readTable<Row>('field-types');
  for (const type of new Set(rows.map((row) => row.type))) {
    const { zero, nullIsAbsent } = fieldTypes[type].fieldType;
    test(type, () => {
      for (const row of rows.filter((candidate) => candidate.type === type)) {
        const name = `${type} ${row.raw}`;
        const go = row.error ? refused : (row.notJSON ?? row.value ?? zero);
        if (different.has(name)) {
          expect([name, convert(row)]).not.toEqual([name, go]);
          expect([name, convert(row)]).toEqual([name, different.get(name)]);
        } else {
          expect([name, convert(row)]).toEqual([name, go]);
        }
        expect([name, row.absent === true]).toEqual([name, row.raw === 'null' && nullIsAbsent]);
      }
    });
  }
});

test('a narrowed type still knows its Go name and zero', () => {
  const narrowed = v.pipe(v.pipe(fieldTypes.float, v.minValue(0)), v.maxValue(10));
  expect(narrowed.fieldType).toEqual(fieldTypes.float.fieldType);
  expect(v.safeParse(narrowed, '5.5').output).toBe(5.5);
  expect(v.safeParse(narrowed, -1).success).toBe(false);
  expect(v.safeParse(narrowed, 11).success).toBe(false);
});

test('the help names are those of Go', () => {
  const names = Object.values(fieldTypes).map((type) => type.fieldType.name);
  expect(names).toEqual([
    ...['bool', 'slice', 'slice', 'duration (sec)', 'float', 'int', 'int64', 'keypair'],
    ...['lowercase string', 'map', 'name string', 'duration (sec)', 'slice', 'string', 'slice'],
  ]);
});

describe('a negative duration', () => {
  for (const raw of [-1, '-1', '-1s', '-1d']) {
    test(`${JSON.stringify(raw)} is refused in the words that Go has for it`, () => {
      const message = v.safeParse(fieldTypes.durationSecond, raw).issues?.[0].message;
      expect(message).toBe(`cannot provide negative value '${raw === '-1d' ? -86400 : -1}'`);
    });
  }
});

test('whatever JSON holds, a type converts it or refuses it, and never throws', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const type of Object.values(fieldTypes)) v.safeParse(type as fieldTypes.FieldType<unknown>, value);
    }),
  );
});

test('a name in a map may be one that JavaScript gives a meaning', () => {
  const value: unknown = JSON.parse('{"__proto__":"x","constructor":"y"}');
  for (const type of [fieldTypes.kvPairs, fieldTypes.map]) {
    const result = v.parse(type, value);
    expect(Object.entries(result)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  }
});

describe('a hostile value is converted or refused in no more than linear time', () => {
  const times = 500_000;
  let deep: unknown = [];
  for (let depth = 0; depth < times; depth++) deep = [deep];
  const values = {
    deep,
    spaces: `${' '.repeat(times)}a`,
    digits: '1'.repeat(times),
    underscores: `${'1_'.repeat(times)}x`,
    fraction: `${'1'.repeat(times)}.${'1'.repeat(times)}x`,
    hexadecimal: `0x${'1_'.repeat(times)}.${'_1'.repeat(times)}p`,
    hours: '1h'.repeat(times),
    pairs: 'a='.repeat(times),
    name: 'a-'.repeat(times),
    braces: '{'.repeat(times),
  };
  for (const [name, value] of Object.entries(values)) {
    // Quadratic time would be minutes here: the runner's own limit ends it.
    test(name, () => {
      for (const type of Object.values(fieldTypes)) v.safeParse(type as fieldTypes.FieldType<unknown>, value);
    });
  }
});
