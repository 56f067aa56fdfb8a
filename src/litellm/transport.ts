import ky from 'ky';
import type { Deadline } from './deadline.ts';
import {
  AnswerBrokenOffError,
  ConnectionError,
  RedirectRefusedError,
  RequestAbortedError,
  RequestTimeoutError,
  UnexpectedAnswerError,
  type Call,
} from './error.ts';
import { connectionFailure } from './connection-failure.ts';
import { readBody } from './read-body.ts';
import { redact } from './redact.ts';

/** One request to LiteLLM. */
export interface Exchange {
  readonly method: 'GET' | 'POST';
  /** Begins with a slash; follows the base URL's own path. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The body as JSON, in place of {@link Exchange.body}. */
  readonly json?: string;
}

/** A whole answer, with any status but a redirect's. */
export interface Answer {
  readonly call: Call;
  readonly status: number;
  readonly contentType: string;
  /** When it was sent by the server's clock, to the second, rounded down. */
  readonly date?: Date;
  /** The header `Retry-After`. */
  readonly retryAfter?: string;
  readonly text: string;
}

/** Where to, as whom, and for how long. */
export interface TransportOptions {
  readonly baseURL: string;
  readonly masterKey: string;
  /** PEM; trusted instead of the system's roots. */
  readonly caCert?: string;
  /** PEM; shown, with {@link clientKey}, to a server that asks for a certificate. */
  readonly clientCert?: string;
  /** PEM, not encrypted. */
  readonly clientKey?: string;
  /**
   * The name that the server's certificate must be for, and that the server is asked for; the base URL's unless set.
   */
  readonly tlsServerName?: string;
  /** Accepts any certificate: anybody on the way can read and answer everything. */
  readonly tlsSkipVerify?: boolean;
  /** Sent with every call, for what is in front of LiteLLM. Must have none that a call sets itself. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Seconds that a call has, from the first byte out to the last byte in, however often it is sent. */
  readonly requestTimeout: number;
}

/** How a request is sent this time. */
export interface SendOptions {
  /** The end of the call. */
  readonly deadline: Deadline;
  /** Made by the deadline; gives up this one sending. */
  readonly controller: AbortController;
  /** Whether to use a connection of its own, closed afterwards, instead of a kept one. */
  readonly fresh: boolean;
}

/** Sends a request once and reads the whole answer. Throws a `LiteLLMError` if there is none. */
export type Transport = (exchange: Exchange, options: SendOptions) => Promise<Answer>;

/** Those that a client would follow, and 300. 304 answers no request of ours, and is merely unexpected. */
const redirects: readonly number[] = [300, 301, 302, 303, 307, 308];

/**
 * A transport over ky. It never retries, never follows a redirect, and verifies certificates whatever
 * NODE_TLS_REJECT_UNAUTHORIZED says; BUN_CONFIG_VERBOSE_FETCH prints nothing of it. Connections are kept alive and
 * shared only by those with the same TLS options, as Bun does; tests check it. Bun itself opens a new connection if a
 * kept one was closed before the request went out, and for a GET also after that; a POST that went out is never sent
 * twice.
 *
 * All that makes the request bypasses ky and goes to the one fetch. Otherwise ky would, with each call, make a stream
 * of the body only to cancel it, and copy the signal and the headers.
 */
