import { describe, expect, test } from 'bun:test';
import { defineFields, type Fields } from '../../../src/sdk/framework/field-schema.ts';
import * as types from '../../../src/sdk/framework/field-type.ts';
import { documentPaths } from '../../../src/sdk/framework/openapi.ts';
import { definePath, type Path, type PathOperationName } from '../../../src/sdk/framework/path.ts';
import { genericNameRegex, optionalParamRegex } from '../../../src/sdk/framework/pattern.ts';
import type { Paths } from '../../../src/sdk/logical/backend.ts';
import { readTable } from '../../golden/read-table.ts';

// The same backends are declared in tests/golden/framework/openapi.go, by the same names.

interface Row {
  readonly name: string;
  readonly paths: unknown;
  readonly components: unknown;
}

const callback = async () => undefined;
const existenceCheck = async () => false;
const op = (summary: string) => ({ callback, summary });
const only = (operation: PathOperationName) => ({ [operation]: op('Do.') });

const fields = defineFields({
  name: { type: types.nameString, description: ' The name\n  of the role. ', required: true },
  models: { type: types.commaStringSlice, description: 'Models.', default: ['a'] },
  budget: { type: types.float, description: 'A limit.', required: true, deprecated: true },
  ttl: {
    type: types.durationSecond,
    description: '',
    allowedValues: [60],
    default: 60,
    displayAttrs: { name: 'TTL', operationPrefix: 'x' },
  },
  signed: { type: types.signedDurationSecond, description: '' },
  metadata: { type: types.kvPairs, description: '' },
  anything: { type: types.map, description: '' },
  count: { type: types.int, description: '', default: 0 },
  big: { type: types.int64, description: '' },
  on: { type: types.bool, description: '', default: false },
  lower: { type: types.lowerCaseString, description: '' },
  slice: { type: types.slice, description: '' },
  strings: { type: types.stringSlice, description: '' },
  ints: { type: types.commaIntSlice, description: '' },
  After: { type: types.string, description: 'Where to go on.', query: true, deprecated: true },
  limit: { type: types.int64, description: 'How many.', query: true, required: true },
  secret: { type: types.string, description: '', displayAttrs: { sensitive: true } },
});
const { name, ttl, ints } = fields;
const plain = defineFields({ name, kind: { type: types.string, description: 'Kind.' } });
const after = defineFields({ name, After: fields.After });
const none: Fields = {};
const role = `roles/${genericNameRegex('name')}` as const;

