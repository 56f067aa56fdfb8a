import { expect, test } from 'bun:test';
import { exists } from 'node:fs/promises';
import { basename, join } from 'node:path';

// The pages name files of the tree, which move: a name in code leads to one that is there, in whole or by its last part.

const root = join(import.meta.dir, '../..');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...(await Array.fromAsync(new Bun.Glob('docs/*.md').scan({ cwd: root }))).toSorted(),
];
const files = await Array.fromAsync(new Bun.Glob('{src,tests,e2e,build,bench,examples}/**/*.ts').scan({ cwd: root }));
const names = new Set(files.map((file) => basename(file)));

test('each file and each folder that a page names is there', async () => {
  const missing: string[] = [];
  let named = 0;
  for (const page of pages) {
    const text = await Bun.file(join(root, page)).text();
    for (const [, file = ''] of text.matchAll(/`((?:src|tests|e2e|build|bench|examples)\/[\w./-]*|[\w-]+\.ts)`/g)) {
      named++;
      const there = file.includes('/') ? await exists(join(root, file)) : names.has(file);
      if (!there) missing.push(`${page}: ${file}`);
    }
  }
  expect(missing).toEqual([]);
  expect(named).toBeGreaterThan(40);
});

test('the README is short, and the index links every page', async () => {
  const readme = await Bun.file(join(root, 'README.md')).text();
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  const index = await Bun.file(join(root, 'docs/index.md')).text();
  const unlinked = pages.filter((page) => {
    const name = page.replace(/^docs\//, '');
    return page.startsWith('docs/') && name !== 'index.md' && !index.includes(`](${name})`);
  });
  expect(unlinked).toEqual([]);
});
