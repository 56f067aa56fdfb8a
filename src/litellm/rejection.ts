import * as v from 'valibot';
import {
  KeyNotFoundError,
  MasterKeyRefusedError,
  NotAdminError,
  RequestRejectedError,
  UnexpectedAnswerError,
  type LiteLLMError,
} from './error.ts';
import { redact } from './redact.ts';
import { fastAPIError, proxyError } from './schema.ts';
import type { Answer } from './transport.ts';

/** What an error answer says in one of LiteLLM's two shapes. */
interface Said {
  readonly shape: 'proxy' | 'fastapi';
  readonly message: string;
  readonly type: string;
}

/**
 * The error that an answer outside 200–299 stands for. Only LiteLLM's own shapes mean what their status
 * says: a proxy in between, or a LiteLLM that is starting, answers 401, 403 and 404 too.
 */
export function rejection(answer: Answer, secrets: readonly string[]): LiteLLMError {
  const { call, status } = answer;
  const said = read(answer.text);
  if (said === undefined) return foreign(answer, secrets);
  const text = redact(said.message, secrets);
  if (status < 400 || status >= 500) {
    return new UnexpectedAnswerError(call, status, `LiteLLM answered ${status}: ${text}; see its log`);
  }
  if (/Only proxy admin can be used|Virtual key is not allowed to call this route/.test(said.message)) {
    return new NotAdminError(call, status, text);
  }
  switch (status) {
    case 401:
      return new MasterKeyRefusedError(call, status, text);
    case 403:
      // Listing the keys of somebody else is refused to everybody but administrators.
      if (call.url.endsWith('/key/list')) return new NotAdminError(call, status, text);
      return new RequestRejectedError(call, status, text, adviceOn(said.message));
    case 404:
      if (saysKeyNotFound(said)) return new KeyNotFoundError(call, text);
      return new UnexpectedAnswerError(
        call,
        status,
        `it answered 404 (${text}), which is not LiteLLM's word on a key; check the path in base_url`,
      );
    default:
      return new RequestRejectedError(call, status, text, adviceOn(said.message));
  }
}

/** "Key not found." and the like have a type of their own; /key/delete has only its text. */
function saysKeyNotFound({ shape, type, message }: Said): boolean {
  return shape === 'proxy' && (type === 'not_found_error' || message.includes('No keys found'));
}

function adviceOn(message: string): string | undefined {
  if (message.includes('Custom API key values are disabled')) {
    return 'keys are chosen by this engine: set disable_custom_api_keys to false in the general_settings of LiteLLM';
  }
  if (message.includes('over max limit set in config')) {
    return 'ask for less, or raise upperbound_key_generate_params in the litellm_settings of LiteLLM; a lease is asked for with a grace on top';
  }
  return undefined;
}

function foreign(answer: Answer, secrets: readonly string[]): UnexpectedAnswerError {
  const kind = redact(answer.contentType, secrets);
  const what = kind === '' ? 'without a content type' : `as ${kind}`;
  const reason = `it answered ${answer.status} ${what}, not in LiteLLM's form; check base_url and what stands between`;
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

/** The value of a JSON text, or undefined: the parser's own message would quote the text. */
export function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
