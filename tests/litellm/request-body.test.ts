import { expect, test } from 'bun:test';
import { generateBody } from '../../src/litellm/request-body.ts';

const own = { key: 'sk-test-not-a-real-key', keyAlias: 'alias', duration: 90, metadata: { vault_role: 'test' } };
const sentOwn = { key: own.key, key_alias: own.keyAlias, duration: '90s', metadata: own.metadata };

const cases: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'no params': {},
  'nothing but what is left out of JSON': { user_id: undefined },
  'all kinds of values': { models: ['a "b"', 'é'], max_budget: 1.5, aliases: { fast: 'a' }, tags: [], blocked: false },
  'names that each key has of its own': { key: 'other', key_alias: 'b', duration: '1s', metadata: {}, models: ['a'] },
};
for (const [what, params] of Object.entries(cases)) {
  test(`the body of ${what} is the JSON of all that is asked for`, () => {
    const expected = JSON.parse(JSON.stringify({ ...params, ...sentOwn })) as unknown;
    // Made for the first key, and taken for the second.
    for (const { json } of [generateBody({ ...own, params }), generateBody({ ...own, params })]) {
      expect(JSON.parse(json)).toEqual(expected);
      expect(json.match(/"key":/g)).toHaveLength(1);
    }
  });
}

test('what comes of the params is made once for an object, and each key has its own beside it', () => {
  let reads = 0;
  const models = { toJSON: () => ++reads };
  const params = { models };
  const first = generateBody({ ...own, params });
  const second = generateBody({ ...own, keyAlias: 'second', duration: 60, params });
  expect(reads).toBe(1);
  expect(JSON.parse(first.json)).toEqual({ models: 1, ...sentOwn });
  expect(JSON.parse(second.json)).toEqual({ models: 1, ...sentOwn, key_alias: 'second', duration: '60s' });
});

test('other params give another body', () => {
  expect(JSON.parse(generateBody({ ...own, params: { models: ['a'] } }).json)).toMatchObject({ models: ['a'] });
  expect(JSON.parse(generateBody({ ...own, params: { models: ['b'] } }).json)).toMatchObject({ models: ['b'] });
});

test('params that are refused once are refused each time', () => {
  const params = { max_budget: Number.NaN };
  for (let time = 0; time < 2; time++) expect(() => generateBody({ ...own, params })).toThrow(RangeError);
});
