import * as v from 'valibot';
import { adviceOn } from './advice.ts';
import { proxyWantsLogin } from './connection-failure.ts';
import {
  AliasTakenError,
  ConnectionError,
  DatabaseUnavailableError,
  KeyNotFoundError,
  MasterKeyRefusedError,
  NotAdminError,
  OwnerNotFoundError,
  RateLimitedError,
  RequestRejectedError,
  UnexpectedAnswerError,
  type LiteLLMError,
} from './error.ts';
import { redact } from './redact.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { fastAPIError, proxyError } from './schema.ts';
import type { Answer } from './transport.ts';

/** What an error answer says, in one of LiteLLM's two forms. */
interface Said {
  readonly shape: 'proxy' | 'fastapi';
  readonly message: string;
  readonly type: string;
}

/** What is needed to read a rejection. */
export interface RejectionContext {
  /** Removed from what LiteLLM says. */
  readonly secrets: readonly string[];
  /** The token id of the key that was asked about, if there was one. */
  readonly tokenId?: string;
  /** Seconds of the grace in every requested duration. */
  readonly grace?: number;
}

/** The words of LiteLLM and its Prisma client for a database that is out of reach; the status says nothing. */
const databaseIsAway =
  /Can't reach database server|not connected to the query engine|(?:No connected|not connected to) db\b|\bDB not connected|Timed out fetching a new connection from the connection pool/i;

/**
 * What LiteLLM says of a team, user, organization or project that does not exist, with any status. Not of a key: "user
 * key does not exist in db" is about that.
 */
const ownerIsMissing = /\b(?:Team|Organization|Project|User) (?:doesn't exist in db|(?:.{1,1100}? )?not found\b)/s;

/** From generate and update, in every version. */
const aliasIsTaken = /^Key with alias '.*' already exists/s;

/** What LiteLLM says to everybody but administrators who may write keys. */
const notAnAdministrator =
  /Only proxy admin can be used|Virtual key is not allowed to call this route|user not allowed to access this route/;

/**
 * The error for an answer outside 200–299. Only in LiteLLM's own forms does the status mean what it says: a proxy in
 * between, or a LiteLLM that is starting, answers 401, 403 and 404 too.
 */
export function rejection(answer: Answer, context: RejectionContext): LiteLLMError {
  const { call, status } = answer;
  const said = read(answer.text);
  if (status === 407) return new ConnectionError(call, proxyWantsLogin());
  if (status === 429) {
    const words = said === undefined ? 'nothing more' : redact(said.message, context.secrets);
    return new RateLimitedError(call, words, retryAfterSeconds(answer));
  }
  if (said === undefined) return foreign(answer, context.secrets);
  const text = redact(said.message, context.secrets);
  if (said.type === 'no_db_connection' || databaseIsAway.test(said.message)) {
    return new DatabaseUnavailableError(call, status, text);
  }
  if (status !== 401 && ownerIsMissing.test(said.message)) return new OwnerNotFoundError(call, status, text);
  if (status < 400 || status >= 500) {
    return new UnexpectedAnswerError(call, status, `LiteLLM answered ${status}: ${text}; see its log`);
  }
  if (notAnAdministrator.test(said.message)) return new NotAdminError(call, status, text);
  switch (status) {
    case 401:
      if (saysKeyIsUnknown(said, context)) return new KeyNotFoundError(call, status, text);
      return new MasterKeyRefusedError(call, status, text);
    case 403:
      // Only administrators may list somebody else's keys.
      if (call.url.endsWith('/key/list')) return new NotAdminError(call, status, text);
      return new RequestRejectedError(call, status, text, adviceOn(said.message, context.grace));
    case 404:
      if (saysKeyNotFound(said)) return new KeyNotFoundError(call, status, text);
      return new UnexpectedAnswerError(
        call,
        status,
        `it answered 404 (${text}), which is not LiteLLM's word on a key; check the path in base_url`,
      );
    default:
      if (aliasIsTaken.test(said.message)) return new AliasTakenError(call, status, text);
      return new RequestRejectedError(call, status, text, adviceOn(said.message, context.grace));
  }
}

/** "Key not found." and the like have a type; /key/delete and /key/regenerate have only their text. */
function saysKeyNotFound({ shape, type, message }: Said): boolean {
  return (
    shape === 'proxy' && (type === 'not_found_error' || /No keys found|'Key [0-9a-f]{64} not found\./.test(message))
  );
}

/**
 * LiteLLM 1.74 and 1.80 report a missing key like an unknown caller, for block ("…, not found in db") and for update
 * ("… does not exist in db"), but with the requested hash. Another hash, or none, is the master key's.
 */
function saysKeyIsUnknown({ shape, message }: Said, { tokenId }: RejectionContext): boolean {
  if (shape !== 'proxy' || tokenId === undefined || !message.includes(tokenId)) return false;
  return /not found in db|does not exist in db/.test(message);
}

function foreign(answer: Answer, secrets: readonly string[]): UnexpectedAnswerError {
  const kind = redact(answer.contentType, secrets);
  const what = kind === '' ? 'without a content type' : `as ${kind}`;
  const reason = `it answered ${answer.status} ${what}, not in LiteLLM's form; check base_url and any proxy in between`;
  return new UnexpectedAnswerError(answer.call, answer.status, reason);
}

function read(text: string): Said | undefined {
  const json = parseJSON(text);
  const proxy = v.safeParse(proxyError, json);
  if (proxy.success) {
    return { shape: 'proxy', message: proxy.output.error.message, type: proxy.output.error.type ?? '' };
  }
  const fastAPI = v.safeParse(fastAPIError, json);
  if (!fastAPI.success) return undefined;
  const { detail } = fastAPI.output;
  return { shape: 'fastapi', message: detailText(detail), type: '' };
}

function detailText(detail: v.InferOutput<typeof fastAPIError>['detail']): string {
  if (typeof detail === 'string') return detail;
  if (!Array.isArray(detail)) return objectText(detail);
  return detail.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; ');
}

function objectText(detail: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(detail);
  } catch {
    return 'an object too deep to be shown';
  }
}

/** The value of a JSON text, or undefined: the parser's own error would quote the text. */
export function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
