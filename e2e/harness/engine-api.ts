import { ReportedError } from './script.ts';

/** JSON as it came, not looked at yet. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What an engine answered. */
export interface ApiAnswer {
  readonly status: number;
  /** The body's fields; none where there was no body. */
  readonly body: Readonly<Record<string, Json>>;
  /** The field `data`, as an object. */
  readonly data: Readonly<Record<string, Json>>;
  /** The field `errors`, in one text. */
  readonly errors: string;
}

/** Methods of an engine's HTTP API. */
export type ApiMethod = 'GET' | 'LIST' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Asks `path`, which is what follows `/v1/`; a status of any kind is an answer. */
export type Api = (method: ApiMethod, path: string, body?: Readonly<Record<string, unknown>>) => Promise<ApiAnswer>;

/** An engine's HTTP API at `address`, for the bearer of the token; no call takes longer than `seconds`. */
export function createApi(address: string, token: () => string, seconds = 60): Api {
  return async (method, path, body) => {
    // Bun's fetch turns a method that it does not know into GET.
    const list = method === 'LIST';
    const answer = await fetch(`${address}/v1/${path}${list ? '?list=true' : ''}`, {
      method: list ? 'GET' : method,
      headers: {
        'X-Vault-Token': token(),
        'X-Vault-Request': 'true',
        ...(method === 'PATCH' ? { 'Content-Type': 'application/merge-patch+json' } : {}),
      },
      signal: AbortSignal.timeout(seconds * 1000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const parsed: Json = text === '' ? {} : (JSON.parse(text) as Json);
    const fields = objectOf(parsed);
    const errors = fields['errors'];
    return {
      status: answer.status,
      body: fields,
      data: objectOf(fields['data'] ?? null),
      errors: Array.isArray(errors) ? errors.join('\n') : '',
    };
  };
}

/** An engine refused what it was asked for; the message has its answer. */
export class RefusedError extends ReportedError {
  override readonly name = 'RefusedError';

  constructor(method: ApiMethod, path: string, { status, errors }: ApiAnswer) {
    super(`${method} ${path} was answered ${status}: ${errors}`);
  }
}

/** Asks an engine for what it has to grant. @throws RefusedError */
export async function ask(
  { api }: { readonly api: Api },
  method: ApiMethod,
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<ApiAnswer> {
  const answer = await api(method, path, body);
  if (answer.status >= 300) throw new RefusedError(method, path, answer);
  return answer;
}

/** The fields of an object; none of anything else. */
export function objectOf(json: Json | undefined): Readonly<Record<string, Json>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Readonly<Record<string, Json>>)
    : {};
}

/** A text that must be one. */
export function textOf(json: Json | undefined): string {
  if (typeof json !== 'string') throw new TypeError(`expected a text, not ${JSON.stringify(json)}`);
  return json;
}
