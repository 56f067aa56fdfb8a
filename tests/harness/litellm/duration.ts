/** LiteLLM's names for a unit, in seconds; a month is counted on the calendar. */
const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** A duration that LiteLLM cannot read; the message is LiteLLM's. */
export class DurationError extends Error {
  override readonly name = 'DurationError';
}

/**
 * Seconds of a duration as LiteLLM reads it: a whole number and one of s, m, h, d, w, mo, at the beginning of
 * the text; what comes after is not looked at. Source: `duration_in_seconds` in litellm/litellm_core_utils/duration_parser.py.
 */
export function durationInSeconds(text: string, now: Date): number {
  const [, amount, unit] = /^(\d+)(mo|[smhdw]?)/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) throw new DurationError('Invalid duration format');
  const seconds = unit === 'mo' ? monthsInSeconds(Number(amount), now) : Number(amount) * (units[unit] ?? Number.NaN);
  if (Number.isNaN(seconds)) throw new DurationError(`Unsupported duration unit, passed duration: ${text}`);
  if (Number.isNaN(new Date(now.getTime() + seconds * 1000).getTime())) {
    throw new DurationError('date value out of range');
  }
  return seconds;
}

function monthsInSeconds(months: number, now: Date): number {
  const then = new Date(now);
  then.setUTCDate(1);
  then.setUTCMonth(then.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(then.getUTCFullYear(), then.getUTCMonth() + 1, 0)).getUTCDate();
  then.setUTCDate(Math.min(now.getUTCDate(), lastDay));
  return Math.trunc((then.getTime() - now.getTime()) / 1000);
}
