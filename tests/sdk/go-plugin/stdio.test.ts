import { describe, expect, test } from 'bun:test';
import { EventEmitter } from 'node:events';
import { Stdio } from '../../../src/sdk/go-plugin/stdio.ts';

const stdoutChannel = 1;
const maxBacklogBytes = 64 * 1024;

/** The host's side of the stream, as grpc-js hands it over. */
class FakeStream extends EventEmitter {
  readonly received: { readonly channel: number; readonly data: Uint8Array }[] = [];

  get text(): string {
    return Buffer.concat(this.received.map(({ data }) => data)).toString('utf8');
  }

  write(piece: { readonly channel: number; readonly data: Uint8Array }): void {
    this.received.push(piece);
  }
}

function openStream(stdio: Stdio): FakeStream {
  const stream = new FakeStream();
  const { streamStdio } = stdio.handlers();
  (streamStdio as unknown as (call: FakeStream) => void)(stream);
  return stream;
}

test('what is printed goes to the host as standard output', () => {
  const stdio = new Stdio();
  const stream = openStream(stdio);
  stdio.write(Buffer.from('hello'));
  expect(stream.received).toEqual([{ channel: stdoutChannel, data: Buffer.from('hello') }]);
});

test('what was printed before the host asked comes first, once and in order', () => {
  const stdio = new Stdio();
  stdio.write(Buffer.from('one '));
  stdio.write(Buffer.from('two '));
  const first = openStream(stdio);
  stdio.write(Buffer.from('three'));
  expect(first.text).toBe('one two three');
  expect(openStream(stdio).text).toBe('');
});

test('what is printed after the host has gone waits for its return', () => {
  const stdio = new Stdio();
  const first = openStream(stdio);
  first.emit('cancelled');
  stdio.write(Buffer.from('later'));
  expect(first.text).toBe('');
  expect(openStream(stdio).text).toBe('later');
});

test('the end of an old stream does not end a new one', () => {
  const stdio = new Stdio();
  const first = openStream(stdio);
  const second = openStream(stdio);
  first.emit('cancelled');
  stdio.write(Buffer.from('to the second'));
  expect(second.text).toBe('to the second');
});

describe('what nobody asks for is kept up to a bound', () => {
  const cases = [
    { name: 'just as much as fits', sizes: [maxBacklogBytes - 1, 1], kept: [maxBacklogBytes - 1, 1] },
    { name: 'a byte too much: the oldest goes', sizes: [10, maxBacklogBytes - 10, 1], kept: [maxBacklogBytes - 10, 1] },
    { name: 'a piece that is too big by itself', sizes: [5, maxBacklogBytes + 1], kept: [] },
    { name: 'a small piece after one that is too big', sizes: [maxBacklogBytes + 1, 3], kept: [3] },
  ];
  for (const { name, sizes, kept } of cases) {
    test(name, () => {
      const stdio = new Stdio();
      for (const size of sizes) stdio.write(new Uint8Array(size));
      expect(openStream(stdio).received.map(({ data }) => data.length)).toEqual(kept);
    });
  }
});

test('a captured standard output and console print nothing themselves', () => {
  const printed: unknown[] = [];
  const note = (...values: readonly unknown[]): boolean => printed.push(values) > 0;
  const stdout = { write: note };
  const console = { log: note, info: note, debug: note, warn: note, error: note };
  const stdio = new Stdio();
  stdio.capture(stdout, console);
  const stream = openStream(stdio);

  expect(stdout.write('written ')).toBe(true);
  stdout.write(Buffer.from('bytes\n'));
  console.log('%s is %d', 'one', 1);
  console.info({ a: 1 });
  console.debug('detail');
  expect(stream.text).toBe('written bytes\none is 1\n{ a: 1 }\ndetail\n');
  expect(printed).toEqual([]);
  // These print to standard error, where the host reads them as they are.
  console.warn('warned');
  console.error('failed');
  expect(printed).toEqual([['warned'], ['failed']]);
});
