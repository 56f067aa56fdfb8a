/** Bytes before a client's first frame (RFC 9113, 3.4). */
const prefaceBytes = 24;
const headerBytes = 9;
const rstStream = 3;
/** A frame's header and an error code. */
const rstStreamBytes = headerBytes + 4;

/**
 * Reads what an HTTP/2 client sends and tells of each RST_STREAM frame, whatever the state of its stream: a server that
 * has answered in full does not report such a frame, though a client sends it if it has not seen the answer.
 */
export class StreamResets {
  readonly #told: (streamId: number, code: number) => void;
  readonly #frame = Buffer.alloc(rstStreamBytes);
  /** How many bytes of a frame's beginning are there. */
  #filled = 0;
  #toSkip = prefaceBytes;

  constructor(told: (streamId: number, code: number) => void) {
    this.#told = told;
  }

  /** Reads the next bytes, in pieces of any size. */
  read(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#toSkip > 0) {
        const skipped = Math.min(this.#toSkip, bytes.length - at);
        this.#toSkip -= skipped;
        at += skipped;
        continue;
      }
      const needed = this.#isReset() ? rstStreamBytes : headerBytes;
      const taken = Math.min(needed - this.#filled, bytes.length - at);
      this.#frame.set(bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === needed) this.#gotAll();
    }
  }

  #isReset(): boolean {
    return this.#filled >= headerBytes && this.#frame[3] === rstStream;
  }

  #gotAll(): void {
    const length = this.#frame.readUIntBE(0, 3);
    if (this.#filled === rstStreamBytes) {
      this.#filled = 0;
      this.#told(this.#frame.readUInt32BE(5), this.#frame.readUInt32BE(headerBytes));
    } else if (!this.#isReset() || length !== rstStreamBytes - headerBytes) {
      this.#filled = 0;
      this.#toSkip = length;
    }
  }
}
