import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import * as v from 'valibot';
import { nameString } from '../../../src/sdk/framework/field-type.ts';
import * as patterns from '../../../src/sdk/framework/pattern.ts';
import { readTable } from '../../golden/read-table.ts';

const rows = readTable<{ readonly pattern: string }>('patterns');

test('the helpers write what Go writes', () => {
  const written = [
    `roles/${patterns.genericNameRegex('name')}`,
    `roles/${patterns.genericNameWithAtRegex('name')}`,
    `creds${patterns.optionalGenericNameRegex('name')}`,
    `creds${patterns.optionalParamRegex('name')}`,
    patterns.matchAllRegex('path'),
  ];
  const known = rows.map((row) => row.pattern);
  for (const pattern of written) expect(known).toContain(pattern);
});

test('a path captures a name exactly when the field type takes it', () => {
  const expression = patterns.compilePattern(`roles/${patterns.genericNameRegex('name')}`);
  const name = fc.string({ unit: fc.constantFrom('a', '1', '_', '-', '.', '/', '@', ' ', 'é', '\n', '😀') });
  fc.assert(
    fc.property(name, (text) => {
      const captured = expression.exec(`roles/${text}`)?.groups?.['name'];
      expect(captured).toBe(v.is(nameString, text) ? text : undefined);
    }),
  );
});

describe('a pattern that cannot mean the same here is refused', () => {
  for (const pattern of [
    '',
    '(',
    'a{',
    '(?i)a',
    '(?=a)',
    '(?<!a)',
    String.raw`\Qa\E`,
    String.raw`\pL`,
    '[[:alpha:]]',
  ]) {
    test(JSON.stringify(pattern), () => {
      expect(() => patterns.compilePattern(pattern)).toThrow(patterns.PatternError);
    });
  }
});
