import { mustBe } from './narrow.ts';

/** The framework's own conversion is exact to 10^-18 ns. */
const fractionDigits = 18;
const scale = 10n ** BigInt(fractionDigits);
const nanosecondsPerUnit: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
const second = 1_000_000_000n * scale;

const notNegative = 'must not be negative';
const cutOff = 'must be whole seconds, since a fraction would be cut off: write 1s or 2s, for example';

/** Why a value is not a duration in whole seconds; undefined if it is one. `expected` says what to write. */
export function refuseDuration(raw: unknown, expected: string): string | undefined {
  if (typeof raw === 'number') {
    if (raw < 0) return notNegative;
    return Number.isInteger(raw) ? undefined : cutOff;
  }
  if (typeof raw !== 'string') return mustBe(expected, raw);
  if (raw.startsWith('-')) return /^-[0-9.]/.test(raw) ? notNegative : mustBe(expected, raw);
  if (/^[0-9]+d?$/.test(raw)) return undefined;
  const whole = isWholeSeconds(raw);
  if (whole === undefined) return mustBe(expected, raw);
  return whole ? undefined : cutOff;
}

/** Exact, so that it sees what the framework would cut off. Undefined if the text is not a duration. */
function isWholeSeconds(text: string): boolean | undefined {
  let total = 0n;
  let end = 0;
  for (const part of text.matchAll(/([0-9]*)(?:\.([0-9]*))?([^0-9.]+)/gy)) {
    const [all, whole = '', allFraction = '', unit = ''] = part;
    const nanoseconds = nanosecondsPerUnit.get(unit);
    const digits = whole.replace(/^0+/, '');
    if (nanoseconds === undefined || whole + allFraction === '' || digits.length > fractionDigits) return undefined;
    const fraction = withoutZerosAtEnd(allFraction);
    if (fraction.length > fractionDigits) return false;
    total += (BigInt(digits) * scale + BigInt(fraction.padEnd(fractionDigits, '0'))) * nanoseconds;
    end = part.index + all.length;
  }
  return end === 0 || end !== text.length ? undefined : total % second === 0n;
}

/** By hand: a regular expression for the end takes quadratic time in long runs. */
function withoutZerosAtEnd(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end--;
  return digits.slice(0, end);
}
