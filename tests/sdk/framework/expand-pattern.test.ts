import { describe, expect, test } from 'bun:test';
import { expandPattern } from '../../../src/sdk/framework/expand-pattern.ts';
import { anchorPattern } from '../../../src/sdk/framework/pattern.ts';
import { readTable } from '../../golden/read-table.ts';

interface Row {
  readonly pattern: string;
  readonly openapi: readonly string[];
}

const rows = readTable<Row>('patterns');

describe('a pattern expands to the OpenAPI paths that Go says', () => {
  for (const row of rows) {
    test(row.pattern, () => {
      const expanded = expandPattern(row.pattern) ?? [anchorPattern(row.pattern)];
      expect(expanded.map((name) => `/${name}`).toSorted()).toEqual(row.openapi.toSorted());
    });
  }
});
