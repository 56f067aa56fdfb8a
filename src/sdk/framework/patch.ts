import { FieldData, type FieldDataResult, parseFieldData } from './field-data.ts';
import type { Fields, FieldsOf } from './field-schema.ts';

// A JSON merge patch (RFC 7396) replaces what it names, and a null removes it. A map is merged name by name, a list is
// replaced as a whole.

/**
 * Converts a patch. A null, also in a map, converts to nothing, whatever the field's type: only `raw` has it, for
 * {@link handlePatchOperation}.
 */
export function parsePatch<F extends object>(fields: F, raw: Readonly<Record<string, unknown>>): FieldDataResult<F> {
  return parseFieldData(fields, withoutNulls(raw), raw);
}

/**
 * A resource with a patch merged into it, as if all of that had been sent at once. A null in the patch counts as not
 * sent, so `get` gives the default. `resource` has the fields' converted values by name; what it leaves out does not
 * exist. A merged map is converted again, as its type may limit its size. Go: `HandlePatchOperation` in
 * sdk/framework/backend.go, where a null makes a scalar its zero and not its default.
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
