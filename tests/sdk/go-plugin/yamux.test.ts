import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { YamuxSession, type YamuxStream } from '../../../src/sdk/go-plugin/yamux.ts';

const types = { data: 0, windowUpdate: 1, ping: 2 } as const;
const flags = { syn: 1, ack: 2, fin: 4, rst: 8 } as const;
const window = 256 * 1024;

interface Frame {
  readonly type: number;
  readonly flag: number;
  readonly streamId: number;
  readonly length: number;
  readonly body: Buffer;
}

/** The side that connects, as yamux's spec.md describes it: it sends what it is told and keeps what it gets. */
class Peer {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  #received = Buffer.alloc(0);
  #heard = Promise.withResolvers<void>();

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.on('data', (bytes: Buffer) => this.#receive(bytes));
  }

  send(type: number, flag: number, streamId: number, content: number | Uint8Array = 0): void {
    const header = Buffer.alloc(12);
    header.writeUInt8(type, 1);
    header.writeUInt16BE(flag, 2);
    header.writeUInt32BE(streamId, 4);
    header.writeUInt32BE(typeof content === 'number' ? content : content.length, 8);
    this.socket.write(typeof content === 'number' ? header : Buffer.concat([header, content]));
  }

  /** The first frame that fits, once it has come; it is taken out. */
  async frame(fits: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const at = this.frames.findIndex(fits);
      const [found] = at < 0 ? [] : this.frames.splice(at, 1);
      if (found !== undefined) return found;
      await this.#heard.promise;
    }
  }

  /** As many bytes of a stream's data, once they have come. */
  async bytes(streamId: number, count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let have = 0; have < count;) {
      const { body } = await this.frame((frame) => frame.type === types.data && frame.streamId === streamId);
      parts.push(body);
      have += body.length;
    }
    return Buffer.concat(parts);
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    while (this.#received.length >= 12) {
      const type = this.#received.readUInt8(1);
      const length = this.#received.readUInt32BE(8);
      const end = 12 + (type === types.data ? length : 0);
      if (this.#received.length < end) break;
      this.frames.push({
        type,
        flag: this.#received.readUInt16BE(2),
        streamId: this.#received.readUInt32BE(4),
        length,
        body: this.#received.subarray(12, end),
      });
      this.#received = this.#received.subarray(end);
    }
    this.#heard.resolve();
    this.#heard = Promise.withResolvers();
  }
}

let folder: string;
let server: Server;
let peer: Peer;
let session: YamuxSession;
let opened: YamuxStream[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yamux-'));
  opened = [];
  const connected = Promise.withResolvers<YamuxSession>();
  server = createServer((socket) => connected.resolve(new YamuxSession(socket, (stream) => void opened.push(stream))));
  await new Promise<void>((resolve) => void server.listen(join(folder, 'socket'), resolve));
  peer = new Peer(join(folder, 'socket'));
  session = await connected.promise;
});
afterEach(async () => {
  peer.socket.destroy();
  server.close();
  await rm(folder, { recursive: true });
});

/** A stream that the other side has opened. */
async function streamOf(id: number): Promise<YamuxStream> {
  peer.send(types.windowUpdate, flags.syn, id);
  await peer.frame(({ streamId, flag }) => streamId === id && (flag & flags.ack) !== 0);
  const stream = opened.at(-1);
  if (stream === undefined) throw new Error('no stream was opened');
  return stream;
}

describe('a stream of the other side', () => {
  test('carries bytes both ways, apart from others', async () => {
    const [one, three] = [await streamOf(1), await streamOf(3)];
    for (const stream of [one, three]) stream.pipe(stream);
    peer.send(types.data, 0, 1, Buffer.from('one'));
    peer.send(types.data, 0, 3, Buffer.from('three'));
    expect((await peer.bytes(3, 5)).toString()).toBe('three');
    expect((await peer.bytes(1, 3)).toString()).toBe('one');
  });

  test('may begin with its data', async () => {
    peer.send(types.data, flags.syn, 1, Buffer.from('at once'));
    await peer.frame(({ flag }) => (flag & flags.ack) !== 0);
    const pieces: readonly Buffer[] | undefined = await opened[0]?.take(1).toArray();
    expect(pieces?.map(String)).toEqual(['at once']);
  });

  test('ends one half after the other', async () => {
    const stream = await streamOf(1);
    let received = '';
    stream.on('data', (bytes: Buffer) => (received += bytes.toString()));
    const ended = new Promise<void>((resolve) => void stream.on('end', resolve));
    peer.send(types.data, flags.fin, 1, Buffer.from('the last'));
    await ended;
    expect(received).toBe('the last');
    stream.end('the answer');
    expect((await peer.bytes(1, 10)).toString()).toBe('the answer');
    expect(await peer.frame(({ flag }) => (flag & flags.fin) !== 0)).toMatchObject({ streamId: 1, length: 0 });
  });

  test('that is reset ends at once', async () => {
    const stream = await streamOf(1);
    const closed = new Promise<void>((resolve) => void stream.on('close', resolve));
    peer.send(types.windowUpdate, flags.rst, 1);
    await closed;
    expect(stream.destroyed).toBe(true);
  });

  test('ends with the connection', async () => {
    const stream = await streamOf(1);
    const closed = new Promise<void>((resolve) => void stream.on('close', resolve));
    peer.socket.destroy();
    await closed;
  });
});

describe('a window', () => {
  test('holds back what the other side has no room for', async () => {
    const stream = await streamOf(1);
    stream.write(Buffer.alloc(window + 10, 7));
    expect(await peer.bytes(1, window)).toHaveLength(window);
    peer.send(types.ping, flags.syn, 0, 1);
    await peer.frame(({ type }) => type === types.ping);
    expect(peer.frames.filter(({ type }) => type === types.data)).toEqual([]);
    peer.send(types.windowUpdate, 0, 1, 10);
    expect(await peer.bytes(1, 10)).toHaveLength(10);
  });

  test('is given back as it is read, and not before', async () => {
    const stream = await streamOf(1);
    peer.send(types.data, 0, 1, Buffer.alloc(window, 7));
    peer.send(types.ping, flags.syn, 0, 1);
    await peer.frame(({ type }) => type === types.ping);
    expect(peer.frames.filter(({ type }) => type === types.windowUpdate)).toEqual([]);
    stream.resume();
    expect(await peer.frame(({ type }) => type === types.windowUpdate)).toMatchObject({ streamId: 1, length: window });
  });
});

test('a stream of our own has an even number, and may be written to at once', async () => {
  for (const id of [2, 4]) {
    session.open().write(`of ${id}`);
    expect(await peer.frame(({ flag }) => (flag & flags.syn) !== 0)).toMatchObject({ streamId: id, length: 0 });
    expect((await peer.bytes(id, 4)).toString()).toBe(`of ${id}`);
  }
});

test('a ping is answered with what it says', async () => {
  peer.send(types.ping, flags.syn, 0, 77);
  expect(await peer.frame(({ type }) => type === types.ping)).toMatchObject({ flag: flags.ack, length: 77 });
});
