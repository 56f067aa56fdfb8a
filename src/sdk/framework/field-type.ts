import * as v from 'valibot';
import { FieldConversionError } from './field-conversion-error.ts';
import { parseDurationSecond } from './duration.ts';
import {
  parseCommaIntSlice,
  parseCommaStringSlice,
  parseKVPairs,
  parseNameString,
  parseStringSlice,
  toLower,
} from './parse-field.ts';
import { decodeBool, decodeFloat, decodeInt, decodeMap, decodeSlice, decodeString } from './weak-decode.ts';

/** How OpenAPI names a field type. Go: `schemaType` in sdk/framework/openapi.go. */
export interface OpenAPIType {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array';
  readonly format?: string;
  readonly pattern?: string;
  /** The type of an array's items. */
  readonly items?: string;
}

/** What is known of a field type besides its conversion. */
export interface FieldTypeInfo<T> {
  /** The name that help texts print. Go: `FieldType.String`. */
  readonly name: string;
  /** The value of a field that was not sent and has no default. Go: `FieldType.Zero`. */
  readonly zero: T;
  readonly openAPI: OpenAPIType;
  /** Whether a null counts as not sent. Otherwise it counts as a sent zero value. */
  readonly nullIsAbsent: boolean;
}

/**
 * The type of a field: a valibot schema that converts as Go does, with its Go name and zero. Narrow it with
 * `v.pipe(float, v.minValue(0))`: `pipe` copies what its first schema knows. Go: `FieldType` in
 * sdk/framework/field_type.go.
 */
export type FieldType<T> = v.GenericSchema<unknown, T> & { readonly fieldType: FieldTypeInfo<NoInfer<T>> };

function fieldType<T>(
  name: string,
  zero: T,
  openAPI: OpenAPIType,
  convert: (raw: unknown) => T,
  nullIsAbsent = false,
): FieldType<T> {
  const action = v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
    try {
      return convert(dataset.value);
    } catch (error) {
      if (!(error instanceof FieldConversionError)) throw error;
      addIssue({ message: error.message, expected: error.expected });
      return NEVER;
    }
  });
  return Object.assign(v.pipe(v.unknown(), action), { fieldType: { name, zero, openAPI, nullIsAbsent } });
}

/** Text; numbers and booleans become text. Go: `TypeString`. */
export const string = fieldType('string', '', { type: 'string' }, decodeString);

/** Text in lower case. Go: `TypeLowerCaseString`. */
export const lowerCaseString = fieldType('lowercase string', '', { type: 'string', format: 'lowercase' }, (raw) =>
  toLower(decodeString(raw)),
);

/** A name that is safe in a path: letters, digits, `_`, with `-` and `.` inside. Go: `TypeNameString`. */
export const nameString = fieldType(
  'name string',
  '',
  { type: 'string', pattern: String.raw`\w([\w-.]*\w)?` },
  parseNameString,
);

/**
 * A whole number; fractions are cut off. Refused beyond 2^53: JSON numbers arrive as doubles (in Go too), which would
 * silently change such a number. Go: `TypeInt`.
 */
export const int = fieldType('int', 0, { type: 'integer' }, decodeInt);

/** The same as {@link int} under another name and format. Go: `TypeInt64`. */
export const int64 = fieldType('int64', 0, { type: 'integer', format: 'int64' }, decodeInt);

/** A finite number. Go: `TypeFloat`. */
export const float = fieldType('float', 0, { type: 'number', format: 'float' }, decodeFloat);

/** True or false, also as `1`, `t`, `true` and the like. Go: `TypeBool`. */
export const bool = fieldType('bool', false, { type: 'boolean' }, decodeBool);

/** A duration such as `1h30m`, `90`, `"90"` or `1d` in whole seconds, not negative. Go: `TypeDurationSecond`. */
export const durationSecond = fieldType(
  'duration (sec)',
  0,
  { type: 'string', format: 'duration' },
  (raw) => {
    const seconds = parseDurationSecond(raw);
    if (seconds < 0) {
      throw new FieldConversionError(`cannot provide negative value '${seconds}'`, 'a duration that is not negative');
    }
    return seconds;
  },
  true,
);

/** A duration in whole seconds that may be negative. Go: `TypeSignedDurationSecond`. */
export const signedDurationSecond = fieldType(
  'duration (sec)',
  0,
  { type: 'string', format: 'duration' },
  parseDurationSecond,
  true,
);

/** A list of anything; a single value becomes a list of one. Go: `TypeSlice`. */
export const slice = fieldType<readonly unknown[]>('slice', [], { type: 'array', items: 'object' }, decodeSlice);

/** A list of texts, without space around them; a single text becomes a list of one. Go: `TypeStringSlice`. */
export const stringSlice = fieldType<readonly string[]>(
  'slice',
  [],
  { type: 'array', items: 'string' },
  parseStringSlice,
);

/** A list of texts, also from one text split at its commas. Go: `TypeCommaStringSlice`. */
export const commaStringSlice = fieldType<readonly string[]>(
  'slice',
  [],
  { type: 'array', items: 'string' },
  parseCommaStringSlice,
);

/** A list of whole numbers, also from one text split at its commas. Go: `TypeCommaIntSlice`. */
export const commaIntSlice = fieldType<readonly number[]>(
  'slice',
  [],
  { type: 'array', items: 'integer' },
  parseCommaIntSlice,
);

/**
 * Texts by name, from a map, from `k=v` texts or from the text of a JSON object. Go: `TypeKVPairs`, which does not read
 * JSON from a text.
 */
export const kvPairs = fieldType<Readonly<Record<string, string>>>(
  'keypair',
  {},
  { type: 'object', format: 'kvpairs' },
  parseKVPairs,
);

/** Anything by name. Go: `TypeMap`. */
export const map = fieldType<Readonly<Record<string, unknown>>>(
  'map',
  {},
  { type: 'object', format: 'map' },
  decodeMap,
);
