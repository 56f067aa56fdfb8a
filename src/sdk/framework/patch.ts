import { FieldData, type FieldDataResult, parseFieldData } from './field-data.ts';
import type { Fields, FieldsOf } from './field-schema.ts';

// A JSON merge patch (RFC 7396): what it names takes the place of what was there, a null takes away, and a map is merged
// name by name. A list is taken as a whole.

/**
 * Converts a patch. A null converts to nothing at all, in a map too, whatever the field's type: it stands in `raw` alone,
 * for {@link handlePatchOperation}.
 */
export function parsePatch<F extends object>(fields: F, raw: Readonly<Record<string, unknown>>): FieldDataResult<F> {
  return parseFieldData(fields, withoutNulls(raw), raw);
}

/**
 * A resource with a patch merged into it, as if all of that had been sent at once: what the patch names with a null is
 * not sent, and so `get` answers with its default. `resource` has the fields' converted values by name; what it leaves
 * out is not there. A map that the merge makes is converted anew, as its type may hold it to a size.
 * Go: `HandlePatchOperation` in sdk/framework/backend.go, where a null makes a scalar its zero and not its default.
 */
export function handlePatchOperation<T>(
  patch: FieldData<FieldsOf<T>>,
  resource: Readonly<Partial<T>>,
): FieldDataResult<FieldsOf<T>> {
  const fields = patch.schema as Fields;
  const existing = resource as Readonly<Record<string, unknown>>;
  const sent = new Map<string, unknown>();
  const maps: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) {
    const value = patch.getOk(name as keyof T & string);
    if (isMap(value)) maps[name] = merged(existing[name], value, patch.raw[name]);
    else if (value !== undefined) sent.set(name, value);
    else if (existing[name] !== undefined && !isNull(patch.raw, name)) sent.set(name, existing[name]);
  }
  const converted = parseFieldData(patch.schema, maps);
  if (!converted.ok) return converted;
  for (const name of Object.keys(maps)) sent.set(name, converted.data.getOk(name as keyof T & string));
  return { ok: true, data: new FieldData(patch.schema, patch.raw, sent) };
}

type PlainMap = Readonly<Record<string, unknown>>;

function merged(target: unknown, patch: unknown, raw: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result = new Map(isMap(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    const inRaw = isMap(raw) && Object.hasOwn(raw, name) ? raw[name] : undefined;
    result.set(name, merged(result.get(name), value, inRaw));
  }
  if (isMap(raw)) for (const name of Object.keys(raw)) if (isNull(raw, name)) result.delete(name);
  return Object.fromEntries(result);
}

function withoutNulls(value: PlainMap): PlainMap {
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([name, inner]) => [name, isMap(inner) ? withoutNulls(inner) : inner]));
}

function isNull(raw: PlainMap, name: string): boolean {
  return Object.hasOwn(raw, name) && raw[name] === null;
}

function isMap(value: unknown): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
