import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { StreamResets } from './stream-resets.ts';

/** The code with which a client resets a call that it gave up; other codes may follow an answer that it received. */
const cancel = 8;
/** More calls than a host has under way at once, so more than a late reset can be for. */
const maxWatched = 1_000;

/** A call as grpc-js passes it. What is inside belongs to grpc-js, and may change with its version. */
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
 * A connection of the host, between TLS and HTTP/2. Once an answer was sent, grpc-js and the HTTP/2 below say nothing
 * more of the call. But a client that gives a call up before the end of the answer sends RST_STREAM (CANCEL), and one
 * that has seen the end never does: so a late reset means that the answer was lost.
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

  /**
   * Calls `act` if the client cancels a stream from now on. Not a method: HTTP/2 gives its socket out behind a proxy.
   */
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
    if (typeof encoding === 'function') return this.#socket.write(bytes, encoding);
    return this.#socket.write(bytes, encoding, written);
  }

  /** For what is handed over with the end, past {@link write}. */
  override _write(bytes: Uint8Array, encoding: BufferEncoding, written: Written): void {
    this.#socket.write(bytes, encoding, written);
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
    // The socket hands over what comes, without being asked.
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
 * Calls `act`, once, if the client gives or gave a call up and so takes no answer; for the latest thousand calls that
 * are watched. Never, if the call does not show its stream.
 */
export function watchCall(call: object, act: () => void): void {
  const stream = (call as CallOverStream).call?.stream;
  if (stream?.id === undefined) return;
  // 'cancelled' comes some turns after the reset.
  if (stream.destroyed || stream.rstCode === cancel) act();
  else stream.session?.socket?.watch?.(stream.id, act);
}
