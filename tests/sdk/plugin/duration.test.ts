import { describe, expect, test } from 'bun:test';
import Long from 'long';
import { secondsFromWire, secondsToWire } from '../../../src/sdk/plugin/duration.ts';

const days = 86_400;
/** What Go's durations end with, in whole seconds. */
const longest = 9_223_372_036;

describe('whole seconds are exact both ways', () => {
  for (const seconds of [0, 1, 90, 104 * days, 105 * days, 36_000_000, 10_000 * days + 1, longest, -1, -105 * days]) {
    test(`${seconds}`, () => {
      const wire = secondsToWire(seconds);
      expect(wire.toString()).toBe((BigInt(seconds) * 1_000_000_000n).toString());
      expect(secondsFromWire(wire)).toBe(seconds);
    });
  }
});

describe('what is below a second goes', () => {
  const cases = [
    { nanoseconds: '1', seconds: 0 },
    { nanoseconds: '999999999', seconds: 0 },
    { nanoseconds: '1999999999', seconds: 1 },
    { nanoseconds: '9072000000000000001', seconds: 9_072_000_000 },
    { nanoseconds: '9223372036854775807', seconds: longest },
    { nanoseconds: '-1500000000', seconds: -1 },
  ];
  for (const { nanoseconds, seconds } of cases) {
    test(`${nanoseconds} ns are ${seconds} s`, () => {
      expect(secondsFromWire(Long.fromString(nanoseconds))).toBe(seconds);
    });
  }

  test('1.9 s are sent as 1 s', () => {
    expect(secondsToWire(1.9).toString()).toBe('1000000000');
  });
});

for (const absent of [undefined, null]) {
  test(`${absent} is 0`, () => {
    expect(secondsFromWire(absent)).toBe(0);
  });
}
