import fc from 'fast-check';

type Path = readonly (string | number)[];

/** All paths into a value, its own included. */
function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Array.isArray(value)
    ? value.flatMap((item, index) => pathsOf(item, [...path, index]))
    : Object.entries(value).flatMap(([name, item]) => pathsOf(item, [...path, name]));
  return [path, ...below];
}

/** The value with another one at a path; without it where that is undefined. */
function changedAt(value: unknown, [first, ...rest]: Path, change: unknown): unknown {
  if (first === undefined) return change;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) => (index === first ? changedAt(item, rest, change) : item));
    return items.filter((item) => item !== undefined);
  }
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    entries
      .map(([name, item]) => [name, name === first ? changedAt(item, rest, change) : item] as const)
      .filter(([, item]) => item !== undefined),
  );
}

/** JSON values like those of `base`, with some of what is in them replaced by a `leaf`, or left out. */
export function mutated(base: fc.Arbitrary<unknown>, leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const change = fc.record({ at: fc.nat(), leaf: fc.option(leaf, { nil: undefined, freq: 4 }) });
  return fc.tuple(base, fc.array(change, { maxLength: 3 })).map(([value, changes]) =>
    changes.reduce<unknown>((now, { at, leaf: put }) => {
      const paths = pathsOf(now);
      return changedAt(now, paths[at % paths.length] ?? [], put) ?? null;
    }, value),
  );
}
