import * as v from 'valibot';
import type { FieldType } from '../../sdk/framework/field-type.ts';

// Go's decoding takes much for something else than was typed: "" for 0, half a second for none, a map for an empty list.
// Where 0 or an empty list means "no limit", that widens what was meant to narrow. The types of this folder take what has
// one meaning, and refuse the rest.

/** What a type refuses a value for; undefined where it takes it. The text shows nothing of the value. */
export type Refusal = (raw: unknown) => string | undefined;

/**
 * A field type that takes less than the framework's, and no null. What is refused is never shown, only its kind: a key
 * may have been pasted into the wrong field, and errors stand in audit logs in the clear.
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
  return `must be ${expected}, not ${kindOf(raw)}`;
}

/** What kind of value it is, and nothing of the value. */
export function kindOf(raw: unknown): string {
  switch (typeof raw) {
    case 'string':
      return raw === '' ? 'an empty text' : `a text of ${codePoints(raw)} characters`;
    case 'number':
      return Number.isInteger(raw) ? 'a number' : 'a number with a fraction';
    case 'boolean':
      return 'true or false';
    default:
      if (raw === null || raw === undefined) return 'null';
      return Array.isArray(raw) ? 'a list' : 'an object';
  }
}

/** The length of a text as people count it: half of a surrogate pair is no character. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
