import type { FieldType } from './field-type.ts';

/** Hints for UIs and documentation. Go: `DisplayAttributes` in sdk/framework/path.go. */
export interface DisplayAttributes {
  readonly name?: string;
  readonly description?: string;
  readonly value?: unknown;
  /** The value is masked in UIs, and no error message of the framework shows it. */
  readonly sensitive?: boolean;
  readonly navigation?: boolean;
  readonly itemType?: string;
  readonly group?: string;
  readonly action?: string;
  readonly operationPrefix?: string;
  readonly operationVerb?: string;
  /** May list one suffix for each expansion of the pattern, separated by `|`. */
  readonly operationSuffix?: string;
  readonly editType?: string;
}

/** One field of a path, a secret or a response. Go: `FieldSchema` in sdk/framework/backend.go. */
export interface FieldSchema<T> {
  readonly type: FieldType<T>;
  readonly description: string;
  /** What `FieldData.get` answers when the field was not sent; durations in seconds. */
  readonly default?: NoInfer<T>;
  /** Documentation, as in Go: only the type enforces anything. */
  readonly required?: boolean;
  readonly deprecated?: boolean;
  /** Documents the field as a query parameter of reads, lists and deletes. */
  readonly query?: boolean;
  /** Documentation, as in Go: only the type enforces anything. */
  readonly allowedValues?: readonly NoInfer<T>[];
  readonly displayAttrs?: DisplayAttributes;
}

/** Fields by name; `T` gives the type of each field's value. */
export type FieldsOf<T> = { readonly [K in keyof T]: FieldSchema<T[K]> };

/** Fields of any types. */
export type Fields = Readonly<Record<string, FieldSchema<unknown>>>;

/** The type of a field's value. */
export type FieldValue<S> = S extends FieldSchema<infer T> ? T : never;

/** Declares fields, so that defaults and allowed values are checked against each field's type. */
export function defineFields<T>(fields: FieldsOf<T>): FieldsOf<T> {
  return fields;
}
