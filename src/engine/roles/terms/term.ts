import type * as v from 'valibot';
import type { FieldSchema } from '../../../sdk/framework/field-schema.ts';
import type { FieldType } from '../../../sdk/framework/field-type.ts';
import type { BaseTerms } from '../base-terms.ts';

/** Which edition of LiteLLM a setting needs; without a licence it refuses the key, or every call of it. */
export type Edition = 'community' | 'enterprise';

/**
 * Where LiteLLM's answer has what it made of a setting: by its name in the answer itself, or in the metadata there; for
 * free settings in either; or nowhere.
 */
export type AnsweredIn = 'answer' | 'metadata' | 'either' | 'nowhere';

/** What a row says of a field. The field's name is LiteLLM's. */
export interface TermOptions<T, S extends string> {
  readonly type: FieldType<T>;
  /** In a few words; the edition is added. */
  readonly description: string;
  /** The name in the stored entry; never changed, since there are stored entries. */
  readonly stored: S;
  readonly allowedValues?: readonly T[];
  /** What an entry has if it was never written; without a default, nothing. */
  readonly default?: T;
  /** The stored form, if it is not just what the field's type leaves unchanged. */
  readonly storedAs?: v.GenericSchema<unknown, T>;
  /** Whether its texts may hold templates, to be resolved for whoever asks for a key. */
  readonly templates?: boolean;
  /** Whether every version wrote it: an entry without it must not pass for one without a limit. */
  readonly mustBeStored?: boolean;
  /** `community` unless said. */
  readonly edition?: Edition;
  /** `answer` unless said. */
  readonly answeredIn?: AnsweredIn;
  /** Whether `creds/` shows what LiteLLM made of it, if a role sets it; true unless said. */
  readonly shown?: boolean;
  /** Why a role with these other terms cannot have this value, in words that follow the field's name. */
  check?(value: T, base: BaseTerms): string | undefined;
  /** Whether LiteLLM takes this value only with a licence, and others without. */
  needsLicence?(value: T): boolean;
  /** What LiteLLM gets under the field's name, the value itself unless said; undefined leaves it out. */
  sent?(value: T): unknown;
  /** Settings under names of their own, instead of one under the field's name. */
  spread?(value: T): Readonly<Record<string, unknown>>;
  /** A warning for a write of this value. */
  warning?(value: T): string | undefined;
}

/** A setting of a key that a role may have: one row of the table. */
export type Term<T, S extends string = string> = Omit<TermOptions<T, S>, 'edition' | 'answeredIn' | 'shown'> &
  Required<Pick<TermOptions<T, S>, 'edition' | 'answeredIn' | 'shown'>>;

/** Rows by the names of their fields. */
export type Terms = Readonly<Record<string, Term<unknown>>>;

/** The fields that some rows become. */
export type TermFields<R> = { readonly [K in keyof R]: R[K] extends Term<infer T> ? FieldSchema<T> : never };

/** What the stored entry has for some rows; undefined for what was never written. */
export type TermValues<R> = {
  readonly [K in keyof R as R[K] extends { readonly stored: infer S extends string } ? S : never]?:
    (R[K] extends Term<infer T> ? T : never) | undefined;
};

/** Declares a row. */
export function term<T, const S extends string>(options: TermOptions<T, S>): Term<T, S> {
  return { edition: 'community', answeredIn: 'answer', shown: true, ...options };
}

/** Whether a value means "none": 0, false, an empty text, list or map. It is never sent. */
export function isUnset(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === 0 || value === '' || value === false;
}
