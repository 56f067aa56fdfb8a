import { describe, expect, test } from 'bun:test';
import { redact } from '../../src/litellm/redact.ts';

const cases = [
  { name: 'leaves a harmless text alone', text: "{'error': 'No keys found'}", want: "{'error': 'No keys found'}" },
  { name: 'takes out a key', text: 'key sk-test-not-a-real-key-1 is bad', want: 'key [redacted] is bad' },
  { name: 'takes out a key in quotes', text: "'sk-test-not-a-real-key-1'", want: "'[redacted]'" },
  { name: 'takes out a shortened key', text: 'API Key = sk-...0000, Hash', want: 'API Key = [redacted], Hash' },
  { name: 'takes out a masked key', text: "Received: test****cdef'}", want: "Received: [redacted]'}" },
  { name: 'takes out a key after an underscore', text: 'my_sk-test-not-a-real-key', want: 'my_[redacted]' },
  { name: 'leaves the prefix alone', text: "must start with 'sk-'", want: "must start with 'sk-'" },
  { name: 'leaves words that hold sk- alone', text: 'a task-force', want: 'a task-force' },
  { name: 'takes out the given secrets', text: 'master hunter22 wrong', want: 'master [redacted] wrong' },
  { name: 'takes out the longer of two secrets', text: 'hunter22-longer', want: '[redacted]' },
  { name: 'makes one line of it', text: 'a\r\n\tb\u0000c\u2028d', want: 'a b c d' },
  { name: 'takes out what could steer a terminal', text: 'a\u001b[31mb', want: 'a [31mb' },
  { name: 'takes out what turns the direction of text', text: 'a\u202eb', want: 'a b' },
];

describe('redact', () => {
  for (const { name, text, want } of cases) {
    test(name, () => {
      expect(redact(text, ['', 'hunter22', 'hunter22-longer'])).toBe(want);
    });
  }

  // Work that grew with the square of the length would take minutes here, and fail by the test's time limit.
  for (const letter of ['a', '*', 'sk-', '-', ' a']) {
    test(`takes a megabyte of ${JSON.stringify(letter)}`, () => {
      expect(redact(letter.repeat(1_000_000 / letter.length), []).length).toBeLessThanOrEqual(301);
    });
  }

  test('cuts a long text', () => {
    expect(redact('x'.repeat(1000), [])).toBe(`${'x'.repeat(300)}…`);
  });

  test('cuts after it took secrets out, not through them', () => {
    const text = `${'x'.repeat(290)} sk-test-not-a-real-key-that-is-long`;
    expect(redact(text, [])).toBe(`${'x'.repeat(290)} [redacted…`);
  });
});
