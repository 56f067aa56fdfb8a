import { FieldConversionError } from './field-conversion-error.ts';

/** The longest duration that Go holds, 2^63 - 1 nanoseconds, in whole seconds. */
const maxSeconds = 9_223_372_036;
const maxNanoseconds = 2n ** 63n - 1n;
const secondsPerDay = 86_400;

const nanosecondsPerUnit: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  '\u00b5s': 1_000n,
  '\u03bcs': 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/**
 * A duration in whole seconds, rounded towards zero. A number counts seconds; a text is a number of seconds or days
 * (`1d`), or Go's form (`1h30m`, `1.5h`, `-90s`); an empty text and null are zero. Go: `parseutil.ParseDurationSecond`.
 */
export function parseDurationSecond(raw: unknown): number {
  if (raw === null || raw === undefined || raw === '') return 0;
  const seconds = typeof raw === 'number' ? Math.trunc(raw) + 0 : typeof raw === 'string' ? parseText(raw) : undefined;
  if (seconds !== undefined && Math.abs(seconds) <= maxSeconds) return seconds;
  throw FieldConversionError.of('a duration such as 30s, 24h, 7d or a number of seconds', raw);
}

function parseText(text: string): number | undefined {
  const whole = /^([+-]?[0-9]+)(d?)$/.exec(text);
  if (whole !== null) return Number(whole[1]) * (whole[2] === 'd' ? secondsPerDay : 1) + 0;
  const nanoseconds = parseDuration(text);
  return nanoseconds === undefined ? undefined : Number(nanoseconds / 1_000_000_000n);
}

/**
 * The same for a text, in nanoseconds, without rounding. Go: `parseutil.ParseDurationSecond`, which does not round
 * either.
 */
export function parseDurationNanoseconds(text: string): bigint {
  return parseDuration(text) ?? BigInt(parseDurationSecond(text)) * 1_000_000_000n;
}

/** Nanoseconds; undefined if the text is not a duration, or too long a one. Go: `time.ParseDuration`. */
function parseDuration(text: string): bigint | undefined {
  const [, sign, rest] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === undefined || rest === '') return undefined;
  let total = 0n;
  let end = 0;
  for (const part of rest.matchAll(/([0-9]*)(?:\.([0-9]*))?([^0-9.]+)/gy)) {
    const [all, whole = '', fraction = '', unit = ''] = part;
    // Own properties only: a unit called "constructor" must not be found.
    const scale = Object.hasOwn(nanosecondsPerUnit, unit) ? nanosecondsPerUnit[unit] : undefined;
    const digits = whole.replace(/^0+/, '');
    // More digits than any duration has; without the check a long text costs a slow conversion.
    if (scale === undefined || whole + fraction === '' || digits.length > 19) return undefined;
    const kept = fraction.slice(0, 18);
    // In doubles, as Go computes it: exact arithmetic would differ in the last nanosecond.
    const fractional = Math.trunc(Number(kept) * (Number(scale) / 10 ** kept.length));
    total += BigInt(digits) * scale + BigInt(fractional);
    if (total > maxNanoseconds) return undefined;
    end = part.index + all.length;
  }
  if (end !== rest.length) return undefined;
  return sign === '-' ? -total : total;
}

/** A duration as people read it: `1h30m`, `24h`, `1m30s`, `0s`. Go: `humanDuration` in sdk/framework/lease.go. */
export function humanDuration(seconds: number): string {
  const sign = seconds < 0 ? '-' : '';
  const total = Math.abs(Math.trunc(seconds));
  const parts = [
    [Math.floor(total / 3600), 'h'],
    [Math.floor((total % 3600) / 60), 'm'],
    [total % 60, 's'],
  ] as const;
  const shown = parts.filter(([count]) => count !== 0).map(([count, unit]) => `${count}${unit}`);
  return shown.length === 0 ? '0s' : sign + shown.join('');
}
