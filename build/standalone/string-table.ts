// Texts in an ELF file stand one behind the other, each ended by a zero, and are named by where they begin.

const utf8 = new TextDecoder('utf-8');

/** The text that begins at an offset. */
export function textAt(bytes: Uint8Array, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return utf8.decode(bytes.subarray(offset, end === -1 ? bytes.length : end));
}
