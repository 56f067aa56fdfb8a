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
  /** The name of the schema in OpenAPI; it is made of the operation's id otherwise. */
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
   * Answers the request: a user's mistake is an error response, a fault is thrown.
   * A method, so that paths with different fields fit one list: a path's callbacks are only ever
   * given data of that path's own fields.
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
  /** Silences the warning about parameters that are no fields. */
  readonly takesArbitraryInput?: boolean;
  /**
   * Refuses a write that names what is no field, where Go ignores it: a misspelt limit would be no limit. Reads are let
   * be, unless they ask for something too.
   */
  readonly refusesUnknownFields?: boolean | 'in reads too';
  readonly deprecated?: boolean;
}

/** `unknown` when each capture of `P` is among the names `K`, else a sentence that nothing matches. */
type CapturesHaveFields<P extends string, K> = [Exclude<CaptureNames<P>, K>] extends [never]
  ? unknown
  : `the capture "${Exclude<CaptureNames<P>, K> & string}" has no field`;

/**
 * Declares a path, so that its callbacks get data that is typed by its fields and every capture of
 * its pattern is a field.
 */
export function definePath<const P extends string, T>(
  path: Omit<Path<FieldsOf<T>>, 'pattern' | 'fields'> & {
    readonly pattern: P & CapturesHaveFields<P, keyof T>;
    readonly fields: FieldsOf<T>;
  },
): Path {
  return path;
}
