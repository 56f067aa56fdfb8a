import * as v from 'valibot';
import type { Caller, CallKind } from './caller.ts';
import { UnexpectedAnswerError } from './error.ts';
import { parseJSON, rejection } from './rejection.ts';
import { describeIssue } from './schema.ts';
import { sha256 } from './sha256.ts';
import { type Answer, type Exchange, secretsOf, type TransportOptions } from './transport.ts';

/** A call that may happen twice. */
export const ordinary = { lane: 'ordinary', repeatable: true } as const satisfies CallKind;

/** A call that takes access away, or asks whether it is gone, and may happen twice. */
export const ending = { lane: 'ending', repeatable: true } as const satisfies CallKind;

/** What a call is about, what must not be told of it, and how its answer is read. */
export interface AboutCall {
  /** A secret in it, besides the master key and the headers. */
  readonly secret?: string;
  /** The key that it asks for. */
  readonly tokenId?: string;
  /** Gives the JSON of an answer, or undefined if it is not JSON. */
  readonly read?: (text: string) => unknown;
}

/** Makes a call, and gives the answer if it has the form of the schema. Throws a `LiteLLMError`. */
export type CheckedCall = <T extends v.GenericSchema>(
  schema: T,
  exchange: Exchange,
  kind: CallKind,
  about?: AboutCall,
) => Promise<{ readonly value: v.InferOutput<T>; readonly answer: Answer }>;

/** What calls are made with. */
export interface CheckedCallOptions extends Pick<TransportOptions, 'masterKey' | 'headers'> {
  readonly grace?: number;
}

/** Calls with this master key and these headers. `grace` is in seconds: rejections tell how long a lease it leaves. */
export function checkedCall(caller: Pick<Caller, 'call'>, options: CheckedCallOptions): CheckedCall {
  const { masterKey, grace = 0 } = options;
  // LiteLLM's refusals name the hash of the key that it refuses.
  const ownSecrets = [...secretsOf(options), sha256(masterKey)];
  return async (schema, exchange, kind, { secret = '', tokenId, read = parseJSON } = {}) =>
    caller.call(exchange, kind, (answer) => {
      if (answer.status < 200 || answer.status > 299) {
        const asked = tokenId === undefined || ownSecrets.includes(tokenId) ? {} : { tokenId };
        throw rejection(answer, { secrets: [...ownSecrets, secret], ...asked, grace });
      }
      const json = read(answer.text);
      if (json === undefined) throw unexpected(answer, 'is not JSON');
      const parsed = v.safeParse(schema, json);
      if (!parsed.success) throw unexpected(answer, `is not LiteLLM's: ${describeIssue(parsed.issues[0])}`);
      return { value: parsed.output, answer };
    });
}

/** The error for an answer that is not what was asked for. */
export function unexpected(answer: Answer, what: string): UnexpectedAnswerError {
  const reason = `the answer (${answer.status}) ${what}; check base_url and any proxy in between`;
  return new UnexpectedAnswerError(answer.call, answer.status, reason);
}

/** Throws unless the answer names the key that was asked about, and no other. */
export function requireSame(answer: Answer, tokenId: string, ...named: readonly (string | null | undefined)[]): void {
  if (named.length === 0 || named.some((name) => name !== tokenId)) throw unexpected(answer, 'is about another key');
}