const cases: Readonly<Record<string, { readonly special?: Paths; readonly paths: readonly Path[] }>> = {
  everything: {
    paths: [
      definePath({
        pattern: role,
        fields,
        operations: {
          read: { ...op('Read.'), responses: { 200: { description: 'A role', fields: { name, ttl, ints } } } },
          create: op('Create.'),
          update: { ...op('Update.'), description: 'Changes fields.', examples: [{ data: { models: ['b'] } }] },
          patch: op('Patch.'),
          delete: { ...op('Delete.'), deprecated: true },
          list: op('List.'),
        },
        existenceCheck,
        helpSynopsis: ' Roles. ',
        displayAttrs: { operationPrefix: 'litellm', operationSuffix: 'role', itemType: 'Role' },
      }),
    ],
  },
  'a list alone': {
    paths: [definePath({ pattern: 'roles/?$', fields: after, operations: only('list'), helpSynopsis: 'All.' })],
  },
  'a list that needs its slash': { paths: [definePath({ pattern: 'roles/', fields: none, operations: only('list') })] },
  'a read that needs a slash': { paths: [definePath({ pattern: 'roles/', fields: none, operations: only('read') })] },
  'a list that tells its answer': {
    paths: [
      definePath({
        pattern: 'roles/?',
        fields: none,
        operations: {
          list: {
            ...op(''),
            responses: {
              200: { description: 'Names', fields: { keys: { type: types.stringSlice, description: '' } } },
            },
          },
        },
      }),
    ],
  },
  'a list in two lists': {
    paths: [
      definePath({ pattern: 'roles/?', fields: none, operations: only('list') }),
      definePath({ pattern: `${role}/keys/?` as const, fields: plain, operations: only('list') }),
    ],
  },
  'a delete with a query': { paths: [definePath({ pattern: 'roles', fields: after, operations: only('delete') })] },
  'a capture that is optional': {
    paths: [
      definePath({
        pattern: `creds${optionalParamRegex('name')}(/(?P<kind>a|b))?` as const,
        fields: plain,
        operations: only('update'),
      }),
    ],
  },
  'a write without fields': {
    paths: [
      definePath({
        pattern: 'rotate',
        fields: none,
        operations: { update: { ...op(''), examples: [{ data: { a: 1 } }] } },
      }),
    ],
  },
  'a free write': {
    paths: [definePath({ pattern: 'any', fields: none, operations: only('update'), takesArbitraryInput: true })],
  },
  'a free write with a field': {
    paths: [definePath({ pattern: 'any', fields: plain, operations: only('patch'), takesArbitraryInput: true })],
  },
  'an answer by example': {
    paths: [
      definePath({
        pattern: 'a',
        fields: none,
        operations: {
          read: {
            ...op(''),
            responses: {
              200: { description: 'A key', mediaType: 'text/plain', example: { data: { key: 'made-up' } } },
              404: { description: 'None' },
            },
          },
        },
      }),
    ],
  },
  'special paths': {
    special: { root: ['roles/'], unauthenticated: ['ro*'] },
    paths: [definePath({ pattern: 'roles/?', fields: none, operations: { read: op(''), list: op('') } })],
  },
  'nothing that can be told': {
    paths: [
      definePath({ pattern: '.*', fields: none, operations: only('read'), helpSynopsis: 'All.' }),
      definePath({
        pattern: 'hidden',
        fields: none,
        operations: { create: { ...op(''), unpublished: true }, list: { ...op(''), unpublished: true } },
        existenceCheck,
      }),
    ],
  },
};

type Tree = Readonly<Record<string, unknown>>;

/** What Go prints, with each patch as a host takes it: of a media type of its own, any field null, none needed. */
function withPatches({ paths, components }: Row): Pick<Row, 'paths' | 'components'> {
  const operations = Object.values(paths as Tree).map((path) => (path as Tree)['patch'] as Tree | undefined);
  const bodies = operations.flatMap((patch) => (patch === undefined ? [] : [JSON.stringify(patch['requestBody'])]));
  const own = bodies.map((body) => body.replace('application/json', 'application/merge-patch+json'));
  const moved = bodies.reduce(
    (text, body, index) => text.replace(`"requestBody":${body}`, `"requestBody":${own[index]}`),
    JSON.stringify(paths),
  );
  const schemas = Object.entries((components as { readonly schemas: Tree }).schemas).map(([name, schema]) => {
    if (!bodies.some((body) => body.includes(`schemas/${name}"`))) return [name, schema] as const;
    const { required: _required, properties, ...rest } = schema as Tree;
    const nullable = Object.entries(properties as Tree).map(([field, value]) => {
      const { default: _default, ...kept } = value as Tree;
      return [field, { ...kept, nullable: true }] as const;
    });
    return [name, { ...rest, properties: Object.fromEntries(nullable) }] as const;
  });
  return { paths: JSON.parse(moved), components: { ...(components as Tree), schemas: Object.fromEntries(schemas) } };
}

/** A document in our words, and as the host gets it. */
const wire = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll('Must be set to `true`', 'Must be `true`'));

describe('OpenAPI is what Go prints', () => {
  const rows = readTable<Row>('openapi');

  test('of every backend here', () => expect(rows.map((row) => row.name)).toEqual(Object.keys(cases)));

  for (const row of rows) {
    test(row.name, () => {
      const { paths = [], special: pathsSpecial = {} } = cases[row.name] ?? {};
      const options = { version: '1.2.3', type: 1, pathsSpecial, requestResponsePrefix: 'mount' };
      const document = documentPaths(paths, options);
      expect(wire({ paths: document.paths, components: document.components })).toEqual(wire(withPatches(row)));
    });
  }
});
