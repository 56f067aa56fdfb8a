import { describe, expect, test } from 'bun:test';
import { string } from '../../../src/sdk/framework/field-type.ts';
import { definePath } from '../../../src/sdk/framework/path.ts';
import { genericNameRegex } from '../../../src/sdk/framework/pattern.ts';
import { createRouter } from '../../../src/sdk/framework/router.ts';
import { readTable } from '../../golden/read-table.ts';

interface Row {
  readonly pattern: string;
  /** The captures of each path that matches. */
  readonly matches: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const rows = readTable<Row>('patterns');
const requestPaths = new Set(rows.flatMap((row) => Object.keys(row.matches)));

/** Matched by no pattern of the table but the one that matches everything. */
const others = ['config\n', 'roles/-a', 'roles/a-', 'roles/.a', 'roles/a.', 'roles/é', 'roles/a b', 'creds/a\nb'];

const path = (pattern: string) => definePath({ pattern, fields: {}, operations: {} });

describe('a pattern matches the paths that Go says, and captures the same', () => {
  for (const row of rows) {
    test(row.pattern, () => {
      const router = createRouter([path(row.pattern)]);
      for (const requestPath of [...requestPaths, ...others]) {
        const expected = Object.hasOwn(row.matches, requestPath) ? row.matches[requestPath] : undefined;
        expect([requestPath, router(requestPath)?.captures]).toEqual([requestPath, expected]);
      }
    });
  }
});

test('the first path that matches wins', () => {
  const fields = { name: { type: string, description: '' } };
  const special = definePath({ pattern: 'roles/special', fields: {}, operations: {} });
  const general = definePath({ pattern: `roles/${genericNameRegex('name')}`, fields, operations: {} });
  expect(createRouter([special, general])('roles/special')?.path).toBe(special);
  expect(createRouter([general, special])('roles/special')?.path).toBe(general);
});
