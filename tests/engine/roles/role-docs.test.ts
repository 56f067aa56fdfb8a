import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { keyTerms, termFields } from '../../../src/engine/roles/key-terms.ts';
import { roleFields } from '../../../src/engine/roles/role-fields.ts';
import { startEngine } from '../../harness/engine.ts';

// A field is declared once, in its row: what else tells of fields is made from that, or held to it here.

const root = join(import.meta.dir, '../../..');
const basic = ['models', 'max_budget', 'key_alias_prefix', 'metadata', 'key_type'];
const added = Object.keys(keyTerms).filter((name) => !basic.includes(name));

/** The rows of docs/roles.md, without their types, their defaults and the marks of code. */
const documented = Object.entries(termFields(keyTerms)).map(([name, { description, allowedValues }]) => {
  const allowed = allowedValues === undefined ? '' : ` One of ${allowedValues.map(String).join(', ')}.`;
  return `${name}: ${description}${allowed}`;
});

test('docs/roles.md has the rows of the table, in its order', async () => {
  const text = await Bun.file(join(root, 'docs/roles.md')).text();
  const [, api = ''] = text.split('### `roles/<name>`');
  const [, table = ''] = api.split('Parameters:');
  const rows = [...table.matchAll(/^\| `(\w+)` +\|.*\|(.*)\|$/gm)].map(
    ([, name, description = '']) => `${name}: ${description.trim().replaceAll('`', '')}`,
  );
  expect(rows.slice(1, -3)).toEqual(documented);
  expect(rows.map((row) => row.split(':')[0]).slice(-3)).toEqual(['ttl', 'max_ttl', 'verify']);
});

describe('nothing but its row names the field', () => {
  const naming = new Set([
    'role-verifier.ts',
    'require-owners.ts',
    'metadata-settings.ts',
    'asked-key.ts',
    'key-terms.ts',
    'root-key.ts',
    'bootstrap-root.ts',
    // What LiteLLM tells of a key has names of its own.
    'key-shown.ts',
  ]);
  for (const name of added) {
    test(name, async () => {
      const found: string[] = [];
      for await (const path of new Bun.Glob('src/engine/**/*.ts').scan({ cwd: root })) {
        const file = path.split('/').at(-1) ?? '';
        const text = await Bun.file(join(root, path)).text();
        const code = text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
        if (
          new RegExp(`'${name}'|\\b${name}:|\\.${name}\\b`).test(code) &&
          !naming.has(file) &&
          !path.includes('/roles/terms/')
        )
          found.push(path);
      }
      expect(found).toEqual([]);
    });
  }
});

test('help and OpenAPI tell of every field, what it may be, and what it is unless said', async () => {
  await using engine = await startEngine();
  const response = await engine.request('help', 'roles/a');
  const help = String(response?.data?.['help']);
  const openAPI = JSON.stringify(response?.data?.['openapi']);
  for (const [name, { description, allowedValues, default: value }] of Object.entries(roleFields)) {
    expect(help).toContain(name);
    if (name !== 'name') expect(openAPI).toContain(JSON.stringify(description.trim().replaceAll(/\s+/g, ' ')));
    if (allowedValues !== undefined) expect(openAPI).toContain(`"enum":${JSON.stringify(allowedValues)}`);
    if (value !== undefined) expect(openAPI).toContain(`"default":${JSON.stringify(value)}`);
  }
  expect(help).toContain('Needs a licence of LiteLLM.');
});
