import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { generateCertificate } from '../../../src/sdk/go-plugin/certificate.ts';
import { type PluginServer, startPluginServer } from '../../../src/sdk/go-plugin/server.ts';
import { nullLogger } from '../../../src/sdk/logical/logger.ts';
import { pluginVersionService } from '../../../src/sdk/pb/services.ts';
import { unary } from '../../../src/sdk/plugin/unary.ts';
import {
  frame,
  frameFlag,
  frameReader,
  frameType,
  headerBlock,
  preface,
  type ReceivedFrame,
  resetFrame,
} from '../../harness/http2-frames.ts';
import { generateHostCertificate } from '../../harness/plugin-host/host-certificate.ts';

const cancel = 8;
const noError = 0;

const hostCertificate = generateHostCertificate();
let folder: string;
let server: PluginServer;
/** How often each call was told to be undelivered; one for each call, in their order. */
const undelivered: { times: number; readonly first: PromiseWithResolvers<void> }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watched-'));
  const own = await generateCertificate(new Date());
  const version = unary(nullLogger, (_request: unknown, { onUndelivered }) => {
    const told = { times: 0, first: Promise.withResolvers<void>() };
    undelivered.push(told);
    onUndelivered(() => {
      told.times += 1;
      told.first.resolve();
    });
    return { pluginVersion: 'v0.0.0-test' };
  });
  server = await startPluginServer(join(folder, 'socket'), hostCertificate.certPem, own, () => [
    { definition: pluginVersionService, handlers: { version } },
  ]);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** A client that sends what it likes. */
class Client implements Disposable {
  readonly #socket: TLSSocket;
  readonly #waiting: { readonly fits: (received: ReceivedFrame) => boolean; readonly resolve: () => void }[] = [];

  constructor() {
    const { certPem: cert, keyPem: key } = hostCertificate;
    const path = join(folder, 'socket');
    this.#socket = connect({ path, cert, key, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    const reader = frameReader((received) => {
      const index = this.#waiting.findIndex(({ fits }) => fits(received));
      if (index >= 0) this.#waiting.splice(index, 1)[0]?.resolve();
    });
    this.#socket.on('data', reader);
    this.send(preface, frame(frameType.settings, 0, 0));
  }

  send(...bytes: readonly Buffer[]): void {
    this.#socket.write(Buffer.concat(bytes));
  }

  async received(fits: (received: ReceivedFrame) => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ fits, resolve });
    await promise;
  }

  /** Makes a call and waits for the end of its answer. */
  async call(streamId: number): Promise<void> {
    const headers = headerBlock({
      ':method': 'POST',
      ':scheme': 'https',
      ':path': '/logical.PluginVersion/Version',
      ':authority': 'localhost',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const ended = this.received((received) => received.streamId === streamId && isEnd(received));
    this.send(
      frame(frameType.headers, frameFlag.endHeaders, streamId, headers),
      frame(frameType.data, frameFlag.endStream, streamId, Buffer.alloc(5)),
    );
    await ended;
  }

  /** When it resolves, the server has read all that was sent before. */
  async ping(): Promise<void> {
    const answered = this.received(({ type, flags }) => type === frameType.ping && flags === frameFlag.ack);
    this.send(frame(frameType.ping, 0, 0, Buffer.alloc(8)));
    await answered;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

function isEnd({ type, flags }: ReceivedFrame): boolean {
  return type === frameType.headers && (flags & frameFlag.endStream) !== 0;
}

describe('a call that was answered in full', () => {
  test('is told to be undelivered when its client cancels it after that', async () => {
    using client = new Client();
    await client.call(1);
    await client.call(3);
    const [first, second] = undelivered.slice(-2);
    client.send(resetFrame(1, cancel), resetFrame(1, cancel));
    await first?.first.promise;
    await client.ping();
    expect([first?.times, second?.times]).toEqual([1, 0]);
  });

  test('is not when its client closes it for another reason', async () => {
    using client = new Client();
    await client.call(1);
    client.send(resetFrame(1, noError));
    await client.ping();
    expect(undelivered.at(-1)?.times).toBe(0);
  });

  test('is not when another connection cancels a call of the same number', async () => {
    using client = new Client();
    using other = new Client();
    await client.call(1);
    const mine = undelivered.at(-1);
    await other.call(1);
    const theirs = undelivered.at(-1);
    other.send(resetFrame(1, cancel));
    await theirs?.first.promise;
    await client.ping();
    expect([mine?.times, theirs?.times]).toEqual([0, 1]);
  });

  test('is told for each of many', async () => {
    using client = new Client();
    const count = 50;
    const ids = Array.from({ length: count }, (_, index) => 2 * index + 1);
    for (const id of ids) await client.call(id);
    const told = undelivered.slice(-count);
    client.send(...ids.map((id) => resetFrame(id, cancel)));
    await Promise.all(told.map(({ first }) => first.promise));
    await client.ping();
    expect(told.every(({ times }) => times === 1)).toBe(true);
  });
});
