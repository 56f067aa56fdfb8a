import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { StreamResets } from './stream-resets.ts';

/** What a client resets a call with that it has given up; other codes may follow an answer that it took. */
const cancel = 8;
/** More calls than a host has under way at once, and so more than a reset can come late for. */
const maxWatched = 1_000;

/** A call as grpc-js hands it over; what is below is its own affair, and may change with its version. */
interface CallOverStream {
  readonly call?: {
    readonly stream?: {
      readonly id?: number;
      readonly destroyed: boolean;
      readonly rstCode?: number;
      readonly session?: { readonly socket?: Partial<WatchedConnection> };
    };
  };
}

type Written = (error: Error | null | undefined) => void;

/**
 * A connection of the host, between TLS and HTTP/2. grpc-js and the HTTP/2 below it tell nothing of a call any more once
 * its answer has been sent. But a client that gives a call up before it has seen the end of the answer sends RST_STREAM
 * (CANCEL), and one that has seen it never does: so what comes late tells for certain that the answer was lost.
 *
 * Bytes go straight through in both directions: the buffers of a stream in between cost each call a tenth of its time.
 */
export class WatchedConnection extends Duplex {
  readonly #socket: TLSSocket;
  readonly #watched = new Map<number, () => void>();

  constructor(socket: TLSSocket) {
    super();
    this.#socket = socket;
    const resets = new StreamResets((streamId, code) => this.#wasReset(streamId, code));
    socket.on('data', (bytes: Buffer) => {
      resets.read(bytes);
      this.emit('data', bytes);
    });
    socket.on('drain', () => this.emit('drain'));
    socket.on('end', () => this.push(null));
    socket.on('close', () => this.destroy());
    // Nobody is left to tell: the session ends with its connection.
    this.on('error', () => undefined);
    socket.on('error', (error) => this.destroy(error));
  }

  /** Acts when the client cancels a stream from now on. No method: HTTP/2 hands its socket out behind a proxy. */
  readonly watch = (streamId: number, act: () => void): void => {
    if (this.#watched.size >= maxWatched) {
      const [oldest] = this.#watched.keys();
      if (oldest !== undefined) this.#watched.delete(oldest);
    }
    this.#watched.set(streamId, act);
  };

  #wasReset(streamId: number, code: number): void {
    if (code !== cancel) return;
    const act = this.#watched.get(streamId);
    this.#watched.delete(streamId);
    act?.();
  }

  override write(bytes: Uint8Array, encoding?: BufferEncoding | Written, written?: Written): boolean {
    const told = typeof encoding === 'function' ? encoding : written;
    return this.#socket.write(bytes, told);
  }

  override pause(): this {
    this.#socket.pause();
    return super.pause();
  }

  override resume(): this {
    this.#socket.resume();
    return super.resume();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _final(callback: () => void): void {
    this.#socket.end(callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#socket.destroy();
    callback(error);
  }
}

/**
 * Acts, once, when the client has given a call up, before this or later, and so takes no answer; of the latest thousand
 * calls that are watched. Where the call does not show its stream it never acts.
 */
export function watchCall(call: object, act: () => void): void {
  const stream = (call as CallOverStream).call?.stream;
  if (stream?.id === undefined) return;
  // 'cancelled' is told some turns after the reset.
  if (stream.destroyed || stream.rstCode === cancel) act();
  else stream.session?.socket?.watch?.(stream.id, act);
}
