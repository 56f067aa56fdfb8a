import * as v from 'valibot';
import type { FieldType, FieldTypeInfo } from '../../sdk/framework/field-type.ts';

/**
 * What a value was read as, or why it cannot be read: words that follow the field's name and quote nothing of the
 * value.
 */
export type Reading<T> = { readonly value: T } | { readonly refusal: string };

/** A field type that converts by itself, and refuses null. */
export function converted<T>(
  info: Omit<FieldTypeInfo<T>, 'nullIsAbsent'>,
  expected: string,
  read: (raw: unknown) => Reading<T>,
): FieldType<T> {
  const action = v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
    const reading = read(dataset.value);
    if ('value' in reading) return reading.value;
    addIssue({ message: reading.refusal, expected });
    return NEVER;
  });
  return Object.assign(v.pipe(v.unknown(), action), { fieldType: { ...info, nullIsAbsent: false } });
}

/** Reads a value by a type of this folder. */
export function readAs<T>(type: FieldType<T>, raw: unknown): Reading<T> {
  const result = v.safeParse(type, raw, { abortPipeEarly: true });
  return result.success ? { value: result.output } : { refusal: result.issues[0].message };
}
