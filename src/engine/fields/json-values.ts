import type { FieldType } from '../../sdk/framework/field-type.ts';
import { nearestName, shownName } from '../../sdk/framework/unknown-fields.ts';
import { converted, type Reading, readAs } from './conversion.ts';
import { readJSON } from './json-text.ts';

const mapInfo = { name: 'map', zero: {}, openAPI: { type: 'object', format: 'map' } } as const;
const listInfo = { name: 'slice', zero: [], openAPI: { type: 'array', items: 'object' } } as const;

/** Anything by name: a map, also as JSON in a text. `expected` says what to write, in words that follow "must be". */
export const freeMap = (expected: string): FieldType<Readonly<Record<string, unknown>>> =>
  converted(mapInfo, expected, (raw) => readJSON(raw, 'map', expected));

/** Values of one type by name: a map, also as JSON in a text. */
export const mapOf = <T>(type: FieldType<T>, expected: string): FieldType<Readonly<Record<string, T>>> =>
  converted(mapInfo, expected, (raw) => {
    const json = readJSON(raw, 'map', expected);
    return 'value' in json ? readMap(type, json.value) : json;
  });

/** Values of one type in a list, also as JSON in a text. */
export const listOf = <T>(type: FieldType<T>, expected: string): FieldType<readonly T[]> =>
  converted(listInfo, expected, (raw) => {
    const json = readJSON(raw, 'list', expected);
    return 'value' in json ? readItems(type, json.value) : json;
  });

/** A map with exactly these names, each with a type of its own. */
export const record = <T extends object>(
  types: { readonly [K in keyof T]: FieldType<T[K]> },
  expected: string,
): FieldType<T> =>
  converted<T>({ ...mapInfo, zero: {} as T }, expected, (raw) => {
    const json = readJSON(raw, 'map', expected);
    if (!('value' in json)) return json;
    const read = readRecord(types, json.value);
    return 'value' in read ? { value: read.value as T } : read;
  });

/** Reads the values of a map. The error shows a name unless it may be a key. */
export function readMap<T>(
  type: FieldType<T>,
  map: Readonly<Record<string, unknown>>,
): Reading<Readonly<Record<string, T>>> {
  const entries: (readonly [string, T])[] = [];
  for (const [name, raw] of Object.entries(map)) {
    if (name === '') return { refusal: 'has an empty name in it: leave it out' };
    const reading = readAs(type, raw);
    if (!('value' in reading)) return { refusal: `for ${shownName(name)} ${reading.refusal}` };
    entries.push([name, reading.value]);
  }
  return { value: Object.fromEntries(entries) };
}

function readItems<T>(type: FieldType<T>, list: readonly unknown[]): Reading<readonly T[]> {
  const items: T[] = [];
  for (const [index, raw] of list.entries()) {
    const reading = readAs(type, raw);
    if (!('value' in reading)) return { refusal: `item ${index + 1}: ${reading.refusal}` };
    items.push(reading.value);
  }
  return { value: items };
}

function readRecord(
  types: Readonly<Record<string, FieldType<unknown>>>,
  map: Readonly<Record<string, unknown>>,
): Reading<object> {
  const names = Object.keys(types);
  const other = Object.keys(map).find((name) => !names.includes(name));
  if (other !== undefined) {
    const meant = nearestName(other, names);
    const hint = meant === undefined ? `the names are ${names.join(', ')}` : `did you mean ${meant}?`;
    return { refusal: `must not have ${shownName(other)} in it: ${hint}` };
  }
  const entries: (readonly [string, unknown])[] = [];
  for (const [name, type] of Object.entries(types)) {
    if (!Object.hasOwn(map, name)) return { refusal: `must have ${names.join(' and ')}, and has no ${name}` };
    const reading = readAs(type, map[name]);
    if (!('value' in reading)) return { refusal: `${name} ${reading.refusal}` };
    entries.push([name, reading.value]);
  }
  return { value: Object.fromEntries(entries) };
}
