import { describe, expect, test } from 'bun:test';
import { defineRecord } from '../../../build/standalone/record.ts';

const layout = defineRecord({ one: 1, two: 2, four: 4, eight: 8 });
const values = { one: 0x11, two: 0x2233, four: 0x44556677, eight: 0x08090a0b0c0d0e };
const bytes = Uint8Array.fromHex('11 3322 77665544 0e0d0c0b0a090800'.replaceAll(' ', ''));

describe('a record', () => {
  test('lies in bytes without gaps, the low byte first', () => {
    expect(layout.size).toBe(15);
    const written = new Uint8Array(15);
    layout.write(written, 0, values);
    expect(written).toEqual(bytes);
    expect(layout.read(Uint8Array.of(9, 9, ...bytes), 2)).toEqual(values);
  });

  test('is read from a part of a buffer', () => {
    expect(layout.read(Uint8Array.of(9, 9, 9, ...bytes).subarray(2), 1)).toEqual(values);
  });

  test('keeps the fields that are not written', () => {
    const changed = bytes.slice();
    layout.write(changed, 0, { two: 0xffff });
    expect(layout.read(changed, 0)).toEqual({ ...values, two: 0xffff });
  });

  const wrong: readonly { readonly name: string; readonly two: number }[] = [
    { name: 'too large', two: 0x10000 },
    { name: 'negative', two: -1 },
    { name: 'broken', two: 1.5 },
    { name: 'no number', two: Number.NaN },
  ];
  for (const { name, two } of wrong) {
    test(`takes no value that is ${name}`, () => {
      expect(() => layout.write(new Uint8Array(15), 0, { ...values, two })).toThrow(RangeError);
    });
  }

  test('gives no value that JavaScript cannot hold', () => {
    expect(() => layout.read(new Uint8Array(15).fill(0xff), 0)).toThrow(RangeError);
  });

  test('is not read beyond the end', () => {
    expect(() => layout.read(bytes, 1)).toThrow(RangeError);
  });

  test('is not written beyond the end', () => {
    expect(() => layout.write(new Uint8Array(14), 0, values)).toThrow(RangeError);
  });
});
