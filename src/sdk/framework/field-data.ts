import * as v from 'valibot';
import { describeFieldIssue } from './field-issue.ts';
import type { Fields, FieldValue } from './field-schema.ts';

/**
 * What a caller sent, converted by a path's fields.
 * Go: `FieldData` in sdk/framework/field_data.go.
 */
export class FieldData<F extends object = Fields> {
  /** Everything that was sent, captures included, unconverted. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** The fields that it was converted by. */
  readonly schema: F;
  readonly #sent: ReadonlyMap<string, unknown>;

  /** Use {@link parseFieldData}: `sent` must hold values that were converted by `fields`. */
  constructor(fields: F, raw: Readonly<Record<string, unknown>>, sent: ReadonlyMap<string, unknown>) {
    this.schema = fields;
    this.raw = raw;
    this.#sent = sent;
  }

  /** The value that was sent, else the field's default, else the zero of its type. */
  get<K extends keyof F & string>(name: K): FieldValue<F[K]> {
    const schema = (this.schema as Fields)[name];
    if (schema === undefined) throw new Error(`the field "${name}" is not declared`);
    const absent = schema.default ?? schema.type.fieldType.zero;
    return (this.#sent.has(name) ? this.#sent.get(name) : absent) as FieldValue<F[K]>;
  }

  /** The value that was sent, or undefined. A null is a sent zero; for durations it is not sent. */
  getOk<K extends keyof F & string>(name: K): FieldValue<F[K]> | undefined {
    return this.#sent.get(name) as FieldValue<F[K]> | undefined;
  }
}

/** Converted data, or why one field could not be converted. */
export type FieldDataResult<F extends object> =
  { readonly ok: true; readonly data: FieldData<F> } | { readonly ok: false; readonly message: string };

/**
 * Converts what was sent, and ignores names that are not fields. Stops at the first field that does not convert, with a
 * message that names it and never shows a sensitive or long value. `raw` is what the data shows as sent, if that is not
 * what is to be converted. Go: `FieldData.Validate`.
 */
export function parseFieldData<F extends object>(
  fields: F,
  toConvert: Readonly<Record<string, unknown>>,
  raw = toConvert,
): FieldDataResult<F> {
  const { sent, failures } = convert(fields as Fields, toConvert);
  const [failure] = failures;
  if (failure !== undefined) return { ok: false, message: failure };
  return { ok: true, data: new FieldData(fields, raw, sent) };
}

/**
 * Converts what converts, and treats the rest as not sent. For secrets that come back from the host: a lease must be
 * revocable whatever its data has become.
 */
export function parseFieldDataLeniently<F extends object>(
  fields: F,
  raw: Readonly<Record<string, unknown>>,
): FieldData<F> {
  return new FieldData(fields, raw, convert(fields as Fields, raw).sent);
}

function convert(fields: Fields, raw: Readonly<Record<string, unknown>>) {
  const sent = new Map<string, unknown>();
  const failures: string[] = [];
  for (const [name, value] of Object.entries(raw)) {
    const schema = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (schema === undefined) continue;
    if (value === null && schema.type.fieldType.nullIsAbsent) continue;
    const result = v.safeParse(schema.type, value, { abortPipeEarly: true });
    if (result.success) sent.set(name, result.output);
    else failures.push(`error converting input for field "${name}": ${describeFieldIssue(schema, result.issues[0])}`);
  }
  return { sent, failures };
}
