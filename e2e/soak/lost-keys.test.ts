import { describe, expect, test } from 'bun:test';
import type { AuditedRead } from './audited-reads.ts';
import type { ProxyCall } from './faulty-proxy.ts';
import type { Incident } from './ledger.ts';
import { causeOf } from './lost-keys.ts';

const failed = { asked: 10_000, answered: 14_000, error: '1 error occurred' };

function during(kind: string, since: number, until: number): Incident {
  return { kind, since, until };
}

const makings = [{ arrived: 10_100 }];

function cause(role: string, read: AuditedRead | undefined, ...incidents: readonly Incident[]): string {
  const row = { tokenId: 'token', alias: `soak-${role}-1`, usable: true, createdAt: '', requestId: 'read' };
  return causeOf({ row, read, calls: [], makings }, { incidents: [...incidents], keys: [] });
}

describe('a lost key', () => {
  test.each([
    ['during its read', 12_000, 'killed'],
    ['before it', 9_000, 'unknown'],
    ['after it', 14_200, 'unknown'],
  ])('whose plugin was killed %s', (_when, time, expected) => {
    expect(cause('long', failed, during('the plugin is killed', time, time + 1))).toBe(expected);
  });

  test.each([
    ['had come', { status: 200, over: 11_950 }, 'answering'],
    ['had come slowly', { fault: 'slow', status: 200, over: 11_950 }, 'answering'],
    ['was on its way', { status: 200 }, 'killed'],
    ['was cut', { fault: 'half-body', status: 200, over: 11_950 }, 'killed'],
    ['was a refusal', { status: 500, over: 11_950 }, 'killed'],
  ] as const)('whose plugin was killed when LiteLLM’s answer %s', (_what, answer, expected) => {
    const row = { tokenId: 'token', alias: 'soak-long-1', usable: true, createdAt: '', requestId: 'read' };
    const calls: readonly ProxyCall[] = [{ path: '/key/generate', arrived: 10_100, ...answer }];
    const incidents = [during('the plugin is killed', 12_000, 12_001)];
    expect(causeOf({ row, read: failed, calls, makings }, { incidents, keys: [] })).toBe(expected);
  });

  test.each(['the engine is sealed', 'the leader steps down'])('in whose read %s', (kind) => {
    expect(cause('long', failed, during(kind, 9_000, 11_000))).toBe('sealed');
    const { asked, error } = failed;
    expect(cause('long', { asked, error: '' }, during(kind, 12_000, Number.POSITIVE_INFINITY))).toBe('sealed');
    expect(cause('long', { asked, error }, during(kind, 80_000, 81_000))).toBe('unknown');
  });

  test('whose read went well has no excuse', () => {
    const read = { ...failed, error: '' };
    expect(cause('long', read, during('the plugin is killed', 12_000, 12_001))).toBe('unknown');
    expect(cause('gone', read)).toBe('unknown');
  });

  test('whose read the engine sent again to the successor of a plugin that was killed', () => {
    const row = { tokenId: 'token', alias: 'soak-long-1', usable: true, createdAt: '', requestId: 'read' };
    const read = { ...failed, error: '' };
    const incidents = [during('the plugin is killed', 12_000, 12_001)];
    const twice = [{ arrived: 10_100 }, { arrived: 12_500 }];
    expect(causeOf({ row, read, calls: [], makings: twice }, { incidents, keys: [] })).toBe('killed');
    expect(causeOf({ row, read, calls: [], makings: twice }, { incidents: [], keys: [] })).toBe('unknown');
    const held = { key: '', tokenId: 'token', leaseId: '', alias: '', leaseEnd: 0, state: 'held' } as const;
    expect(causeOf({ row, read, calls: [], makings: twice }, { incidents, keys: [held] })).toBe('unknown');
  });

  test('whose read is not written down has none either', () => {
    expect(cause('long', undefined, during('the engine is sealed', 0, 20_000))).toBe('unknown');
  });

  test('whose client had gone', () => {
    expect(cause('gone', failed)).toBe('given up');
    expect(cause('gone', failed, during('the plugin is killed', 14_500, 14_501))).toBe('killed');
    expect(cause('gone', failed, during('the proxy resets', 12_000, 13_000))).toBe('given up');
  });

  test('in whose read nothing happened to the engine', () => {
    expect(cause('short', failed, during('PostgreSQL stops', 11_000, 13_000))).toBe('unknown');
  });
});
