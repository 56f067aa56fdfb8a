/**
 * A whole number as Go source writes it: decimal, `0x`, `0b`, `0o` or a leading `0` for octal, with `_` between digits.
 * Undefined if the text is not one, or not exact in a double. Go: `strconv.ParseInt(text, 0, 64)`.
 */
export function parseGoInt(text: string): number | undefined {
  const match = /^([+-]?)(0[xX]_?[0-9a-fA-F][0-9a-fA-F_]*|0[bB]_?[01][01_]*|0[oO]?_?[0-7][0-7_]*|0|[1-9][0-9_]*)$/.exec(
    text,
  );
  const [, sign, number = ''] = match ?? [];
  if (match === null || badUnderscore(number)) return undefined;
  const digits = number.replaceAll('_', '');
  const octal = /^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits;
  const value = Number(octal) * (sign === '-' ? -1 : 1) + 0;
  return Number.isSafeInteger(value) ? value : undefined;
}

/**
 * A finite number as Go writes it, also hexadecimal (`0x1p-2`) and with `_` between digits. Undefined if the text is
 * not one, is infinite or not a number. Go: `strconv.ParseFloat(text, 64)`.
 */
export function parseGoFloat(text: string): number | undefined {
  const decimal = text.replaceAll(/(?<=[0-9])_(?=[0-9])/g, '');
  if (/^[+-]?([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(decimal)) return finite(Number(decimal));
  const hex = /^([+-]?)0[xX](_?[0-9a-fA-F_]*)(?:\.([0-9a-fA-F_]*))?[pP]([+-]?[0-9]+)$/.exec(text);
  if (hex === null) return undefined;
  const [, sign, rawWhole = '', rawFraction = '', exponent = ''] = hex;
  const whole = rawWhole.replaceAll('_', '');
  const fraction = rawFraction.replaceAll('_', '');
  if (whole + fraction === '' || badUnderscore(`0x${rawWhole}`) || /^_|_$|__/.test(rawFraction)) return undefined;
  const mantissa = Number(`0x${whole}${fraction}`);
  return finite((sign === '-' ? -1 : 1) * mantissa * 2 ** (Number(exponent) - 4 * fraction.length));
}

/** A number without an exponent, as Go's `FormatFloat(value, 'f', -1, 64)` writes it. */
export function formatGoFloat(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const match = /^(-?)([0-9])(?:\.([0-9]+))?e([+-][0-9]+)$/.exec(String(value));
  if (match === null) return String(value);
  const [, sign = '', first = '', rest = '', exponent = ''] = match;
  const digits = first + rest;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, '0');
}

function badUnderscore(number: string): boolean {
  return /_$|__/.test(number);
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
