import { expect, test } from 'bun:test';
import { join } from 'node:path';

const root = join(import.meta.dir, '../..');
const binary = Buffer.from(await Bun.file(join(root, 'dist/vault-plugin-secrets-litellm')).arrayBuffer());

// Any such path would also make two checkouts give different bytes. The root alone may be a word as common as /app.
for (const folder of ['src', 'node_modules', 'build', 'dist']) {
  for (const encoding of ['utf8', 'utf16le'] as const) {
    test(`the binary holds no path of the checkout's ${folder}/, as ${encoding}`, () => {
      expect(binary.includes(Buffer.from(join(root, folder, '/'), encoding))).toBe(false);
    });
  }
}
