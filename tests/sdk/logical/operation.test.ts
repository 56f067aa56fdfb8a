import { describe, expect, test } from 'bun:test';
import { isOperation, operations } from '../../../src/sdk/logical/operation.ts';

describe('isOperation', () => {
  for (const name of operations) {
    test(`${name} is one`, () => {
      expect(isOperation(name)).toBe(true);
    });
  }
  for (const name of ['', 'READ', 'read ', 'resolve-path', 'alias-lookahead', 'toString', 'length', '0']) {
    test(`"${name}" is none`, () => {
      expect(isOperation(name)).toBe(false);
    });
  }
});
