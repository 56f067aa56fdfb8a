import { describe, expect, test } from 'bun:test';
import * as v from 'valibot';
import { defineFields } from '../../../src/sdk/framework/field-schema.ts';
import { commaStringSlice, durationSecond, float, nameString, string } from '../../../src/sdk/framework/field-type.ts';
import type { OASParameter } from '../../../src/sdk/framework/openapi-document.ts';
import { documentPaths, type OpenAPIOptions } from '../../../src/sdk/framework/openapi.ts';
import { definePath, type Path } from '../../../src/sdk/framework/path.ts';
import { genericNameRegex } from '../../../src/sdk/framework/pattern.ts';

const callback = async () => undefined;
const fields = defineFields({
  name: { type: nameString, description: 'The name\n  of the role.', required: true },
  models: { type: commaStringSlice, description: 'Models.', default: ['a'] },
  budget: { type: v.pipe(float, v.minValue(0)), description: 'A limit.', required: true, deprecated: true },
  ttl: {
    type: durationSecond,
    description: '',
    allowedValues: [60],
    displayAttrs: { name: 'TTL', operationPrefix: 'x' },
  },
  after: { type: string, description: 'Where to go on.', query: true },
});
const role = definePath({
  pattern: `roles/${genericNameRegex('name')}`,
  fields,
  operations: {
    read: { callback, summary: 'Read.', responses: { 200: { description: 'A role', fields: { name: fields.name } } } },
    create: { callback, summary: 'Create.' },
    update: { callback, summary: 'Update.', examples: [{ data: { models: ['b'] } }] },
    delete: { callback, summary: 'Delete.', deprecated: true },
  },
  existenceCheck: async () => false,
  helpSynopsis: 'Roles.',
  displayAttrs: { operationPrefix: 'litellm', operationSuffix: 'role', itemType: 'Role' },
});
const roles = definePath({ pattern: 'roles/?$', fields: {}, operations: { list: { callback, summary: 'List.' } } });

const options: OpenAPIOptions = { version: '1.2.3', type: 1, pathsSpecial: {}, requestResponsePrefix: 'mount' };
const document = (paths: readonly Path[], given: Partial<OpenAPIOptions> = {}) =>
  documentPaths(paths, { ...options, ...given });

test('a path with everything', () => {
  const parameters: readonly OASParameter[] = [
    { name: 'after', description: 'Where to go on.', in: 'query', schema: { type: 'string' } },
    {
      ...{ name: 'name', description: 'The name of the role.', in: 'path', required: true },
      schema: { type: 'string', pattern: String.raw`\w([\w-.]*\w)?` },
    },
  ];
  const name = { type: 'string', pattern: String.raw`\w([\w-.]*\w)?`, description: 'The name of the role.' };
  expect(document([role])).toMatchObject({ openapi: '3.0.2', info: { version: '1.2.3' } });
  expect(document([role]).paths).toEqual({
    '/roles/{name}': {
      description: 'Roles.',
      parameters,
      'x-vault-createSupported': true,
      'x-vault-displayAttrs': { itemType: 'Role' },
      get: {
        ...{ summary: 'Read.', operationId: 'litellm-read-role', tags: ['secrets'] },
        responses: {
          200: {
            description: 'A role',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/LitellmReadRoleResponse' } } },
          },
        },
      },
      post: {
        ...{ summary: 'Update.', operationId: 'litellm-write-role', tags: ['secrets'] },
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/LitellmWriteRoleRequest' } } },
        },
        responses: { 200: { description: 'OK' } },
      },
      delete: {
        ...{ summary: 'Delete.', operationId: 'litellm-delete-role', tags: ['secrets'], deprecated: true },
        responses: { 204: { description: 'empty body' } },
      },
    },
  });
  expect(document([role]).components.schemas).toEqual({
    LitellmReadRoleResponse: { type: 'object', properties: { name } },
    LitellmWriteRoleRequest: {
      type: 'object',
      required: ['budget'],
      properties: {
        models: { type: 'array', items: { type: 'string' }, description: 'Models.', default: ['a'] },
        budget: { type: 'number', format: 'float', description: 'A limit.', deprecated: true },
        ttl: { type: 'integer', format: 'seconds', enum: [60], 'x-vault-displayAttrs': { name: 'TTL' } },
      },
      example: { models: ['b'] },
    },
  });
});

test('a list is a get that must say so', () => {
  expect(document([roles]).paths['/roles']).toEqual({
    get: {
      ...{ summary: 'List.', operationId: 'mount-list-roles', tags: ['secrets'] },
      parameters: [
        {
          ...{ name: 'list', description: 'Must be `true`', in: 'query', required: true },
          schema: { type: 'string', enum: ['true'] },
        },
      ],
      responses: { 200: { description: 'OK' } },
    },
  });
});

test('a list beside a read is told by the read', () => {
  const both = definePath({
    pattern: 'roles/?',
    fields: {},
    operations: { read: { callback, summary: 'Read.' }, list: { callback, summary: 'List.' } },
  });
  expect(document([both]).paths['/roles']?.get).toMatchObject({
    summary: 'Read.',
    parameters: [{ name: 'list', in: 'query' }],
  });
});

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
