import type { Request } from './request.ts';
import type { Secret } from './secret.ts';

/**
 * What a backend answers. `data` must be representable as JSON.
 * Go: `logical.Response` in sdk/logical/response.go.
 */
export interface Response {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly secret?: Secret;
  readonly warnings?: readonly string[];
}

/**
 * The answer to a user's mistake: the host turns it into a 400 with this message.
 * Go: `logical.ErrorResponse`.
 */
export function errorResponse(message: string): Response {
  return { data: { error: message } };
}

/** Tells whether a response has nothing but an error message. Go: `Response.IsError`. */
export function isErrorResponse(response: Response | undefined): boolean {
  const data = response?.data;
  return data !== undefined && Object.keys(data).length === 1 && typeof data['error'] === 'string';
}

/** The answer to a list. The host turns an empty one into a 404. Go: `logical.ListResponse`. */
export function listResponse(keys: readonly string[]): Response {
  return keys.length === 0 ? { data: {} } : { data: { keys } };
}

/** The answer to a help request; `openapi` is an OpenAPI document. Go: `logical.HelpResponse`. */
export function helpResponse(help: string, seeAlso: readonly string[], openapi: unknown): Response {
  return { data: { help, see_also: seeAlso, openapi } };
}

/** The same response with more warnings. Go: `Response.AddWarning`. */
export function withWarnings(response: Response, warnings: readonly string[]): Response {
  return warnings.length === 0 ? response : { ...response, warnings: [...(response.warnings ?? []), ...warnings] };
}

/**
 * The same response with another HTTP status than its operation has. The host passes the body on unchanged: it adds no
 * lease and no warning. Go: `logical.RespondWithStatusCode`.
 */
export function respondWithStatusCode(
  { data, warnings }: Omit<Response, 'secret'>,
  { id }: Pick<Request, 'id'>,
  code: number,
): Response {
  const body = {
    request_id: id,
    lease_id: '',
    renewable: false,
    lease_duration: 0,
    data: data ?? null,
    wrap_info: null,
    warnings: warnings ?? null,
    auth: null,
  };
  return {
    data: { http_content_type: 'application/json', http_status_code: code, http_raw_body: JSON.stringify(body) },
  };
}
