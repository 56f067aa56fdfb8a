import { expect, setDefaultTimeout, test } from 'bun:test';
import fc from 'fast-check';
import { startEngine, type TestEngine } from '../../harness/engine.ts';

// What narrows never widens: whatever is written to a field, either it is refused and what is stored stays as it was, or
// what is read back is what was typed, as this file reckons it by itself.

/** A busy machine takes its time for some thousand values. */
setDefaultTimeout(60_000);

/** Seconds that a value means; undefined where it has no one meaning. */
function meantSeconds(raw: unknown): number | undefined {
  if (typeof raw === 'number') return Number.isInteger(raw) && raw >= 0 ? raw : undefined;
  if (typeof raw !== 'string') return undefined;
  if (/^[0-9]+$/.test(raw)) return Number(raw);
  if (/^[0-9]+d$/.test(raw)) return Number(raw.slice(0, -1)) * 86_400;
  const nanoseconds = { ns: 1n, us: 10n ** 3n, ms: 10n ** 6n, s: 10n ** 9n, m: 60n * 10n ** 9n, h: 3600n * 10n ** 9n };
  const places = 40;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of raw.matchAll(/([0-9]*)\.?([0-9]*)([a-z]+)/g)) {
    if (!Object.hasOwn(nanoseconds, unit)) return undefined;
    const digits = BigInt(whole + fraction.padEnd(places, '0'));
    total += digits * nanoseconds[unit as keyof typeof nanoseconds];
  }
  const second = 10n ** 9n * 10n ** BigInt(places);
  return total % second === 0n ? Number(total / second) : undefined;
}

function meantAmount(raw: unknown): number | undefined {
  if (typeof raw === 'number') return raw >= 0 ? raw : undefined;
  if (typeof raw !== 'string' || !/^[0-9.]+(?:e[+-]?[0-9]+)?$/i.test(raw)) return undefined;
  const value = Number(raw);
  const [digits = ''] = raw.split(/e/i);
  return value === 0 && /[1-9]/.test(digits) ? undefined : value;
}

function meantNames(raw: unknown): readonly string[] | undefined {
  if (raw === '') return [];
  const names = typeof raw === 'string' ? raw.split(',') : raw;
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) return undefined;
  return (names as readonly string[]).map((name) =>
    name.replace(/^\p{White_Space}+/u, '').replace(/\p{White_Space}+$/u, ''),
  );
}

function meantLabels(raw: unknown): object | undefined {
  if (typeof raw === 'string' && /^\s*\{/.test(raw)) return meantLabels(JSON.parse(raw));
  if (typeof raw === 'string' || Array.isArray(raw)) {
    const pairs = [raw].flat() as readonly unknown[];
    if (pairs.some((pair) => typeof pair !== 'string')) return undefined;
    return Object.fromEntries(
      (pairs as readonly string[]).map((pair) => [pair.split('=', 1)[0], pair.replace(/^[^=]*=/, '')]),
    );
  }
  if (typeof raw !== 'object' || raw === null) return undefined;
  return Object.values(raw).every((value) => typeof value === 'string') ? raw : undefined;
}

/** One of space alone is none. */
const meantCertificates = (raw: unknown): unknown => (typeof raw === 'string' && raw.trim() === '' ? '' : undefined);
const meantText = (raw: unknown): unknown => (typeof raw === 'string' ? raw : undefined);
const meantFlag = (raw: unknown): unknown => {
  if ([true, 1].includes(raw as never) || /^(?:1|t|true)$/i.test(String(raw))) return true;
  return [false, 0].includes(raw as never) || /^(?:0|f|false)$/i.test(String(raw)) ? false : undefined;
};
const meantWhole = (raw: unknown): unknown => (typeof raw === 'string' && /^[0-9]+$/.test(raw) ? Number(raw) : raw);

type Meaning = (raw: unknown) => unknown;
const meanings: Readonly<Record<'roles/a' | 'config', Readonly<Record<string, Meaning>>>> = {
  'roles/a': {
    models: meantNames,
    max_budget: meantAmount,
    key_alias_prefix: meantText,
    metadata: meantLabels,
    ttl: meantSeconds,
    max_ttl: meantSeconds,
    key_type: meantText,
  },
  config: {
    request_timeout: meantSeconds,
    grace: meantSeconds,
    max_in_flight: meantWhole,
    write_ahead: meantFlag,
    ca_cert: meantCertificates,
  },
};

const digits = fc.stringMatching(/^[0-9]{0,6}(?:\.[0-9]{0,25})?$/);
const numeric = fc
  .array(
    fc.tuple(
      fc.constantFrom('', '', '', '-', '+', 'e-', ' ', '0x'),
      digits,
      fc.constantFrom('ns', 'ms', 's', 'm', 'h', 'd', '', '', 'e'),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.flat().join(''));
const word = fc.constantFrom(
  'a',
  'gpt-4o',
  'team=a',
  '',
  ' b ',
  'true',
  'f',
  '[]',
  '{}',
  '["a"]',
  '{"a":"b"}',
  'llm_api',
  '0',
);
const scalar = fc.oneof(
  word,
  numeric,
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const anything = fc
  .oneof(
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(fc.oneof(word, scalar), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.dictionary(fc.string(), fc.oneof(word, scalar), { maxKeys: 3 }) },
    { weight: 1, arbitrary: fc.jsonValue() },
    { weight: 1, arbitrary: fc.jsonValue().map((value) => JSON.stringify(value)) },
  )
  // As it comes over the wire.
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);

async function before(engine: TestEngine): Promise<void> {
  const role = { models: 'gpt-4o', max_budget: 1.5, ttl: 60, max_ttl: '1000000h', metadata: 'a=b' };
  await engine.request('create', 'roles/a', { data: role });
  await engine.request('create', 'config', {
    data: { base_url: 'http://127.0.0.1:1', master_key: 'sk-test-not-a-real-key', verify_connection: false },
  });
}

for (const path of ['roles/a', 'config'] as const) {
  for (const [field, meaning] of Object.entries(meanings[path])) {
    test(`${field} of ${path} is refused or means what was typed`, async () => {
      await using engine = await startEngine();
      await before(engine);
      const stored = engine.storage.peekEntry(path);
      let taken = 0;
      await fc.assert(
        fc.asyncProperty(anything, async (raw) => {
          const data = { [field]: raw, ...(path === 'config' ? { verify_connection: false } : {}) };
          const response = await engine.request('update', path, { data });
          if (response?.data !== undefined) {
            expect(response.data).toEqual({ error: expect.any(String) });
            expect(engine.storage.peekEntry(path)).toEqual(stored);
            return;
          }
          taken++;
          const read = (await engine.request('read', path))?.data?.[field];
          const meant = meaning(raw);
          expect(meant).toBeDefined();
          // Compared as it is stored, where -0 is 0.
          expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(meant)));
          if (stored !== undefined) await engine.storage.put(stored);
        }),
        { numRuns: 1500 },
      );
      expect(taken).toBeGreaterThan(0);
    });
  }
}
