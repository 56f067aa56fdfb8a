import { describe, expect, test } from 'bun:test';
import * as v from 'valibot';
import { defineFields } from '../../../src/sdk/framework/field-schema.ts';
import {
  commaStringSlice,
  durationSecond,
  float,
  kvPairs,
  map,
  string,
} from '../../../src/sdk/framework/field-type.ts';
import { handlePatchOperation, parsePatch } from '../../../src/sdk/framework/patch.ts';
import { definePath } from '../../../src/sdk/framework/path.ts';
import { outcome, preparedBackend } from '../../harness/framework-backend.ts';

const fields = defineFields({
  models: { type: commaStringSlice, description: '' },
  max_budget: { type: float, description: '', default: 10 },
  prefix: { type: string, description: '', default: 'vault' },
  ttl: { type: durationSecond, description: '' },
  metadata: { type: v.pipe(kvPairs, v.maxEntries(3, 'must have at most 3 names')), description: '' },
  settings: { type: map, description: '' },
});

const resource = {
  models: ['a', 'b'],
  max_budget: 5,
  prefix: 'team',
  ttl: 3600,
  metadata: { team: 'a', cost: 'center' },
  settings: { retries: 3, deep: { x: 1, y: [1, 2] } },
};

function patched(patch: Readonly<Record<string, unknown>>, of: Partial<typeof resource> = resource) {
  const parsed = parsePatch(fields, patch);
  if (!parsed.ok) return parsed.message;
  const result = handlePatchOperation(parsed.data, of);
  if (!result.ok) return result.message;
  const { data } = result;
  return {
    models: data.get('models'),
    max_budget: data.get('max_budget'),
    prefix: data.get('prefix'),
    ttl: data.get('ttl'),
    metadata: data.get('metadata'),
    settings: data.get('settings'),
  };
}

describe('a patch is merged as RFC 7396 says, and a null gives a field its default', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>, object])[] = [
    ['nothing', {}, {}],
    ['a scalar', { max_budget: 7 }, { max_budget: 7 }],
    ['a scalar as a command line sends it', { max_budget: '7', ttl: '2h' }, { max_budget: 7, ttl: 7200 }],
    ['a scalar to zero', { max_budget: 0, prefix: '' }, { max_budget: 0, prefix: '' }],
    ['a null for what has a default', { max_budget: null, prefix: null }, { max_budget: 10, prefix: 'vault' }],
    ['a null for what has none', { ttl: null, models: null }, { ttl: 0, models: [] }],
    ['a null for a map', { metadata: null }, { metadata: {} }],
    ['a list as a whole', { models: ['c'] }, { models: ['c'] }],
    ['a name more', { metadata: { owner: 'x' } }, { metadata: { team: 'a', cost: 'center', owner: 'x' } }],
    ['a name more as text', { metadata: 'owner=x' }, { metadata: { team: 'a', cost: 'center', owner: 'x' } }],
    ['a name less', { metadata: { cost: null } }, { metadata: { team: 'a' } }],
    ['a name less that is not there', { metadata: { none: null } }, {}],
    ['one for another', { metadata: { cost: null, b: 'c' } }, { metadata: { team: 'a', b: 'c' } }],
    ['an empty map', { metadata: {} }, {}],
    [
      'a map in a map',
      { settings: { deep: { x: null, z: { w: null, u: 1 } }, retries: 4 } },
      { settings: { retries: 4, deep: { y: [1, 2], z: { u: 1 } } } },
    ],
    [
      'a map for a scalar',
      { settings: { retries: { a: null, b: 1 } } },
      { settings: { ...resource.settings, retries: { b: 1 } } },
    ],
    ['a scalar for a map', { settings: { deep: 1 } }, { settings: { retries: 3, deep: 1 } }],
    ['a list with a null in it', { settings: { deep: [null] } }, { settings: { retries: 3, deep: [null] } }],
    ['what is no field', { colour: null, size: 1 }, {}],
  ];
  for (const [name, patch, changed] of cases) {
    test(name, () => expect(patched(patch)).toEqual({ ...resource, ...changed } as never));
  }
});

test('a name of every map is a name', () => {
  const patch = JSON.parse('{"metadata":{"__proto__":"x","constructor":"y"}}') as Record<string, unknown>;
  const result = patched(patch, {});
  expect(Object.entries(typeof result === 'object' ? result.metadata : {})).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
});

test('what was not there has its default', () => {
  expect(patched({ ttl: 5 }, {})).toMatchObject({ max_budget: 10, prefix: 'vault', ttl: 5 });
});

test('a value that does not convert is refused, and so is a map that grew too large', () => {
  expect(patched({ max_budget: 'x' })).toContain('"max_budget"');
  expect(patched({ metadata: { a: '1', b: '2' } })).toContain('must have at most 3 names');
  expect(patched({ metadata: { a: '1', team: null, cost: null } })).toMatchObject({ metadata: { a: '1' } });
});

test('a backend hands a patch over with its nulls, and refuses unknown fields where the path does', async () => {
  const seen: unknown[] = [];
  const path = definePath({
    pattern: 'patched',
    fields,
    refusesUnknownFields: true,
    operations: {
      patch: {
        callback: async (_req, data) => {
          seen.push([data.raw, data.getOk('max_budget'), data.getOk('metadata')]);
          return undefined;
        },
        summary: '',
      },
    },
  });
  const { handle } = preparedBackend({ paths: [path] });
  const data = { max_budget: null, metadata: { a: null, b: 'c' } };
  expect(await handle({ operation: 'patch', path: 'patched', data })).toBeUndefined();
  expect(seen).toEqual([[data, undefined, { b: 'c' }]]);
  const refused = await outcome(handle({ operation: 'patch', path: 'patched', data: { max_bugdet: null } }));
  expect(refused).toMatchObject({ data: { error: expect.stringContaining('did you mean max_budget?') } });
  expect(seen).toHaveLength(1);
});
