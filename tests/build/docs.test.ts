import { beforeAll, describe, expect, test } from 'bun:test';
import { engineDocument } from '../../build/docs/document.ts';
import { differences, DocsError, type Page, pageOf, readPages } from '../../build/docs/pages.ts';
import { describePath } from '../../build/docs/tables.ts';
import type { OASDocument } from '../../src/sdk/framework/openapi-document.ts';

// The tables of docs/ are those of the code: `just docs` writes them.

let document: OASDocument;
let pages: readonly Page[] = [];
beforeAll(async () => {
  document = await engineDocument();
  pages = await readPages(document);
});

test('every page tells of its paths and fields as the code declares them', () => {
  const stale = pages.filter(({ text, wanted }) => text !== wanted);
  expect(stale.flatMap(differences)).toEqual([]);
  // What remains is form alone: `just docs` sets it right.
  expect(stale.map(({ file }) => file)).toEqual([]);
});

test('each field of each path is on a page, with its type and its default', () => {
  const roles = (pages.find(({ file }) => file === 'docs/roles.md')?.text ?? '').split('\n## API\n')[1] ?? '';
  const row = (name: string): string =>
    new RegExp(`^\\| \`${name}\` .*$`, 'm').exec(roles)?.[0].replaceAll(/ +/g, ' ') ?? '';
  expect(row('ttl')).toBe("| `ttl` | duration | | Lease of a key. 0 is the mount's default. |");
  expect(row('key_type')).toContain('| `llm_api` |');
  expect(row('key_type')).toContain('One of `llm_api`, `default`, `management`, `read_only`.');
  expect(row('models')).toContain('| list | |');
  expect(row('verify')).toContain('| bool | `true` |');
  const configuration = pages.find(({ file }) => file === 'docs/configuration.md')?.text ?? '';
  expect(configuration).toMatch(/`base_url` +\| string +\| required /);
  expect(configuration).toMatch(/`grace` +\| duration +\| `1m30s` /);
});

describe('a difference is told', () => {
  const page: Page = {
    file: 'docs/x.md',
    text: '| `ttl` | bool |\n| `old` | int |\n',
    wanted: '| `ttl` | duration |\n| `new` | int |\n',
  };

  test('with the page and the field', () => {
    expect(differences(page)).toEqual([
      'docs/x.md lacks: | `ttl` | duration |',
      'docs/x.md lacks: | `new` | int |',
      'docs/x.md has, and the code has not: | `ttl` | bool |',
      'docs/x.md has, and the code has not: | `old` | int |',
    ]);
  });

  test('where there is no such page', () => {
    expect(differences({ ...page, text: undefined }).some((line) => line.includes('lacks: | `new` | int |'))).toBe(
      true,
    );
  });

  test('but not in the widths of columns', () => {
    expect(differences({ ...page, text: '| `ttl`  | duration |\n| ------ | - |\n| `new` | int |\n' })).toEqual([]);
  });
});

test('a path without a page is named', () => {
  expect(() => pageOf('/weather/{city}')).toThrow(
    new DocsError('no page tells of weather/{city}: name one in build/docs/pages.ts'),
  );
});

test('the longest beginning of a path says its page', () => {
  expect(
    ['/config', '/config/auto-tidy', '/roles/', '/roles/{name}/usage', '/static-roles/{name}'].map(pageOf),
  ).toEqual(['configuration', 'usage', 'roles', 'usage', 'static-roles']);
});

test('an answer names the fields that are written elsewhere, with a link', () => {
  const section = describePath('/creds/{name}', { document, pageOf });
  expect(section).toContain('The answer has these fields of [`roles/<name>`](roles.md#api): `models`, `max_budget`,');
  expect(section).toMatch(/^\| `key` \| string \| The key\. \|$/m);
  expect(section).not.toMatch(/^\| `tpm_limit` /m);
});
