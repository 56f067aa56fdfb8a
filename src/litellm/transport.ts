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
  /** Begins with a slash; comes after the base URL's own path. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The body as JSON, in place of {@link Exchange.body}. */
  readonly json?: string;
}

/** An answer, whole, with any status but a redirect's. */
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
  /** PEM; shown to a server that asks who we are, with {@link clientKey}. */
  readonly clientCert?: string;
  /** PEM, not encrypted. */
  readonly clientKey?: string;
  /** The name that the server's certificate must be for, and that it is asked for; the base URL's unless set. */
  readonly tlsServerName?: string;
  /** Takes any certificate: whoever is on the way can read and answer everything. */
  readonly tlsSkipVerify?: boolean;
  /** Sent with every call, for what stands before LiteLLM. None that a call sets itself. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Seconds that a call has, from the first byte out to the last byte in, however often it is sent. */
  readonly requestTimeout: number;
}

/** How a request is sent this time. */
export interface SendOptions {
  /** The end of the call. */
  readonly deadline: Deadline;
  /** Of the deadline: gives this one sending up. */
  readonly controller: AbortController;
  /** Whether on a connection of its own, which is closed afterwards, and not on one that was kept. */
  readonly fresh: boolean;
}

/** Sends a request once and reads the whole answer; throws a `LiteLLMError` when there is none. */
export type Transport = (exchange: Exchange, options: SendOptions) => Promise<Answer>;

/** Those that a client would follow, and 300; 304 answers no request of ours and is merely unexpected. */
const redirects: readonly number[] = [300, 301, 302, 303, 307, 308];

/**
 * A transport over ky. It never retries, never follows a redirect, and verifies certificates whatever
 * NODE_TLS_REJECT_UNAUTHORIZED says; BUN_CONFIG_VERBOSE_FETCH prints nothing of it. Connections are kept alive and shared by
 * those whose TLS options are all the same, as Bun keeps them apart; tests hold it to that. Bun itself opens a new connection
 * when a kept one was closed before the request went out, and for a GET also after that; a POST that went out is never sent twice.
 *
 * All that makes the request goes past ky to the one fetch. ky would make a stream of the body, only to cancel it, another
 * signal of the signal and other headers of the headers, with each call.
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

/** Whether TLS may be spoken on the way: to an https address, or to a forward proxy. Its options cost time with every call. */
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

/** A part of a header that is shorter is a word, and messages would be full of holes. */
const shortestSecret = 8;

/** What a message must not show: the master key, and what the headers say, in whole and in parts. */
export function secretsOf({
  masterKey,
  headers = {},
}: Pick<TransportOptions, 'masterKey' | 'headers'>): readonly string[] {
  const said = Object.values(headers).flatMap((value) => [value, ...value.split(/[\s,;=]+/)]);
  return [masterKey, ...said.filter((text) => text.length >= shortestSecret)];
}

/** Where the API is: without user and password, with which a configuration is refused earlier anyway. */
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
