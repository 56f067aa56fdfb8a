import type { GenerateKeyRequest } from './key.ts';

/** What /key/generate is sent. Throws a RangeError for a limit or a duration that LiteLLM would take for another. */
export function generateBody({ key, keyAlias, duration, metadata, params }: GenerateKeyRequest): unknown {
  for (const name in params) {
    const value = params[name];
    // JSON turns NaN and Infinity into null, which is no limit at all.
    if (typeof value === 'number' && !(Number.isFinite(value) && value >= 0)) {
      throw new RangeError(`${name} must be a number from 0 on, not ${value}`);
    }
  }
  return { ...params, key, key_alias: keyAlias, duration: durationText(duration), metadata };
}

/**
 * A duration as LiteLLM reads it: a whole number and a unit. Throws a RangeError for what is no whole number of seconds
 * above 0; 0 is a key that has expired already.
 */
export function durationText(seconds: number): string {
  if (!Number.isSafeInteger(seconds) || seconds <= 0) {
    throw new RangeError(`a duration must be a whole number of seconds above 0, not ${seconds}`);
  }
  return `${seconds}s`;
}
