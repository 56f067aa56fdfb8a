import { describe, expect, test } from 'bun:test';
import { fitLease } from '../../../src/engine/creds/fit-lease.ts';

const expires = new Date('2030-01-01T00:00:00Z');
const lease = { ttl: 3600, maxTTL: 7200, warnings: ['before'] };

describe('a lease', () => {
  for (const lifetime of [3600, 3690, 1e9]) {
    test(`of an hour stays with a key that lives for ${lifetime} s`, () => {
      expect(fitLease(lease, { expires, lifetime }, 3690)).toEqual(lease);
    });
  }

  for (const [lifetime, cut] of [
    [3599, 3597],
    [60, 58],
    [2, 1],
    [1, 1],
  ] as const) {
    test(`of an hour is cut to a key that lives for ${lifetime} s, with a warning`, () => {
      const { ttl, maxTTL, warnings } = fitLease(lease, { expires, lifetime }, 3690);
      expect([ttl, maxTTL]).toEqual([cut, 7200]);
      expect(warnings).toEqual(['before', expect.stringMatching(/2030-01-01.*lease of 1h.*cut.*LiteLLM's clock/)]);
    });
  }

  test('is none with a key that has expired already', () => {
    const attempt = (): unknown => fitLease(lease, { expires, lifetime: 0 }, 3690);
    expect(attempt).toThrow(/expired already, at 2030-01-01.*asked for.*1h1m30s.*upperbound_key_generate_params/);
  });
});
