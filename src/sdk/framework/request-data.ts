import type { Request } from '../logical/request.ts';
import type { Route } from './router.ts';

/** What a request says about its path's fields. */
export interface RequestData {
  /** The body or query with the captures of the path, which win. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** Names in the body or query that are not fields, sorted. */
  readonly ignored: readonly string[];
  /** Captures that replaced a value in the body or query, sorted. */
  readonly replaced: readonly string[];
}

/** Joins the data of a request with its path's captures. Go: the middle of `Backend.HandleRequest`. */
export function requestData(req: Request, { path, captures }: Route): RequestData {
  const sent = Object.keys(req.data);
  return {
    raw: { ...req.data, ...captures },
    ignored:
      path.takesArbitraryInput === true ? [] : sent.filter((name) => !Object.hasOwn(path.fields, name)).toSorted(),
    replaced: sent.filter((name) => Object.hasOwn(captures, name) && (req.data[name] ?? null) !== null).toSorted(),
  };
}

/** Warnings about parameters that had no effect. */
export function parameterWarnings({ ignored, replaced }: RequestData): readonly string[] {
  const warnings: string[] = [];
  if (ignored.length > 0) warnings.push(`Endpoint ignored these unrecognized parameters: [${ignored.join(' ')}]`);
  if (replaced.length > 0) {
    warnings.push(
      `Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [${replaced.join(' ')}]`,
    );
  }
  return warnings;
}
