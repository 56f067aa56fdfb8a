import type { ConnectionFailure } from './connection-failure.ts';

/** The call that failed. */
export interface Call {
  readonly method: string;
  /** Scheme, host, port and path; no user, no query. */
  readonly url: string;
}

interface Details {
  readonly call: Call;
  /** What happened, and what to do about it; already free of secrets. */
  readonly reason: string;
  readonly status?: number;
  readonly outcomeUnknown: boolean;
  readonly cause?: unknown;
}

/**
 * A call to LiteLLM that did not do what was asked. The message has the method, the address and the reason. Neither the
 * message nor the cause has a secret.
 */
export abstract class LiteLLMError extends Error {
  /** Written out in every class: a minified build renames the classes. */
  abstract override readonly name: string;
  /** The status of the answer, if there was one. */
  readonly status?: number;
  /** Whether the request may have taken effect on the proxy all the same; true unless it certainly has not. */
  readonly outcomeUnknown: boolean;

  constructor({ call, reason, status, outcomeUnknown, cause }: Details) {
    super(`${call.method} ${call.url}: ${reason}`, cause === undefined ? undefined : { cause });
    if (status !== undefined) this.status = status;
    this.outcomeUnknown = outcomeUnknown;
  }
}

/** No connection was made, or it was lost before an answer. */
export class ConnectionError extends LiteLLMError {
  override readonly name = 'ConnectionError';
  /** Whether there was a connection that was lost; the next one may work. */
  readonly lost: boolean;

  constructor(call: Call, { reason, sent, lost, cause }: ConnectionFailure) {
    super({ call, reason, outcomeUnknown: sent, cause });
    this.lost = lost;
  }
}

/** The call waited for its turn as long as it may; nothing was sent. */
export class NoTurnError extends LiteLLMError {
  override readonly name = 'NoTurnError';

  constructor(call: Call, seconds: number, maxInFlight: number) {
    const reason =
      `nothing was sent: this mount had ${maxInFlight} calls to LiteLLM under way (max_in_flight in config), and none ` +
      `of them made room within ${seconds} s; check that LiteLLM answers, or try again later`;
    super({ call, reason, outcomeUnknown: false });
  }
}

/** The whole answer was not there in time. */
export class RequestTimeoutError extends LiteLLMError {
  override readonly name = 'RequestTimeoutError';

  constructor(call: Call, seconds: number, waitedFor: 'answer' | 'whole answer') {
    const reason = `no ${waitedFor} within ${seconds} s; check that LiteLLM and its database are up, or raise request_timeout`;
    super({ call, reason, outcomeUnknown: true });
  }
}

/** The caller went away. */
export class RequestAbortedError extends LiteLLMError {
  override readonly name = 'RequestAbortedError';

  constructor(call: Call, sent: boolean) {
    super({ call, reason: 'the caller gave the request up', outcomeUnknown: sent });
  }
}

/** The address redirects elsewhere. To follow would give the key to another host. */
export class RedirectRefusedError extends LiteLLMError {
  override readonly name = 'RedirectRefusedError';

  constructor(call: Call, status: number, target: string) {
    const to = target === '' ? '' : ` to ${target}`;
    const reason = `it redirects (${status})${to}, which is not followed; set base_url to LiteLLM's own address`;
    // Only 303 says that the request was carried out before it redirects.
    super({ call, reason, status, outcomeUnknown: status === 303 });
  }
}

/** The answer is none that LiteLLM gives, or one that says LiteLLM broke. */
export class UnexpectedAnswerError extends LiteLLMError {
  override readonly name = 'UnexpectedAnswerError';

  constructor(call: Call, status: number | undefined, reason: string, cause?: unknown) {
    super({ call, reason, ...(status === undefined ? {} : { status }), outcomeUnknown: true, cause });
  }
}

/** The answer began, and the connection was lost before its end. */
export class AnswerBrokenOffError extends UnexpectedAnswerError {
  constructor(call: Call, status: number, cause: unknown) {
    super(call, status, 'the answer broke off in the middle', cause);
  }
}

/** LiteLLM, or what is in front of it, takes no more calls for the moment. */
export class RateLimitedError extends LiteLLMError {
  override readonly name = 'RateLimitedError';
  /** Seconds after which to try again, if the answer says so. */
  readonly retryAfter?: number;

  constructor(call: Call, said: string, retryAfter?: number) {
    const when = retryAfter === undefined ? 'later' : `in ${retryAfter} s`;
    const reason = `LiteLLM takes no more calls for the moment (429); try again ${when} (it said: ${said})`;
    super({ call, reason, status: 429, outcomeUnknown: false });
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }
}

/** LiteLLM is up, and its database is not. */
export class DatabaseUnavailableError extends LiteLLMError {
  override readonly name = 'DatabaseUnavailableError';

  constructor(call: Call, status: number, said: string) {
    const reason = `LiteLLM cannot reach its database; check that PostgreSQL is up, and see LiteLLM's log (LiteLLM said: ${said})`;
    super({ call, reason, status, outcomeUnknown: true });
  }
}

/** LiteLLM does not know the master key, or no longer accepts it. */
export class MasterKeyRefusedError extends LiteLLMError {
  override readonly name = 'MasterKeyRefusedError';

  constructor(call: Call, status: number, said: string) {
    const reason = `LiteLLM refuses the master key; set master_key to one that it accepts (LiteLLM said: ${said})`;
    super({ call, reason, status, outcomeUnknown: false });
  }
}

/** LiteLLM knows the master key, and it is not an administrator's. */
export class NotAdminError extends LiteLLMError {
  override readonly name = 'NotAdminError';

  constructor(call: Call, status: number, said: string) {
    const reason =
      "the master key is not an administrator's; set master_key to LiteLLM's master key " +
      `or to a key of a proxy_admin user (LiteLLM said: ${said})`;
    super({ call, reason, status, outcomeUnknown: false });
  }
}

/** LiteLLM understood the request and turned it down. */
export class RequestRejectedError extends LiteLLMError {
  override readonly name = 'RequestRejectedError';

  constructor(call: Call, status: number, said: string, advice?: string) {
    const reason = `LiteLLM rejected the request with ${status}: ${said}${advice === undefined ? '' : `; ${advice}`}`;
    super({ call, reason, status, outcomeUnknown: false });
  }
}

/** Another key has the alias that was asked for. */
export class AliasTakenError extends RequestRejectedError {}

/** LiteLLM itself says that there is no such key. */
export class KeyNotFoundError extends LiteLLMError {
  override readonly name = 'KeyNotFoundError';

  constructor(call: Call, status: number, said: string) {
    super({
      call,
      reason: `LiteLLM has no such key, it may have been deleted there (LiteLLM said: ${said})`,
      status,
      outcomeUnknown: false,
    });
  }
}

/** LiteLLM does not have the team, user, organization or project that a key belongs to, or is to. */
export class OwnerNotFoundError extends LiteLLMError {
  override readonly name = 'OwnerNotFoundError';

  constructor(call: Call, status: number, said: string) {
    super({
      call,
      reason:
        'LiteLLM does not have what this key belongs to: make it there again, or write the id of one that exists to ' +
        `the role and ask for a new key (LiteLLM said: ${said})`,
      status,
      // Some of its versions say it as an error of their own, which may also come late.
      outcomeUnknown: status >= 500,
    });
  }
}
