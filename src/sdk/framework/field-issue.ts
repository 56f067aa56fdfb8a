import type * as v from 'valibot';
import { cutCodePoints } from './code-points.ts';
import { describeValue } from './field-conversion-error.ts';
import type { FieldSchema } from './field-schema.ts';

const messageLimit = 240;

/**
 * Why a field's value was refused, in words that quote no sent text, unless the field's author wrote them so. For a
 * sensitive field, the words do not depend on the value: what was expected, or a message that is a plain text in the
 * field's own pipe.
 */
export function describeFieldIssue(schema: FieldSchema<unknown>, issue: v.BaseIssue<unknown>): string {
  if (fixedMessages(schema.type).has(issue.message)) return issue.message;
  if (schema.displayAttrs?.sensitive === true) {
    return issue.expected === null ? 'the value is not acceptable' : `expected ${issue.expected}`;
  }
  if (issue.type === 'raw_transform' || issue.expected === null) return cutCodePoints(issue.message, messageLimit);
  return `expected ${issue.expected}, got ${describeValue(issue.input)}`;
}

function fixedMessages(item: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof item !== 'object' || item === null) return found;
  if ('message' in item && typeof item.message === 'string') found.add(item.message);
  if ('pipe' in item && Array.isArray(item.pipe)) {
    // The schema that a pipe starts from is copied into the pipe's owner: going into it would not end.
    for (const inner of item.pipe) if (inner !== item) fixedMessages(inner, found);
  }
  return found;
}
