import type { Path } from './path.ts';
import { compilePattern } from './pattern.ts';

/** The path that answers a request, and what its pattern captured. */
export interface Route {
  readonly path: Path;
  /** By name; a capture without a match is an empty text, as in Go. */
  readonly captures: Readonly<Record<string, string>>;
}

/** Finds the path that answers a request. */
export type Router = (requestPath: string) => Route | undefined;

/** A router over paths; the first that matches wins. Go: `Backend.route` in sdk/framework/backend.go. */
export function createRouter(paths: readonly Path[]): Router {
  const routes = paths.map((path) => ({ path, expression: compilePattern(path.pattern) }));
  return (requestPath) => {
    for (const { path, expression } of routes) {
      const match = expression.exec(requestPath);
      if (match === null) continue;
      const captures = Object.entries(match.groups ?? {}) as readonly (readonly [string, string | undefined])[];
      return { path, captures: Object.fromEntries(captures.map(([name, value]) => [name, value ?? ''])) };
    }
    return undefined;
  };
}
