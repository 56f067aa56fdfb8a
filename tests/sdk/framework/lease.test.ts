import { describe, expect, test } from 'bun:test';
import { calculateTTL, LeaseExpiredError } from '../../../src/sdk/framework/lease.ts';
import { readTable } from '../../golden/read-table.ts';
import { fakeSystemView } from '../../harness/fake-system-view.ts';

interface Row {
  readonly default: number;
  readonly max: number;
  readonly increment?: number;
  readonly backendTTL?: number;
  readonly period?: number;
  readonly backendMaxTTL?: number;
  readonly explicitMaxTTL?: number;
  /** Milliseconds since the lease began. */
  readonly age?: number;
  readonly ttl?: number;
  readonly warnings?: readonly string[];
  readonly error?: string;
}

const now = Date.UTC(2026, 0, 2, 3, 4, 5);

async function calculate(row: Row, milliseconds: number) {
  return await calculateTTL({
    systemView: fakeSystemView({ defaultLeaseTTL: row.default, maxLeaseTTL: row.max }),
    clock: { now: () => new Date(now + milliseconds) },
    increment: row.increment ?? 0,
    backendTTL: row.backendTTL ?? 0,
    period: row.period ?? 0,
    backendMaxTTL: row.backendMaxTTL ?? 0,
    explicitMaxTTL: row.explicitMaxTTL ?? 0,
    startTime: row.age === undefined ? undefined : new Date(now - row.age),
  });
}

describe('a lease is as long as Go says', () => {
  for (const row of readTable<Row>('calculate-ttl')) {
    test(JSON.stringify(row), async () => {
      // The part of a second that has passed must make no difference.
      for (const milliseconds of [0, 999]) {
        if (row.error === undefined) {
          const { ttl, warnings } = await calculate(row, milliseconds);
          expect(ttl).toBe(row.ttl ?? 0);
          expect(warnings).toEqual(row.warnings ?? []);
        } else {
          const error: unknown = await calculate(row, milliseconds).catch((reason: unknown) => reason);
          expect(error instanceof LeaseExpiredError).toBe(row.error.startsWith('past the max TTL'));
          expect(String(error)).toContain(row.error.startsWith('past') ? 'past the max TTL' : row.error);
        }
      }
    });
  }
});

describe('the longest life that applied is told', () => {
  const cases = [
    [{}, 7200],
    [{ backendMaxTTL: 3600 }, 3600],
    [{ backendMaxTTL: 9000 }, 7200],
    [{ explicitMaxTTL: 60 }, 60],
    [{ backendMaxTTL: 120, explicitMaxTTL: 60 }, 60],
  ] as const;
  for (const [given, maxTTL] of cases) {
    test(`${JSON.stringify(given)}: ${maxTTL}`, async () => {
      expect(await calculate({ default: 10, max: 7200, ...given }, 0)).toMatchObject({ ttl: 10, maxTTL });
    });
  }
});

test('the mount is asked for its default only when nothing else says how long', async () => {
  const systemView = fakeSystemView();
  const common = { systemView, clock: { now: () => new Date(now) }, increment: 0, backendMaxTTL: 0 };
  await calculateTTL({ ...common, backendTTL: 60 });
  expect(systemView.calls).toMatchObject({ maxLeaseTTL: 1, defaultLeaseTTL: 0 });
  await calculateTTL({ ...common, backendTTL: 0 });
  expect(systemView.calls).toMatchObject({ maxLeaseTTL: 2, defaultLeaseTTL: 1 });
});
