import { describe, expect, test } from 'bun:test';
import { decodeStorageEntry, storageEntryJSON } from '../../../src/sdk/logical/storage.ts';

describe('an entry of JSON', () => {
  for (const value of [{ a: ['ü', 1, null] }, [], 'text', 0, null]) {
    test(`${JSON.stringify(value)} comes back as it was`, () => {
      expect(decodeStorageEntry(storageEntryJSON('key', value))).toEqual(value);
    });
  }

  test('is sealed more strictly when asked', () => {
    expect(storageEntryJSON('key', 1)).toMatchObject({ key: 'key', sealWrap: false });
    expect(storageEntryJSON('key', 1, true)).toMatchObject({ sealWrap: true });
  });
});

for (const text of ['', '{', 'sk-test-not-a-real-key']) {
  test(`an entry of "${text}" is an error that names the key and not the value`, () => {
    const decode = () => decodeStorageEntry({ key: 'config', value: new TextEncoder().encode(text) });
    expect(decode).toThrow('the stored entry "config" is not JSON');
  });
}
