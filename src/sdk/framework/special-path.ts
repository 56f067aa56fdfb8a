/**
 * Tells whether a path is a special one: equal, or matched by a `*` at the end for any rest or by `+` for one segment.
 * Go: `specialPathMatch` in sdk/framework/openapi.go.
 */
export function matchesSpecialPath(path: string, specialPaths: readonly string[]): boolean {
  return specialPaths.some((special) => {
    const prefix = special.endsWith('*') ? special.slice(0, -1) : undefined;
    if (special === path || (prefix !== undefined && path.startsWith(prefix))) return true;
    return special.includes('+') && matchesSegments(path.split('/'), special.split('/'));
  });
}

function matchesSegments(segments: readonly string[], special: readonly string[]): boolean {
  for (const [index, wanted] of special.entries()) {
    const segment = segments[index];
    if (segment === undefined) return false;
    if (wanted === '+') continue;
    if (wanted.endsWith('*') && segment.startsWith(wanted.slice(0, -1))) return true;
    if (wanted !== segment) return false;
  }
  return segments.length === special.length;
}
