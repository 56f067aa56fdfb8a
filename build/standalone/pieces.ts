/** Bytes put one behind the other, with account kept of where each piece begins. */
export class Pieces {
  readonly #parts: Uint8Array[] = [];
  readonly #begin: number;
  #end: number;

  /** @param begin - The place of the first byte, from which the other places are counted: an address, or 0. */
  constructor(begin = 0) {
    this.#begin = begin;
    this.#end = begin;
  }

  /** The place behind the last byte. */
  get end(): number {
    return this.#end;
  }

  /** Bytes so far. */
  get size(): number {
    return this.#end - this.#begin;
  }

  /** Appends bytes; the answer is where they begin. */
  add(bytes: Uint8Array): number {
    const place = this.#end;
    this.#parts.push(bytes);
    this.#end += bytes.length;
    return place;
  }

  /** Appends a text and the zero that ends it; the answer is where it begins. */
  addText(text: string): number {
    return this.add(new TextEncoder().encode(`${text}\0`));
  }

  /** Appends zeros up to the next place that is a multiple of `alignment`; the answer is that place. */
  align(alignment: number): number {
    this.add(new Uint8Array(alignUp(this.#end, alignment) - this.#end));
    return this.#end;
  }

  /** All of it as one piece. */
  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

/** The first multiple of `alignment` that is not below `value`. */
export const alignUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;
