import * as v from 'valibot';
import { describeValue } from '../../sdk/framework/field-conversion-error.ts';
import type { FieldType } from '../../sdk/framework/field-type.ts';

// Go's decoding takes much for something else than was typed: "" for 0, half a second for none, a map for an empty list.
// Where 0 or an empty list means "no limit", that widens what was meant to narrow. The types of this folder take what has
// one meaning, and refuse the rest.

/** What a type refuses a value for; undefined where it takes it. The text shows nothing of the value. */
export type Refusal = (raw: unknown) => string | undefined;

/**
 * A field type that takes less than the framework's, and no null. No text that is refused is shown, only its length: a
 * key may have been pasted into the wrong field, and errors stand in audit logs in the clear.
 *
 * @param expected - What to write, as it follows "must be".
 */
export function narrow<T>(base: FieldType<T>, expected: string, refuse: Refusal): FieldType<T> {
  const action = v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
    const raw = dataset.value;
    const reason = refuse(raw);
    // A value that Go's decoding refuses as well, in words that may quote it.
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
