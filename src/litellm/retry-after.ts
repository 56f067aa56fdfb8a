import type { Answer } from './transport.ts';

/**
 * Seconds that `Retry-After` asks to wait, rounded up; undefined if it is absent or not a time. HTTP: RFC 9110, 10.2.3.
 */
export function retryAfterSeconds({ retryAfter, date }: Pick<Answer, 'retryAfter' | 'date'>): number | undefined {
  if (retryAfter === undefined) return undefined;
  const text = retryAfter.trim();
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text));
  const time = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) return undefined;
  return Math.max(0, Math.ceil((time - (date ?? new Date()).getTime()) / 1000));
}
