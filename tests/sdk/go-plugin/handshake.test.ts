import { describe, expect, test } from 'bun:test';
import { handshakeLine } from '../../../src/sdk/go-plugin/handshake.ts';

describe('the certificate is base64 without padding', () => {
  const cases = [
    { bytes: [0xfb, 0xff, 0xfe], text: '+//+' },
    { bytes: [1, 2], text: 'AQI' },
    { bytes: [1], text: 'AQ' },
  ];
  for (const { bytes, text } of cases) {
    test(text, () => {
      expect(handshakeLine('/tmp/plugin1', Uint8Array.from(bytes), true)).toBe(
        `1|5|unix|/tmp/plugin1|grpc|${text}|true\n`,
      );
      expect(handshakeLine('/tmp/plugin1', Uint8Array.from(bytes))).toBe(`1|5|unix|/tmp/plugin1|grpc|${text}\n`);
    });
  }
});
