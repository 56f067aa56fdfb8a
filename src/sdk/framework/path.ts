import type { Request } from '../logical/request.ts';
import type { Response } from '../logical/response.ts';
import type { FieldData } from './field-data.ts';
import type { DisplayAttributes, Fields, FieldsOf } from './field-schema.ts';
import type { CaptureNames } from './pattern.ts';

/** The operations that a path can offer; help is answered for every path. */
export const pathOperations = ['read', 'create', 'update', 'patch', 'delete', 'list'] as const;

/** One of {@link pathOperations}. */
export type PathOperationName = (typeof pathOperations)[number];

/** Documents an answer. Go: `Response` in sdk/framework/path.go. */
export interface OperationResponse {
  readonly description: string;
  /** Defaults to `application/json`. */
  readonly mediaType?: string;
  readonly fields?: Fields;
  readonly example?: Response;
  /** The name of the schema in OpenAPI; otherwise made from the operation's id. */
  readonly schemaName?: string;
}

/** A sample request. Go: `RequestExample`. */
export interface RequestExample {
  readonly description?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One operation of a path. Go: `PathOperation` in sdk/framework/path.go. */
export interface PathOperation<F extends object = Fields> {
  /**
   * Answers the request. A user's mistake is an error response, any other error is thrown. A method, so that paths with
   * different fields fit one list: a path's callbacks only get data of that path's own fields.
   */
  callback(req: Request, data: FieldData<F>): Promise<Response | undefined>;
  readonly summary: string;
  readonly description?: string;
  /** By HTTP status. */
  readonly responses?: Readonly<Record<number, OperationResponse>>;
  readonly examples?: readonly RequestExample[];
  readonly deprecated?: boolean;
  /** Left out of OpenAPI. */
  readonly unpublished?: boolean;
  /** A performance standby forwards the request to its active node before anything happens. */
  readonly forwardPerformanceStandby?: boolean;
  /** A performance secondary forwards the request to its primary, unless the mount is local. */
  readonly forwardPerformanceSecondary?: boolean;
  readonly displayAttrs?: DisplayAttributes;
}

/** A path that a backend answers. Go: `Path` in sdk/framework/path.go. */
export interface Path<F extends object = Fields> {
  /** Go's regular expression; it is anchored at both ends. A pattern for lists ends in `/?`. */
  readonly pattern: string;
  readonly fields: F;
  readonly operations: { readonly [O in PathOperationName]?: PathOperation<F> };
  /** Tells a create from an update. A path that offers `create` must have it. */
  existenceCheck?(req: Request, data: FieldData<F>): Promise<boolean>;
  /** One sentence. */
  readonly helpSynopsis?: string;
  readonly helpDescription?: string;
  readonly displayAttrs?: DisplayAttributes;
  /** Turns off the warning about parameters that are not fields. */
  readonly takesArbitraryInput?: boolean;
  /**
   * Refuses a write with a name that is not a field, which Go ignores: a misspelt limit would be no limit. Reads are
   * not checked, unless they take parameters too.
   */
  readonly refusesUnknownFields?: boolean | 'in reads too';
  readonly deprecated?: boolean;
}

/** `unknown` if each capture of `P` is among the names `K`, otherwise a sentence that nothing matches. */
type CapturesHaveFields<P extends string, K> = [Exclude<CaptureNames<P>, K>] extends [never]
  ? unknown
  : `the capture "${Exclude<CaptureNames<P>, K> & string}" has no field`;

/** Declares a path. Types its callbacks' data by its fields, and requires a field for each capture of its pattern. */
export function definePath<const P extends string, T>(
  path: Omit<Path<FieldsOf<T>>, 'pattern' | 'fields'> & {
    readonly pattern: P & CapturesHaveFields<P, keyof T>;
    readonly fields: FieldsOf<T>;
  },
): Path {
  return path;
}
