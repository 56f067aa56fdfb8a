import { FieldConversionError } from './field-conversion-error.ts';
import { formatGoFloat, parseGoFloat, parseGoInt } from './go-number.ts';

// What mapstructure.WeakDecode makes of a JSON value, for each target that a field type has. A null leaves its target
// as it was, so it becomes the zero value.

/** A map with its own property for each name, also `__proto__`. */
export type StringMap<T> = Readonly<Record<string, T>>;

/** Text; a boolean becomes `1` or `0`. */
export function decodeString(raw: unknown): string {
  switch (typeof raw) {
    case 'string':
      return raw;
    case 'boolean':
      return raw ? '1' : '0';
    case 'number':
      return formatGoFloat(raw);
    default:
      if (raw === null || raw === undefined) return '';
      throw FieldConversionError.of('a text', raw);
  }
}

/** A whole number that a double holds exactly; fractions are cut off. */
export function decodeInt(raw: unknown): number {
  const value = typeof raw === 'string' ? parseGoInt(raw === '' ? '0' : raw) : decodeNumber(raw);
  const whole = value === undefined ? Number.NaN : Math.trunc(value) + 0;
  if (Number.isSafeInteger(whole)) return whole;
  throw FieldConversionError.of('a whole number', raw);
}

/**
 * A finite number. Go accepts `NaN` and `Inf` as texts: JSON cannot have them, and a limit that is not a number limits
 * nothing, since every comparison with it is false.
 */
export function decodeFloat(raw: unknown): number {
  const value = typeof raw === 'string' ? parseGoFloat(raw === '' ? '0' : raw) : decodeNumber(raw);
  if (value !== undefined && Number.isFinite(value)) return value;
  throw FieldConversionError.of('a finite number', raw);
}

function decodeNumber(raw: unknown): number | undefined {
  if (typeof raw === 'number') return raw;
  if (typeof raw === 'boolean') return raw ? 1 : 0;
  return raw === null || raw === undefined ? 0 : undefined;
}

const booleans: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False', '', null, undefined].map((text) => [text, false] as const),
]);

/** True or false; a number is true unless it is 0. */
export function decodeBool(raw: unknown): boolean {
  if (typeof raw === 'boolean') return raw;
  if (typeof raw === 'number') return raw !== 0;
  const value = booleans.get(raw);
  if (value === undefined) throw FieldConversionError.of('true or false', raw);
  return value;
}

/** A list; any other value becomes a list of one, an empty map an empty list. */
export function decodeSlice(raw: unknown): readonly unknown[] {
  if (raw === null || raw === undefined) return [];
  if (Array.isArray(raw)) return raw;
  return isMap(raw) && Object.keys(raw).length === 0 ? [] : [raw];
}

/** A list of texts. */
export function decodeStringSlice(raw: unknown): readonly string[] {
  return decodeSlice(raw).map(decodeString);
}

/** A map; a list of maps becomes one, later names winning. */
export function decodeMap(raw: unknown): StringMap<unknown> {
  return decodeMapOf(raw, (value) => value);
}

/** A map with each value decoded. */
export function decodeMapOf<T>(raw: unknown, decode: (value: unknown) => T): StringMap<T> {
  const entries: (readonly [string, T])[] = [];
  // Not recursive: lists in lists, as deep as a caller likes, must not overflow the stack.
  const pending: unknown[] = [raw];
  while (pending.length > 0) {
    const item = pending.pop();
    if (item === null || item === undefined) continue;
    if (Array.isArray(item)) {
      for (const inner of item.toReversed()) pending.push(inner);
    } else if (isMap(item)) {
      for (const [name, value] of Object.entries(item)) entries.push([name, decode(value)]);
    } else {
      throw FieldConversionError.of('a map', raw);
    }
  }
  return Object.fromEntries(entries);
}

function isMap(raw: unknown): raw is StringMap<unknown> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}
