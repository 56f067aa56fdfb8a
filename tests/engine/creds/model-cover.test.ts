import { expect, test } from 'bun:test';
import { coversModel } from '../../../src/engine/creds/model-cover.ts';

const cases: readonly (readonly [models: readonly string[], model: string, covered: boolean])[] = [
  [[], 'anything', true],
  [['a'], 'a', true],
  [['a'], 'b', false],
  [['a'], 'A', false],
  [['*'], 'b', true],
  [['*'], '*', true],
  [['gpt-*'], 'gpt-4o', true],
  [['gpt-*'], 'gpt-*', true],
  [['gpt-*'], 'gpt-4*', true],
  [['gpt-4*'], 'gpt-*', false],
  [['gpt-*'], '*', false],
  [['gpt-*'], 'my-gpt-4o', false],
  [['*-mini'], 'gpt-4o-mini', true],
  [['*-mini'], 'gpt-4o-mini-x', false],
  [['g*o*i'], 'gpt-4o-mini', true],
  [['g*o*i'], 'go', false],
  [['ab*ba'], 'aba', false],
  [['ab*ba'], 'abba', true],
  [['a.c'], 'abc', false],
  [['a**c'], 'abc', true],
  [['openai/*'], 'openai/x|*', false],
  [['openai/*'], 'openai/x?*', false],
  [['openai/*'], 'openai/*a*b*', true],
  [['openai/*'], 'openai/*a*b*c*', false],
  [['openai/*'], 'openai/(x)', true],
  [['openai/x|*'], 'openai/x|*', true],
  [['bedrock/*'], 'bedrock/us.amazon.nova-*-v1:0', true],
  [['all-*'], 'all-proxy-models', false],
  [['*-models'], 'all-team-models', false],
  [['*'], 'all-proxy-models', true],
  [['all-proxy-models'], 'gpt-4o', true],
  [['gpt-*'], 'all-proxy-models', false],
  [['a*'], 'all-proxy-models', false],
  [['*-models'], 'all-team-models', false],
  [['*'], 'all-proxy-models', true],
  [['all-team-models'], 'all-team-models', true],
  [['no-default-models'], 'gpt-4o', false],
  [['all-team-models'], 'gpt-4o', false],
];
for (const [models, model, covered] of cases) {
  test(`${JSON.stringify(models)} ${covered ? 'covers' : 'does not cover'} ${model}`, () => {
    expect(coversModel({ models }, model)).toBe(covered);
  });
}

test("a team's models are covered by all of the team's", () => {
  expect(coversModel({ models: ['all-team-models'], teamId: 't' }, 'gpt-4o')).toBeTrue();
});

test('a wildcard of many parts takes no long time', () => {
  expect(coversModel({ models: ['a*'.repeat(200)] }, 'a'.repeat(5000) + 'b')).toBeTrue();
  expect(coversModel({ models: [`${'a*'.repeat(200)}c`] }, 'a'.repeat(5000) + 'b')).toBeFalse();
});
