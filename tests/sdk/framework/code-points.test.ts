import { describe, expect, test } from 'bun:test';
import { countCodePoints, cutCodePoints } from '../../../src/sdk/framework/code-points.ts';

const cases = [
  { text: '', limit: 0, count: 0, cut: '' },
  { text: 'abc', limit: 3, count: 3, cut: 'abc' },
  { text: 'abcd', limit: 3, count: 4, cut: 'abc…' },
  { text: '😀😀😀', limit: 3, count: 3, cut: '😀😀😀' },
  { text: '😀😀😀😀', limit: 3, count: 4, cut: '😀😀😀…' },
  { text: 'a😀b😀', limit: 2, count: 4, cut: 'a😀…' },
  { text: '\ud83d\ud83d', limit: 1, count: 2, cut: '\ud83d…' },
  { text: 'e\u0301', limit: 2, count: 2, cut: 'e\u0301' },
];

describe('code points', () => {
  for (const { text, limit, count, cut } of cases) {
    test(`${JSON.stringify(text)} has ${count}, and is ${JSON.stringify(cut)} when ${limit} are shown`, () => {
      expect(countCodePoints(text)).toBe(count);
      expect(cutCodePoints(text, limit)).toBe(cut);
    });
  }
});
