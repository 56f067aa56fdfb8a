import * as v from 'valibot';
import { describeValue } from '../../sdk/framework/field-conversion-error.ts';
import type { FieldType } from '../../sdk/framework/field-type.ts';

// Go's decoding reads much as something else than was typed: "" as 0, half a second as none, a map as an empty list. If
// 0 or an empty list means "no limit", that widens what was meant to narrow. The types of this folder accept what has
// one meaning, and refuse the rest.

/** Why a type refuses a value; undefined if it accepts it. The text quotes nothing of the value. */
export type Refusal = (raw: unknown) => string | undefined;

/**
 * A field type that accepts less than the framework's, and no null. The error shows only the length of a refused text:
 * a key may have been pasted into the wrong field, and audit logs have errors in the clear.
 *
 * @param expected - What to write, in words that follow "must be".
 */
export function narrow<T>(base: FieldType<T>, expected: string, refuse: Refusal): FieldType<T> {
  const action = v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
    const raw = dataset.value;
    const reason = refuse(raw);
    // Go's decoding may refuse a value too, with words that quote it.
    const converted = reason === undefined ? v.safeParse(base, raw, { abortPipeEarly: true }) : undefined;
    if (converted?.success === true) return converted.output;
    addIssue({ message: reason ?? mustBe(expected, raw), expected });
    return NEVER;
  });
  return Object.assign(v.pipe(v.unknown(), action), { fieldType: { ...base.fieldType, nullIsAbsent: false } });
}

/** The usual words of a refusal. */
export function mustBe(expected: string, raw: unknown): string {
  return `must be ${expected}, not ${describeValue(raw)}`;
}
