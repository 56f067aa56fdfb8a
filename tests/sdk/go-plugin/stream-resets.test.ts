import { describe, expect, test } from 'bun:test';
import { StreamResets } from '../../../src/sdk/go-plugin/stream-resets.ts';
import { frame, frameType, preface, resetFrame } from '../../harness/http2-frames.ts';

/** What is told of bytes that come in pieces of a size. */
function told(bytes: Buffer, size: number): readonly (readonly [number, number])[] {
  const resets: [number, number][] = [];
  const reader = new StreamResets((streamId, code) => resets.push([streamId, code]));
  for (let at = 0; at < bytes.length; at += size) reader.read(bytes.subarray(at, at + size));
  return resets;
}

const bytes = Buffer.concat([
  preface,
  frame(frameType.settings, 0, 0),
  frame(frameType.headers, 4, 1, Buffer.alloc(300, 3)),
  frame(frameType.data, 1, 1, Buffer.alloc(5, 3)),
  resetFrame(1, 8),
  frame(frameType.ping, 0, 0, Buffer.alloc(8)),
  resetFrame(2 ** 31 - 1, 0),
  resetFrame(5, 8),
]);

describe('resets', () => {
  for (const size of [1, 2, 3, 5, 9, 13, 64, bytes.length]) {
    test(`are found in pieces of ${size}`, () => {
      expect(told(bytes, size)).toEqual([
        [1, 8],
        [2 ** 31 - 1, 0],
        [5, 8],
      ]);
    });
  }

  test('of a wrong length are none', () => {
    const odd = [frame(3, 0, 7, Buffer.alloc(3)), frame(3, 0, 7, Buffer.alloc(0)), frame(3, 0, 7, Buffer.alloc(40))];
    expect(told(Buffer.concat([preface, ...odd, resetFrame(9, 8)]), 4)).toEqual([[9, 8]]);
  });
});
