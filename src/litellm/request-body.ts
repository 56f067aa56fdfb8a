import type { GenerateKeyRequest } from './key.ts';

/** What /key/generate is sent. Throws a RangeError for a budget or a duration that LiteLLM would take for another. */
export function generateBody(request: GenerateKeyRequest): unknown {
  const { key, keyAlias, models, maxBudget, duration, metadata, keyType } = request;
  // JSON turns NaN and Infinity into null, which is no limit at all.
  if (maxBudget !== undefined && !(Number.isFinite(maxBudget) && maxBudget >= 0)) {
    throw new RangeError(`a budget must be a number from 0 on, not ${maxBudget}`);
  }
  return {
    key,
    key_alias: keyAlias,
    models,
    ...(maxBudget === undefined ? {} : { max_budget: maxBudget }),
    duration: durationText(duration),
    metadata,
    key_type: keyType,
  };
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
