/** What a page writes where it cannot know, and what stands there in truth. */
const placeholders: readonly (readonly [shown: string, pattern: string])[] = [
  ['AbC...', '[0-9A-Za-z]{20,}'],
  ['sk-...', String.raw`sk-[-\w]{20,}`],
  ['...', '[0-9a-f]{64}'],
  ['0123456789abcdef', '[0-9a-f]{16}'],
  ['2030-01-01T00:00:00Z', String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`],
  ['23h59m59s', String.raw`(?:24h|23h59m\d+s)`],
  ['2030-01-01T01:01:30.000Z', String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`],
];

/** What fits a shown value: the same, but for its placeholder; undefined where it has none. */
export function shownPattern(shown: string): RegExp | undefined {
  const [placeholder, pattern] = placeholders.find(([text]) => shown.endsWith(text)) ?? [];
  if (placeholder === undefined) return undefined;
  return new RegExp(`^${escaped(shown.slice(0, -placeholder.length))}${pattern}$`);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
