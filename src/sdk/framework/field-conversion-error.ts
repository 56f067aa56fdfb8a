import { countCodePoints } from './code-points.ts';

/**
 * A value as an error message may show it. Of a text, only the length: a key may have been written to the wrong field,
 * and audit logs have messages in the clear.
 */
export function describeValue(raw: unknown): string {
  switch (typeof raw) {
    case 'string': {
      const length = countCodePoints(raw);
      return length === 0 ? 'an empty text' : `a text of ${length} character${length === 1 ? '' : 's'}`;
    }
    case 'number':
    case 'boolean':
      return String(raw);
    default:
      if (raw === null || raw === undefined) return 'null';
      return Array.isArray(raw) ? 'a list' : 'a map';
  }
}

/** A value that does not convert to its field's type. */
export class FieldConversionError extends Error {
  override readonly name = 'FieldConversionError';
  /** What was expected, for messages that must not show the value. */
  readonly expected: string;

  constructor(message: string, expected: string) {
    super(message);
    this.expected = expected;
  }

  /** The usual form of the message: what was expected, and what came instead. */
  static of(expected: string, raw: unknown): FieldConversionError {
    return new FieldConversionError(`expected ${expected}, got ${describeValue(raw)}`, expected);
  }
}
