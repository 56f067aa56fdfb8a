import { describe, expect, test } from 'bun:test';
import { hasReplicationState, replicationState } from '../../../src/sdk/logical/replication-state.ts';

// The numbers that OpenBao and Vault send: consts.ReplicationState.
const numbers = {
  performancePrimary: 32,
  performanceSecondary: 64,
  drPrimary: 256,
  drSecondary: 512,
  performanceStandby: 16_384,
} as const;

test('the bits are those of the wire', () => {
  expect(replicationState).toEqual(numbers);
});

describe('hasReplicationState', () => {
  for (const [name, bit] of Object.entries(numbers)) {
    test(`${name} is in a state that has it, and not in one of all the others`, () => {
      expect(hasReplicationState(bit | 1, bit)).toBe(true);
      expect(hasReplicationState(0x7fff_ffff & ~bit, bit)).toBe(false);
      expect(hasReplicationState(0, bit)).toBe(false);
    });
  }
});
