import { describe, expect, test } from 'bun:test';
import {
  errorResponse,
  helpResponse,
  isErrorResponse,
  listResponse,
  type Response,
  withWarnings,
} from '../../../src/sdk/logical/response.ts';

describe('isErrorResponse', () => {
  const cases: readonly { readonly response: Response | undefined; readonly expected: boolean }[] = [
    { response: errorResponse('bad'), expected: true },
    { response: { data: { error: '' } }, expected: true },
    { response: { data: { error: 'bad', more: 1 } }, expected: false },
    { response: { data: { error: 1 } }, expected: false },
    { response: { data: {} }, expected: false },
    { response: {}, expected: false },
    { response: undefined, expected: false },
  ];
  for (const { response, expected } of cases) {
    test(`${JSON.stringify(response)}: ${expected}`, () => {
      expect(isErrorResponse(response)).toBe(expected);
    });
  }
});

test('an empty list has no keys at all, so that the host answers 404', () => {
  expect(listResponse([])).toEqual({ data: {} });
  expect(listResponse(['a', 'b/'])).toEqual({ data: { keys: ['a', 'b/'] } });
});

test('help has its three parts, the list even when it is empty', () => {
  expect(helpResponse('text', [], { openapi: '3.0.2' })).toEqual({
    data: { help: 'text', see_also: [], openapi: { openapi: '3.0.2' } },
  });
});

describe('withWarnings', () => {
  test('adds to those that are there', () => {
    const response: Response = { data: { a: 1 }, warnings: ['one'] };
    expect(withWarnings(response, ['two', 'three'])).toEqual({ data: { a: 1 }, warnings: ['one', 'two', 'three'] });
    expect(response.warnings).toEqual(['one']);
  });

  test('of none is the same response', () => {
    const response: Response = { data: { a: 1 } };
    expect(withWarnings(response, [])).toBe(response);
  });
});
