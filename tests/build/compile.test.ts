import { expect, test } from 'bun:test';
import { join } from 'node:path';

const root = join(import.meta.dir, '../..');
const binary = Buffer.from(await Bun.file(join(root, 'dist/vault-plugin-secrets-litellm')).arrayBuffer());

// Any such path would also make two checkouts give different bytes.
for (const encoding of ['utf8', 'utf16le'] as const) {
  test(`the binary holds no path of the checkout that it was built in, as ${encoding}`, () => {
    expect(binary.includes(Buffer.from(`${root}/`, encoding))).toBe(false);
  });
}
