import { describe, expect, test } from 'bun:test';
import { defineFields } from '../../../src/sdk/framework/field-schema.ts';
import { commaStringSlice } from '../../../src/sdk/framework/field-type.ts';
import { documentPaths, type OpenAPIOptions } from '../../../src/sdk/framework/openapi.ts';
import { definePath, type Path } from '../../../src/sdk/framework/path.ts';

// What Go prints is held by openapi-golden.test.ts; here is the rest.

const callback = async () => undefined;
const options: OpenAPIOptions = { version: '1.2.3', type: 1, pathsSpecial: {}, requestResponsePrefix: 'mount' };
const document = (paths: readonly Path[], given: Partial<OpenAPIOptions> = {}) =>
  documentPaths(paths, { ...options, ...given });

test('unpublished operations and patterns without a telling form have no methods', () => {
  const hidden = definePath({
    pattern: 'hidden',
    fields: {},
    operations: {
      read: { callback, summary: '', unpublished: true },
      create: { callback, summary: '', unpublished: true },
    },
  });
  const rest = definePath({
    pattern: '.*',
    fields: {},
    operations: { read: { callback, summary: '' } },
    helpSynopsis: 'All.',
  });
  expect(document([hidden, rest]).paths).toEqual({ '/hidden': {}, '/^.*$': { description: 'All.' } });
});

describe('special paths are marked', () => {
  const cases = [
    [['config'], true],
    [['con*'], true],
    [['config/*'], false],
    [['+'], true],
    [['+/x'], false],
    [['other'], false],
    [[], false],
  ] as const;
  const config = definePath({ pattern: 'config', fields: {}, operations: {} });
  for (const [patterns, marked] of cases) {
    test(JSON.stringify(patterns), () => {
      const sudo = document([config], { pathsSpecial: { root: patterns } }).paths['/config'];
      const open = document([config], { pathsSpecial: { unauthenticated: patterns } }).paths['/config'];
      expect(sudo).toEqual(marked ? { 'x-vault-sudo': true } : {});
      expect(open).toEqual(marked ? { 'x-vault-unauthenticated': true } : {});
    });
  }
});

describe('the id of an operation', () => {
  const cases = [
    { name: 'from the path', attrs: undefined, operationAttrs: undefined, ids: ['mount-read-a-x', 'mount-read-a-y'] },
    {
      name: 'from the path’s attributes, a suffix for each expansion',
      attrs: { operationPrefix: 'P', operationSuffix: 'one|two' },
      operationAttrs: undefined,
      ids: ['p-read-one', 'p-read-two'],
    },
    {
      name: 'from one suffix for two expansions',
      attrs: { operationPrefix: 'p', operationSuffix: 'one' },
      operationAttrs: undefined,
      ids: ['p-read-one', 'p-read-a-y'],
    },
    {
      name: 'from the operation’s own attributes first',
      attrs: { operationPrefix: 'p', operationVerb: 'see' },
      operationAttrs: { operationVerb: 'peek', operationSuffix: 'it|them' },
      ids: ['p-peek-it', 'p-peek-them'],
    },
    {
      name: 'from a verb alone',
      attrs: { operationVerb: 'see' },
      operationAttrs: undefined,
      ids: ['see', 'see-a-y'],
    },
  ];
  for (const { name, attrs, operationAttrs, ids } of cases) {
    test(name, () => {
      const read = { callback, summary: '', ...(operationAttrs && { displayAttrs: operationAttrs }) };
      const path = definePath({
        pattern: 'a/(x|yy?)',
        fields: {},
        operations: { read },
        ...(attrs && { displayAttrs: attrs }),
      });
      const { paths } = document([path]);
      expect([paths['/a/x']?.get?.operationId, paths['/a/y']?.get?.operationId]).toEqual(ids);
    });
  }
});

test('a list in the query says what is in it', () => {
  const path = definePath({
    pattern: 'creds',
    fields: defineFields({ models: { type: commaStringSlice, description: 'Some.', query: true } }),
    operations: { read: { callback, summary: '' } },
  });
  expect(document([path]).paths['/creds']?.get?.parameters).toEqual([
    { name: 'models', description: 'Some.', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
  ]);
});
