import { FieldConversionError } from './field-conversion-error.ts';
import { decodeInt, decodeMapOf, decodeSlice, decodeString, decodeStringSlice, type StringMap } from './weak-decode.ts';

// What sdk/framework/field_data.go does beyond mapstructure, for each field type that it does so for.

/** Text without Unicode white space around it; JavaScript's `trim` differs in two characters. */
export function trimSpace(text: string): string {
  // By hand from both ends: a regular expression for the end takes quadratic time in long runs of space.
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charAt(start))) start++;
  while (end > start && isSpace(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Text in lower case, character by character: JavaScript looks at a word's end, Go does not. */
export function toLower(text: string): string {
  return Array.from(text, (character) => String.fromCodePoint(character.toLowerCase().codePointAt(0) ?? 0)).join('');
}

/** A name of letters, digits and `_`, with `-` and `.` inside. */
export function parseNameString(raw: unknown): string {
  const name = decodeString(raw);
  if (/^\w(?:[\w.-]*\w)?$/.test(name)) return name;
  throw FieldConversionError.of('a name of letters, digits and "_", with "-" and "." inside', raw);
}

/** A list of texts without space around them. Go: `TypeStringSlice`. */
export function parseStringSlice(raw: unknown): readonly string[] {
  return raw === '' ? [] : decodeStringSlice(raw).map(trimSpace);
}

/** The same, with a single text split at its commas. Go: `parseutil.ParseCommaStringSlice`. */
export function parseCommaStringSlice(raw: unknown): readonly string[] {
  return parseStringSlice(typeof raw === 'string' && raw !== '' ? raw.split(',') : raw);
}

/** A list of whole numbers. Go: `TypeCommaIntSlice`. */
export function parseCommaIntSlice(raw: unknown): readonly number[] {
  if (raw === '') return [];
  return decodeSlice(typeof raw === 'string' ? raw.split(',') : raw).map(decodeInt);
}

/** Texts by name, from maps, from `k=v` or from a JSON object as a text. Go: `TypeKVPairs`, without the last. */
export function parseKVPairs(raw: unknown): StringMap<string> {
  const value = typeof raw === 'string' ? (parseJSONObject(raw) ?? raw) : raw;
  const asMap = attempt(() => decodeMapOf(value, decodeString));
  if (asMap !== undefined) return asMap;
  const pairs = attempt(() => decodeStringSlice(value));
  if (pairs === undefined) throw FieldConversionError.of('a map of texts or a list of key=value', raw);
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0) throw FieldConversionError.of('pairs of the form key=value', pair);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function isSpace(character: string): boolean {
  return /^\p{White_Space}$/u.test(character);
}

function parseJSONObject(text: string): object | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function attempt<T>(convert: () => T): T | undefined {
  try {
    return convert();
  } catch (error) {
    if (error instanceof FieldConversionError) return undefined;
    throw error;
  }
}
