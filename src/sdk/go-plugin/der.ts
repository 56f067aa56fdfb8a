/** The few ASN.1 types that a certificate needs, in DER. */
const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

type Bytes = Uint8Array;

function element(tagByte: number, content: Bytes): Bytes {
  return concat([Uint8Array.of(tagByte), lengthOf(content.length), content]);
}

function lengthOf(length: number): Bytes {
  if (length < 0x80) return Uint8Array.of(length);
  const digits = length <= 0xff ? [length] : [length >> 8, length & 0xff];
  return Uint8Array.of(0x80 | digits.length, ...digits);
}

function concat(parts: readonly Bytes[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}

/** Elements in their order. */
export const sequence = (...parts: readonly Bytes[]): Bytes => element(tag.sequence, concat(parts));
/** Elements of a set; a single one is always in order. */
export const set = (...parts: readonly Bytes[]): Bytes => element(tag.set, concat(parts));
/** A truth value. */
export const boolean = (value: boolean): Bytes => element(tag.boolean, Uint8Array.of(value ? 0xff : 0));
/** Bytes, or an element wrapped as bytes. */
export const octetString = (content: Bytes): Bytes => element(tag.octetString, content);
/** Text. */
export const utf8String = (text: string): Bytes => element(tag.utf8String, new TextEncoder().encode(text));

/**
 * A positive integer from its big-endian bytes. Leading zeroes are removed, except for one that keeps the sign bit
 * clear.
 */
export function integer(bytes: Bytes): Bytes {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  return element(tag.integer, (digits[0] ?? 0) & 0x80 ? concat([Uint8Array.of(0), digits]) : digits);
}

/** Bits; the last `unused` of them do not count. */
export const bitString = (content: Bytes, unused = 0): Bytes =>
  element(tag.bitString, concat([Uint8Array.of(unused), content]));

/** An identifier such as `1.2.840.10045.4.3.2`. */
export function objectIdentifier(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(tag.objectIdentifier, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

/** A moment to the second, in UTC. */
export function generalizedTime(date: Date): Bytes {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return element(tag.generalizedTime, new TextEncoder().encode(text));
}

/** A context-specific tag: `[number]`, holding other elements, or bare content. */
export const tagged = (number: number, content: Bytes, constructed = true): Bytes =>
  element(0x80 | (constructed ? 0x20 : 0) | number, content);
