import type { GenerateKeyRequest, LastingKeyRequest } from './key.ts';
import { type SentModels, sentModels } from './sent-models.ts';

/** What to send to /key/generate, and the models that the answer should repeat. */
export interface GenerateBody {
  readonly json: string;
  readonly models: SentModels | undefined;
}

/** What requests with the same `params` have in common. */
interface SharedPart {
  /** What stands between the braces of a JSON object. */
  readonly members: string;
  readonly models: SentModels | undefined;
}

const prepared = new WeakMap<GenerateKeyRequest['params'], SharedPart>();

/**
 * What to send to /key/generate. The part that comes of the params is made once for each object: it may hold thousands of
 * models. Throws a RangeError for a limit or a duration that LiteLLM would misread.
 */
export function generateBody({ key, keyAlias, duration, metadata, params }: GenerateKeyRequest): GenerateBody {
  let shared = prepared.get(params);
  if (shared === undefined) {
    shared = prepare(params);
    prepared.set(params, shared);
  }
  const own = JSON.stringify({ key, key_alias: keyAlias, duration: durationText(duration), metadata });
  const { members, models } = shared;
  return { json: members === '' ? own : `{${members},${own.slice(1)}`, models };
}

function prepare(params: GenerateKeyRequest['params']): SharedPart {
  for (const name in params) {
    const value = params[name];
    // JSON turns NaN and Infinity into null, which is no limit at all.
    if (typeof value === 'number' && !(Number.isFinite(value) && value >= 0)) {
      throw new RangeError(`${name} must be a number from 0 on, not ${value}`);
    }
  }
  // Each key has these of its own.
  const { key: _key, key_alias: _alias, duration: _duration, metadata: _metadata, ...shared } = params;
  return { members: JSON.stringify(shared).slice(1, -1), models: sentModels(params['models']) };
}

/**
 * The same for a key without an end. Limits below 0 may come from another key, and refuse every call here too. Throws a
 * RangeError for a number that JSON does not have.
 */
export function lastingBody({ key, keyAlias, metadata, params }: LastingKeyRequest): unknown {
  const broken = Object.keys(params).find((name) => typeof params[name] === 'number' && !Number.isFinite(params[name]));
  if (broken !== undefined) throw new RangeError(`${broken} must be a number that JSON has`);
  return { ...params, key, key_alias: keyAlias, metadata };
}

/**
 * A duration as LiteLLM reads it: a whole number and a unit. Throws a RangeError unless it is a whole number of seconds
 * above 0; 0 is a key that has expired already.
 */
export function durationText(seconds: number): string {
  if (!Number.isSafeInteger(seconds) || seconds <= 0) {
    throw new RangeError(`a duration must be a whole number of seconds above 0, not ${seconds}`);
  }
  return `${seconds}s`;
}
