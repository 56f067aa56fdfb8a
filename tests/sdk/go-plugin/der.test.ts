import { describe, expect, test } from 'bun:test';
import {
  bitString,
  boolean,
  generalizedTime,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  utf8String,
} from '../../../src/sdk/go-plugin/der.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

describe('elements', () => {
  const cases: readonly { readonly name: string; readonly element: Uint8Array; readonly expected: string }[] = [
    { name: 'true', element: boolean(true), expected: '0101ff' },
    { name: 'false', element: boolean(false), expected: '010100' },
    { name: 'integer 0', element: integer(bytes('00')), expected: '020100' },
    { name: 'integer 127', element: integer(bytes('7f')), expected: '02017f' },
    { name: 'integer 128, positive by a zero', element: integer(bytes('80')), expected: '02020080' },
    { name: 'integer without its leading zeroes', element: integer(bytes('000001')), expected: '020101' },
    { name: 'integer with the zero it needs', element: integer(bytes('0000ff01')), expected: '020300ff01' },
    { name: 'bits', element: bitString(bytes('84'), 2), expected: '03020284' },
    { name: 'bits, all of them', element: bitString(bytes('0102')), expected: '0303000102' },
    { name: 'octets', element: octetString(bytes('0102')), expected: '04020102' },
    { name: 'text', element: utf8String('ä'), expected: '0c02c3a4' },
    { name: 'an empty sequence', element: sequence(), expected: '3000' },
    { name: 'a sequence', element: sequence(boolean(true), boolean(false)), expected: '30060101ff010100' },
    { name: 'a set', element: set(boolean(true)), expected: '31030101ff' },
    { name: 'a tag around elements', element: tagged(3, boolean(true)), expected: 'a3030101ff' },
    { name: 'a tag on bare content', element: tagged(2, bytes('6c'), false), expected: '82016c' },
    {
      name: 'an identifier of many digits',
      element: objectIdentifier('1.2.840.10045.4.3.2'),
      expected: '06082a8648ce3d040302',
    },
    { name: 'a short identifier', element: objectIdentifier('2.5.29.17'), expected: '0603551d11' },
    {
      name: 'a moment, cut to the second',
      element: generalizedTime(new Date('2026-01-02T03:04:05.999Z')),
      expected: `180f${Buffer.from('20260102030405Z').toString('hex')}`,
    },
  ];
  for (const { name, element, expected } of cases) {
    test(name, () => {
      expect(hex(element)).toBe(expected);
    });
  }
});

describe('lengths', () => {
  const cases = [
    { length: 0x7f, head: '047f' },
    { length: 0x80, head: '048180' },
    { length: 0xff, head: '0481ff' },
    { length: 0x100, head: '04820100' },
    { length: 0xffff, head: '0482ffff' },
  ];
  for (const { length, head } of cases) {
    test(`${length}`, () => {
      const element = octetString(new Uint8Array(length));
      expect(hex(element).slice(0, head.length)).toBe(head);
      expect(element.length).toBe(head.length / 2 + length);
    });
  }
});
