import { expect, test } from 'bun:test';
import { join } from 'node:path';

// The code on docs/sdk.md is that of examples/engine/, line by line.

const root = join(import.meta.dir, '../..');
const textOf = (path: string): Promise<string> => Bun.file(join(root, path)).text();

const page = await textOf('docs/sdk.md');
const quoted = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => block.trimEnd());

test('each piece of code on the page stands in the example, and the page leaves out nothing but imports', async () => {
  const backend = await textOf('examples/engine/backend.ts');
  const main = await textOf('examples/engine/main.ts');
  for (const block of quoted) expect(backend + main).toContain(block);
  const linesOf = (text: string): readonly string[] =>
    text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('import '));
  expect(linesOf(quoted.join('\n'))).toEqual(linesOf(`${backend}\n${main}`));
});

test('each file that the page names is there', async () => {
  const named = [...page.matchAll(/`((?:src|examples|tests|e2e)\/[\w./-]+)`/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(8);
  for (const path of named) {
    const found = await Array.fromAsync(
      new Bun.Glob(path.endsWith('/') ? `${path}*` : path).scan({ cwd: root, onlyFiles: false }),
    );
    expect({ path, found: found.length > 0 }).toEqual({ path, found: true });
  }
});
