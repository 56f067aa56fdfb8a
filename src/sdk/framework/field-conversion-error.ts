const echoLimit = 60;

/** A value as an error message may show it: short texts in full, long ones by their length. */
export function describeValue(raw: unknown): string {
  switch (typeof raw) {
    case 'string':
      return raw.length <= echoLimit ? JSON.stringify(raw) : `a text of ${raw.length} characters`;
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
