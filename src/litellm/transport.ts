import ky from 'ky';
import {
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
}

/** An answer, whole, with any status but a redirect's. */
export interface Answer {
  readonly call: Call;
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** Where to, as whom, and for how long. */
export interface TransportOptions {
  readonly baseURL: string;
  readonly masterKey: string;
  /** PEM; trusted instead of the system's roots. */
  readonly caCert?: string;
  /** Seconds, from the first byte out to the last byte in. */
  readonly requestTimeout: number;
}

/** Sends a request once and reads the whole answer; throws a `LiteLLMError` when there is none. */
export type Transport = (exchange: Exchange, signal?: AbortSignal) => Promise<Answer>;

/** The longest delay a timer takes. */
const longestTimer = 2 ** 31 - 1;

/** Those that a client would follow, and 300; 304 answers no request of ours and is merely unexpected. */
const redirects: readonly number[] = [300, 301, 302, 303, 307, 308];

/**
 * A transport over ky. It never retries, never follows a redirect, and verifies certificates whatever
 * NODE_TLS_REJECT_UNAUTHORIZED says; BUN_CONFIG_VERBOSE_FETCH prints nothing of it. Connections are kept alive and shared. Bun itself opens a new
 * connection when a kept one was closed before the request went out, and for a GET also after that; a
 * POST that went out is never sent twice.
 */
export function createTransport(options: TransportOptions): Transport {
  const tls = { rejectUnauthorized: true, ...(options.caCert === undefined ? {} : { ca: options.caCert }) };
  const api = ky.create({
    retry: 0,
    timeout: false,
    throwHttpErrors: false,
    redirect: 'manual',
    headers: { authorization: `Bearer ${options.masterKey}`, accept: 'application/json' },
    fetch: async (input, init) => fetch(input, { ...init, tls, verbose: false }),
  });
  return async (exchange, signal) => {
    const url = callURL(options.baseURL, exchange.path);
    const call: Call = { method: exchange.method, url };
    if (signal?.aborted === true) throw new RequestAbortedError(call, false);
    const deadline = startDeadline(options.requestTimeout, signal);
    let response: Response | undefined;
    try {
      response = await deadline.race(
        api(withQuery(url, exchange.query), {
          method: exchange.method,
          signal: deadline.signal,
          ...(exchange.body === undefined ? {} : { json: exchange.body }),
        }),
      );
      const { status } = response;
      if (redirects.includes(status)) {
        const target = redirectTarget(response.headers.get('location'), url);
        throw new RedirectRefusedError(call, status, redact(target, [options.masterKey]));
      }
      const text = await deadline.race(readBody(response, call));
      return { call, status, contentType: response.headers.get('content-type') ?? '', text };
    } catch (error) {
      deadline.abandon();
      if (error instanceof UnexpectedAnswerError || error instanceof RedirectRefusedError) throw error;
      if (deadline.passed() === 'time') {
        throw new RequestTimeoutError(call, options.requestTimeout, response ? 'whole answer' : 'answer');
      }
      if (deadline.passed() === 'caller') throw new RequestAbortedError(call, true);
      if (response !== undefined) {
        throw new UnexpectedAnswerError(call, response.status, 'the answer broke off in the middle', error);
      }
      const { reason, sent, cause } = connectionFailure(error, options.caCert !== undefined);
      throw new ConnectionError(call, reason, sent, cause);
    } finally {
      deadline.clear();
    }
  };
}

/** Without user and password, which a message must not show; a configuration with them is refused earlier. */
function callURL(baseURL: string, path: string): string {
  const { origin, pathname } = new URL(baseURL);
  return `${origin}${pathname.replace(/\/+$/, '')}${path}`;
}

function withQuery(url: string, query: Readonly<Record<string, string>> | undefined): string {
  return query === undefined ? url : `${url}?${new URLSearchParams(query).toString()}`;
}

/** Only the host: a path or a query may repeat what was sent. */
function redirectTarget(location: string | null, base: string): string {
  return location !== null && URL.canParse(location, base) ? new URL(location, base).origin : '';
}

/**
 * The end of a call: its time is up, or its caller has gone. One timer and one listener, both taken
 * back: `AbortSignal.timeout` and `any` would live on for the whole time, once per call.
 */
function startDeadline(seconds: number, caller: AbortSignal | undefined) {
  const controller = new AbortController();
  const { promise: over, reject } = Promise.withResolvers<never>();
  over.catch(() => undefined);
  let reason: 'time' | 'caller' | undefined;
  const stop = (why: 'time' | 'caller') => {
    reason ??= why;
    reject(new Error('the call was stopped'));
    controller.abort();
  };
  const onCallerGone = () => stop('caller');
  const timer = setTimeout(() => stop('time'), Math.min(seconds * 1000, longestTimer));
  caller?.addEventListener('abort', onCallerGone, { once: true });
  return {
    signal: controller.signal,
    passed: () => reason,
    /** The promise, or a rejection once the call is over even if the promise never settles. */
    race: async <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, over]),
    /** Closes the connection of a call whose answer nobody will read. */
    abandon: () => controller.abort(),
    clear: () => {
      clearTimeout(timer);
      caller?.removeEventListener('abort', onCallerGone);
    },
  };
}
