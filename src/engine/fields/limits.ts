import * as go from '../../sdk/framework/field-type.ts';
import type { FieldType } from '../../sdk/framework/field-type.ts';
import { describeValue } from '../../sdk/framework/field-conversion-error.ts';
import { converted, type Reading } from './conversion.ts';
import { readJSON } from './json-text.ts';
import { readMap } from './json-values.ts';
import { mustBe, narrow } from './narrow.ts';

const aLimit = 'a whole number such as 100, or 0 for no limit';

/** A count, also as a text of digits. Not negative: LiteLLM accepts that, and then refuses every call. */
export const limit = limitUpTo(Number.MAX_SAFE_INTEGER);

/** The same, for what LiteLLM stores in 32 bits. */
export const limit32 = limitUpTo(2 ** 31 - 1);

function limitUpTo(most: number): FieldType<number> {
  return narrow(go.int, aLimit, (raw) => {
    const isDigits = typeof raw === 'string' && /^-?(?:0|[1-9][0-9]*)$/.test(raw);
    const value = typeof raw === 'number' ? raw : isDigits ? Number(raw) : Number.NaN;
    if (value < 0) return 'must not be negative: LiteLLM would refuse every call';
    if (value > most) return `must be at most ${most}`;
    return Number.isInteger(value) ? undefined : mustBe(aLimit, raw);
  });
}

const someLimits =
  'limits by model such as gpt-4o=10, several with commas between them, or a map, also as JSON in a text';

/** Limits by the names of models. */
export const limitsByName: FieldType<Readonly<Record<string, number>>> = converted(
  { name: 'keypair', zero: {}, openAPI: { type: 'object', format: 'kvpairs' } },
  someLimits,
  (raw) => {
    // An empty list would take every limit away, whatever was meant: it is refused as no map.
    if (Array.isArray(raw) && raw.length > 0) return readPairs(raw);
    if (typeof raw === 'string' && !/^\s*[[{]/.test(raw)) return readPairs(raw);
    const json = readJSON(raw, 'map', someLimits);
    return 'value' in json ? readMap(limit, json.value) : json;
  },
);

function readPairs(raw: string | readonly unknown[]): Reading<Readonly<Record<string, number>>> {
  const pairs = new Map<string, string>();
  for (const pair of typeof raw === 'string' ? raw.split(',') : raw.flatMap(splitAtCommas)) {
    // From the end: a model's name may have the sign in it, and a number may not.
    const at = typeof pair === 'string' ? pair.lastIndexOf('=') : -1;
    if (typeof pair !== 'string' || at <= 0) {
      const shown = Array.isArray(raw) ? ` that has ${describeValue(pair)} in it` : '';
      return { refusal: `${mustBe(someLimits, raw)}${shown}` };
    }
    const name = pair.slice(0, at).trim();
    if (pairs.has(name)) return { refusal: 'has a name in it twice: give each model one limit' };
    pairs.set(name, pair.slice(at + 1).trim());
  }
  return readMap(limit, Object.fromEntries(pairs));
}

function splitAtCommas(item: unknown): readonly unknown[] {
  return typeof item === 'string' ? item.split(',') : [item];
}

const aWindow = "a number with one of LiteLLM's units s, m, h, d, w, mo, such as 1h, 30d or 1mo";
const secondsPerUnit: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
  ['mo', (366 * 86_400) / 12],
]);
const mostSeconds = 100 * 366 * 86_400;

/** The time after which LiteLLM begins to count again, in LiteLLM's notation; an empty text means none. */
export const optionalWindow: FieldType<string> = narrow(go.string, aWindow, (raw) =>
  raw === '' ? undefined : refuseWindow(raw),
);

/** The same, and never empty. */
export const budgetWindow: FieldType<string> = narrow(go.string, aWindow, refuseWindow);

function refuseWindow(raw: unknown): string | undefined {
  const [, amount, unit = ''] = (typeof raw === 'string' && /^([1-9][0-9]*)(mo|[smhdw])$/.exec(raw)) || [];
  if (amount === undefined) return mustBe(aWindow, raw);
  return Number(amount) * (secondsPerUnit.get(unit) ?? 1) > mostSeconds ? 'must be at most 100 years' : undefined;
}
