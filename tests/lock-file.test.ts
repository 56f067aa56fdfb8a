import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';

// A lock that was made where a registry did not serve every platform's package lacks those silently, and breaks elsewhere.

/** One entry of bun.lock: `name@version`, the registry ('' for the default), what it says of itself, its checksum. */
type LockEntry = readonly [string, ...unknown[]];

const text = await Bun.file(join(import.meta.dir, '../bun.lock')).text();
const { packages } = Bun.JSONC.parse(text) as { readonly packages: Readonly<Record<string, LockEntry>> };

/** The optional dependencies that an entry names. */
function optionalDependencies(entry: LockEntry): readonly string[] {
  const about = entry.find((part) => typeof part === 'object' && part !== null) ?? {};
  return Object.keys('optionalDependencies' in about ? (about.optionalDependencies ?? {}) : {});
}

describe('bun.lock', () => {
  const optional = Object.entries(packages).flatMap(([name, entry]) =>
    optionalDependencies(entry).map((dependency) => ({ name, dependency })),
  );

  test('names packages with optional dependencies', () => {
    expect(Object.keys(packages).length).toBeGreaterThan(20);
    expect(optional).not.toEqual([]);
  });

  for (const { name, dependency } of optional) {
    test(`has ${dependency}, which ${name} names`, () => {
      expect(packages[`${name}/${dependency}`] ?? packages[dependency]).toBeDefined();
    });
  }

  test('holds no address of a registry', () => {
    expect(text).not.toMatch(/https?:|"resolved"/);
    for (const [, registry] of Object.values(packages)) expect(registry).toBe('');
  });
});
