/** How many tests of a run passed and failed, and which failed: suites and test, joined by `›`, and the file. */
export interface TestRun {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly string[];
}

/** Reads a JUnit report of `bun test`; of a text that is none, no test ran. */
export function readJUnitReport(report: string): TestRun {
  const head = /<testsuites\b[^>]*>/.exec(report)?.[0] ?? '';
  const count = (attribute: string): number => Number(attributeOf(head, attribute) ?? 0);
  const failed = count('failures') + count('errors');
  return { passed: count('tests') - count('skipped') - failed, failed, failures: failuresOf(report) };
}

function failuresOf(report: string): readonly string[] {
  // A message has no markup in it: what looks like some is escaped.
  return [...report.matchAll(/(<testcase\b[^>]*[^/]>)\s*<(?:failure|error)\b/g)].map(([, element = '']) => {
    // Bun names the innermost suite first.
    const suites = (attributeOf(element, 'classname') ?? '').split(' > ').toReversed();
    const names = [...suites, attributeOf(element, 'name') ?? ''].filter((name) => name !== '');
    return `${names.join(' › ')} (${attributeOf(element, 'file') ?? 'no file'})`.replaceAll(/\s+/g, ' ');
  });
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function attributeOf(element: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`)
    .exec(element)?.[1]
    ?.replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal: string, hex: string, named: string) => {
      if (named !== undefined) return entities[named] ?? whole;
      return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal));
    });
}
