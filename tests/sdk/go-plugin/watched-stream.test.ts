import { expect, test } from 'bun:test';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { WatchedConnection } from '../../../src/sdk/go-plugin/watched-connection.ts';

/** A socket that takes what is written only when it is told to. */
class SlowSocket extends Duplex {
  readonly taken: string[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor() {
    super({ writableHighWaterMark: 4 });
  }

  takePiece(): void {
    this.#waiting.shift()?.();
  }

  override _read(): void {
    // What comes in is pushed by the test.
  }

  override _write(bytes: Uint8Array, _encoding: BufferEncoding, callback: () => void): void {
    this.taken.push(Buffer.from(bytes).toString());
    this.#waiting.push(callback);
  }
}

function connect(): { readonly socket: SlowSocket; readonly connection: WatchedConnection } {
  const socket = new SlowSocket();
  return { socket, connection: new WatchedConnection(socket as unknown as TLSSocket) };
}

test('a socket that is full says so, and tells when it has room again', async () => {
  const { socket, connection } = connect();
  expect(connection.write(Buffer.from('12'))).toBe(true);
  expect(connection.write(Buffer.from('3456'))).toBe(false);
  const drained = once(connection, 'drain');
  socket.takePiece();
  socket.takePiece();
  await drained;
  expect(socket.taken.join('')).toBe('123456');
});

test('the end comes after all that was written, and with what it brings itself', async () => {
  const { socket, connection } = connect();
  const finished = once(socket, 'finish');
  connection.write(Buffer.from('answer'));
  connection.end(Buffer.from('last'));
  for (let piece = 0; piece < 2; piece++) {
    await new Promise((resolve) => void setImmediate(resolve));
    socket.takePiece();
  }
  await finished;
  expect(socket.taken.join('')).toBe('answerlast');
});

test('a pause holds what comes in back, and loses nothing of it', async () => {
  const { socket, connection } = connect();
  const seen: string[] = [];
  connection.on('data', (bytes: Buffer) => void seen.push(bytes.toString()));
  connection.pause();
  socket.push('a');
  await new Promise((resolve) => void setImmediate(resolve));
  expect(seen).toEqual([]);
  const came = once(connection, 'data');
  connection.resume();
  await came;
  expect(seen.join('')).toBe('a');
});

test('a socket that breaks ends the connection, and the other way round', async () => {
  const one = connect();
  const closed = new Promise<void>((resolve) => void one.connection.on('close', resolve));
  one.socket.destroy(new Error('made up'));
  await closed;
  const other = connect();
  const gone = once(other.socket, 'close');
  other.connection.destroy();
  await gone;
});
