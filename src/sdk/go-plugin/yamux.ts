import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

// Yamux, on the side that accepts: many streams over one connection. Go: hashicorp/yamux, whose spec.md has the frames.

const headerLength = 12;
const types = { data: 0, windowUpdate: 1, ping: 2, goAway: 3 } as const;
const flags = { syn: 1, ack: 2, fin: 4, rst: 8 } as const;

/** What each side may send on a new stream before it hears of more. */
const initialWindow = 256 * 1024;

/** What one stream needs of its session. */
interface Frames {
  send(type: number, flag: number, streamId: number, length: number, body?: Uint8Array): void;
  forget(streamId: number): void;
}

/** One stream of a session. Each of its halves ends by itself. */
export class YamuxStream extends Duplex {
  readonly #id: number;
  readonly #frames: Frames;
  #sendWindow = initialWindow;
  #unsent: { bytes: Buffer; readonly done: () => void } | undefined;
  /** Bytes received, and not yet given back to the other side's window. */
  #uncredited = 0;
  #reset = false;

  constructor(id: number, frames: Frames) {
    super({ allowHalfOpen: true });
    this.#id = id;
    this.#frames = frames;
    // Whoever uses the stream hears of it too; nobody has to.
    this.on('error', () => undefined);
  }

  /** A frame of the other side. */
  receive(type: number, flag: number, length: number, body: Buffer): void {
    if ((flag & flags.rst) !== 0) {
      this.#reset = true;
      this.destroy();
      return;
    }
    if (type === types.windowUpdate) {
      this.#sendWindow += length;
      this.#flush();
    } else if (body.length > 0) {
      this.#uncredited += body.length;
      if (this.push(body)) this.#credit();
    }
    if ((flag & flags.fin) !== 0) this.push(null);
  }

  /** The session is over. */
  lose(): void {
    this.#reset = true;
    this.destroy();
  }

  override _read(): void {
    this.#credit();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#unsent = { bytes, done };
    this.#flush();
  }

  override _final(done: () => void): void {
    this.#frames.send(types.windowUpdate, flags.fin, this.#id, 0);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#reset && !(this.readableEnded && this.writableFinished)) {
      this.#frames.send(types.windowUpdate, flags.rst, this.#id, 0);
    }
    this.#frames.forget(this.#id);
    done(error);
  }

  #flush(): void {
    while (this.#unsent !== undefined && this.#sendWindow > 0) {
      const { bytes, done } = this.#unsent;
      const part = bytes.subarray(0, this.#sendWindow);
      this.#sendWindow -= part.length;
      this.#frames.send(types.data, 0, this.#id, part.length, part);
      if (part.length < bytes.length) {
        this.#unsent.bytes = bytes.subarray(part.length);
      } else {
        this.#unsent = undefined;
        done();
      }
    }
  }

  #credit(): void {
    if (this.#uncredited < initialWindow / 2) return;
    this.#frames.send(types.windowUpdate, 0, this.#id, this.#uncredited);
    this.#uncredited = 0;
  }
}

/** The streams of one accepted connection. */
export class YamuxSession {
  readonly #socket: Socket;
  readonly #onStream: (stream: YamuxStream) => void;
  readonly #streams = new Map<number, YamuxStream>();
  readonly #frames: Frames = {
    send: (type, flag, streamId, length, body) => this.#send(type, flag, streamId, length, body),
    forget: (streamId) => void this.#streams.delete(streamId),
  };
  #received = Buffer.alloc(0);
  /** The side that connected has the odd ones. */
  #nextId = 2;

  /** Serves a connection; `onStream` gets each stream that the other side opens. */
  constructor(socket: Socket, onStream: (stream: YamuxStream) => void) {
    this.#socket = socket;
    this.#onStream = onStream;
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const stream of [...this.#streams.values()]) stream.lose();
    });
  }

  /** Opens a stream, which may be written to at once. */
  open(): YamuxStream {
    const stream = this.#add(this.#nextId);
    this.#send(types.windowUpdate, flags.syn, this.#nextId, 0);
    this.#nextId += 2;
    return stream;
  }

  #add(id: number): YamuxStream {
    const stream = new YamuxStream(id, this.#frames);
    this.#streams.set(id, stream);
    return stream;
  }

  #send(type: number, flag: number, streamId: number, length: number, body?: Uint8Array): void {
    if (this.#socket.destroyed) return;
    const header = Buffer.alloc(headerLength);
    header.writeUInt8(type, 1);
    header.writeUInt16BE(flag, 2);
    header.writeUInt32BE(streamId, 4);
    header.writeUInt32BE(length, 8);
    this.#socket.write(body === undefined ? header : Buffer.concat([header, body]));
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      if (this.#received.length < headerLength) return;
      const type = this.#received.readUInt8(1);
      const flag = this.#received.readUInt16BE(2);
      const streamId = this.#received.readUInt32BE(4);
      const length = this.#received.readUInt32BE(8);
      const end = headerLength + (type === types.data ? length : 0);
      if (this.#received.length < end) return;
      const body = this.#received.subarray(headerLength, end);
      this.#received = this.#received.subarray(end);
      this.#handle(type, flag, streamId, length, body);
    }
  }

  #handle(type: number, flag: number, streamId: number, length: number, body: Buffer): void {
    if (type === types.ping) {
      if ((flag & flags.syn) !== 0) this.#send(types.ping, flags.ack, 0, length);
      return;
    }
    if (type === types.goAway) return;
    if ((flag & flags.syn) !== 0) {
      const opened = this.#add(streamId);
      this.#send(types.windowUpdate, flags.ack, streamId, 0);
      this.#onStream(opened);
    }
    // A stream that ended here may still get frames.
    this.#streams.get(streamId)?.receive(type, flag, length, body);
  }
}
