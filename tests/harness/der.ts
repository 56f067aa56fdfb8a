/** The tags of DER that a certificate needs; X.690, 8.1.2. */
const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  generalizedTime: 0x18,
} as const;

/** One value: tag, length, content. A number is a tag of its own, as the context-specific ones are. */
export function der(tag: keyof typeof tags | number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.of(typeof tag === 'number' ? tag : tags[tag]), length(body.length), body]);
}

/** An object identifier, written with dots. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der('objectIdentifier', Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** A bit string of whole bytes. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return der('bitString', Buffer.of(0), bytes);
}

/** A moment, to the second. */
export function generalizedTime(time: Date): Uint8Array {
  return der('generalizedTime', Buffer.from(`${time.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`));
}

function length(count: number): Uint8Array {
  if (count < 0x80) return Buffer.of(count);
  const digits: number[] = [];
  for (let left = count; left > 0; left >>>= 8) digits.unshift(left & 0xff);
  return Buffer.from([0x80 | digits.length, ...digits]);
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift(0x80 | (left & 0x7f));
  return digits;
}