export function createTransport(options: TransportOptions): Transport {
  const address = apiURL(options);
  const secrets = secretsOf(options);
  const headers = { ...options.headers, authorization: `Bearer ${options.masterKey}`, accept: 'application/json' };
  const get: BunFetchRequestInit = {
    method: 'GET',
    headers,
    redirect: 'manual',
    verbose: false,
    ...(mayNeedTLS(address) ? { tls: tlsOptions(options) } : {}),
  };
  const post: BunFetchRequestInit = {
    ...get,
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
  };
  const prepared = ky.create({ retry: 0, timeout: false, throwHttpErrors: false });
  return async (exchange, { deadline, controller, fresh }) => {
    const call = callOf(address, exchange);
    const url = withQuery(call.url, exchange.query);
    const { method, body, json = body === undefined ? undefined : JSON.stringify(body) } = exchange;
    const init: BunFetchRequestInit = { ...(method === 'POST' ? post : get), signal: controller.signal };
    if (json !== undefined) init.body = json;
    if (fresh) init.keepalive = false;
    let response: Response | undefined;
    try {
      response = await deadline.race(prepared(url, { fetch: async () => fetch(url, init) }));
      const { status, headers } = response;
      if (redirects.includes(status)) {
        const target = redirectTarget(headers.get('location'), call.url);
        throw new RedirectRefusedError(call, status, redact(target, secrets));
      }
      const text = await deadline.race(readBody(response, call));
      return { call, status, contentType: headers.get('content-type') ?? '', ...timesOf(status, headers), text };
    } catch (error) {
      // Closes the connection of a sending whose answer nobody will read.
      controller.abort();
      if (error instanceof UnexpectedAnswerError || error instanceof RedirectRefusedError) throw error;
      if (deadline.stopped === 'time') {
        throw new RequestTimeoutError(call, options.requestTimeout, response ? 'whole answer' : 'answer');
      }
      if (deadline.stopped === 'caller') throw new RequestAbortedError(call, true);
      if (response !== undefined) throw new AnswerBrokenOffError(call, response.status, error);
      throw new ConnectionError(call, connectionFailure(error, options));
    }
  };
}

/** Whether the way may use TLS: to an https address, or to a forward proxy. The options cost time with every call. */
function mayNeedTLS(address: string): boolean {
  const { HTTP_PROXY, http_proxy: lowercase } = process.env;
  return !address.startsWith('http:') || (HTTP_PROXY ?? '') !== '' || (lowercase ?? '') !== '';
}

function tlsOptions({ caCert, clientCert, clientKey, tlsServerName, tlsSkipVerify = false }: TransportOptions) {
  return {
    rejectUnauthorized: !tlsSkipVerify,
    ...(caCert === undefined ? {} : { ca: caCert }),
    ...(clientCert === undefined ? {} : { cert: clientCert }),
    ...(clientKey === undefined ? {} : { key: clientKey }),
    ...(tlsServerName === undefined ? {} : { serverName: tlsServerName }),
  };
}

/** A shorter part of a header is a word, and messages would be full of holes. */
const shortestSecret = 8;

/** What a message must not show: the master key, and the values of the headers, in whole and in parts. */
export function secretsOf({
  masterKey,
  headers = {},
}: Pick<TransportOptions, 'masterKey' | 'headers'>): readonly string[] {
  const said = Object.values(headers).flatMap((value) => [value, ...value.split(/[\s,;=]+/)]);
  return [masterKey, ...said.filter((text) => text.length >= shortestSecret)];
}

/** The address of the API, without user and password, which a configuration cannot have anyway. */
export function apiURL({ baseURL }: Pick<TransportOptions, 'baseURL'>): string {
  const { origin, pathname } = new URL(baseURL);
  return origin + pathname.replace(/\/+$/, '');
}

/** How messages name a call to the API at an address. */
export function callOf(api: string, { method, path }: Exchange): Call {
  return { method, url: api + path };
}

function timesOf(status: number, headers: Headers): Pick<Answer, 'date' | 'retryAfter'> {
  const date = Date.parse(headers.get('date') ?? '');
  const retryAfter = status < 400 ? null : headers.get('retry-after');
  return {
    ...(Number.isNaN(date) ? {} : { date: new Date(date) }),
    ...(retryAfter === null ? {} : { retryAfter }),
  };
}

function withQuery(url: string, query: Readonly<Record<string, string>> | undefined): string {
  return query === undefined ? url : `${url}?${new URLSearchParams(query).toString()}`;
}

/** Only the host: a path or a query may repeat what was sent. */
function redirectTarget(location: string | null, base: string): string {
  return location !== null && URL.canParse(location, base) ? new URL(location, base).origin : '';
}
