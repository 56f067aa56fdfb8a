import * as v from 'valibot';
import { UnexpectedAnswerError } from './error.ts';
import type { GeneratedKey, GenerateKeyRequest, KeyInfo, KeyPage, ListKeysQuery } from './key.ts';
import { parseJSON, rejection } from './rejection.ts';
import {
  blockAnswer,
  deleteAnswer,
  describeIssue,
  generateAnswer,
  infoAnswer,
  listAnswer,
  updateAnswer,
} from './schema.ts';
import { sha256 } from './sha256.ts';
import { createTransport, type Answer, type Exchange, type TransportOptions } from './transport.ts';

/**
 * Where LiteLLM is and who we are there. `baseURL` may have a path, `masterKey` is an administrator's key,
 * `caCert` (PEM, one certificate or more) replaces the system's roots, `requestTimeout` is in seconds and
 * holds for a whole call, the body of the answer included.
 */
export type ClientOptions = TransportOptions;

/**
 * LiteLLM's key API. Every call is sent once, answers are checked, and what goes wrong is a `LiteLLMError`.
 * Keys are named by their token id, the sha256 of the key in hex.
 */
export interface Client {
  /** Throws `MasterKeyRefusedError` or `NotAdminError` unless the master key is an administrator's. */
  verifyAdmin(signal?: AbortSignal): Promise<void>;
  generateKey(request: GenerateKeyRequest, signal?: AbortSignal): Promise<GeneratedKey>;
  /** Lets a key live for `duration` whole seconds from now; one that has expired lives again. */
  updateKey(
    tokenId: string,
    change: { readonly duration: number },
    signal?: AbortSignal,
  ): Promise<{ readonly expires: Date }>;
  blockKey(tokenId: string, signal?: AbortSignal): Promise<void>;
  /** One at a time: of several, LiteLLM claims to have deleted those it never had. */
  deleteKey(tokenId: string, signal?: AbortSignal): Promise<void>;
  /** Tells of a deleted key too, with the status `deleted`. */
  keyInfo(tokenId: string, signal?: AbortSignal): Promise<KeyInfo>;
  listKeys(query: ListKeysQuery, signal?: AbortSignal): Promise<KeyPage>;
}

/** Nobody's user id: only an administrator may list the keys of another user. */
const somebodyElse = 'vault-plugin-secrets-litellm-verification';

/** A client for one proxy. */
export function createClient(options: ClientOptions): Client {
  const transport = createTransport(options);
  // LiteLLM's refusals name the hash of the key that it refuses.
  const ownSecrets = [options.masterKey, sha256(options.masterKey)];

  async function call<T extends v.GenericSchema>(
    schema: T,
    exchange: Exchange,
    signal: AbortSignal | undefined,
    secrets: readonly string[] = [],
  ): Promise<{ readonly value: v.InferOutput<T>; readonly answer: Answer }> {
    const answer = await transport(exchange, signal);
    if (answer.status < 200 || answer.status > 299) throw rejection(answer, [...ownSecrets, ...secrets]);
    const json = parseJSON(answer.text);
    if (json === undefined) throw unexpected(answer, 'is no JSON');
    const parsed = v.safeParse(schema, json);
    if (!parsed.success) throw unexpected(answer, `is not LiteLLM's: ${describeIssue(parsed.issues[0])}`);
    return { value: parsed.output, answer };
  }

  return {
    async verifyAdmin(signal) {
      const query = { size: '1', user_id: somebodyElse };
      await call(listAnswer, { method: 'GET', path: '/key/list', query }, signal);
    },

    async generateKey(request, signal) {
      const tokenId = sha256(request.key);
      const exchange: Exchange = { method: 'POST', path: '/key/generate', body: generateBody(request) };
      const { value, answer } = await call(generateAnswer, exchange, signal, [request.key]);
      if (value.key !== request.key) throw unexpected(answer, 'is about another key');
      requireSame(answer, tokenId, value.token_id ?? value.token, value.token ?? value.token_id);
      const { key_alias: keyAlias, models, max_budget: maxBudget, expires } = value;
      return { tokenId, keyAlias, models, ...(maxBudget == null ? {} : { maxBudget }), expires };
    },

    async updateKey(tokenId, { duration }, signal) {
      const body = { key: tokenId, duration: durationText(duration) };
      const { value, answer } = await call(updateAnswer, { method: 'POST', path: '/key/update', body }, signal);
      requireSame(answer, tokenId, value.token);
      return { expires: value.expires };
    },

    async blockKey(tokenId, signal) {
      const exchange: Exchange = { method: 'POST', path: '/key/block', body: { key: tokenId } };
      const { value, answer } = await call(blockAnswer, exchange, signal);
      requireSame(answer, tokenId, value.token);
    },

    async deleteKey(tokenId, signal) {
      const exchange: Exchange = { method: 'POST', path: '/key/delete', body: { keys: [tokenId] } };
      const { value, answer } = await call(deleteAnswer, exchange, signal);
      requireSame(answer, tokenId, ...value.deleted_keys);
    },

    async keyInfo(tokenId, signal) {
      const exchange: Exchange = { method: 'GET', path: '/key/info', query: { key: tokenId } };
      const { value } = await call(infoAnswer, exchange, signal);
      const { status, key_alias: alias, models, max_budget: maxBudget, expires, blocked, metadata, spend } = value.info;
      return {
        status,
        ...(alias == null ? {} : { alias }),
        models,
        ...(maxBudget == null ? {} : { maxBudget }),
        ...(expires == null ? {} : { expires }),
        blocked: blocked ?? false,
        metadata: metadata ?? {},
        spend: spend ?? 0,
      };
    },

    async listKeys({ page, size, keyAlias }, signal) {
      const query = {
        page: String(page),
        size: String(size),
        ...(keyAlias === undefined ? {} : { key_alias: keyAlias }),
      };
      const { value } = await call(listAnswer, { method: 'GET', path: '/key/list', query }, signal);
      const { keys, total_count: totalCount, current_page: currentPage, total_pages: totalPages } = value;
      return { tokenIds: keys, totalCount, currentPage, totalPages };
    },
  };
}

function unexpected(answer: Answer, what: string): UnexpectedAnswerError {
  const reason = `the answer (${answer.status}) ${what}; check base_url and what stands between`;
  return new UnexpectedAnswerError(answer.call, answer.status, reason);
}

/** Throws unless the answer names the key that was asked about, and no other. */
function requireSame(answer: Answer, tokenId: string, ...named: readonly (string | null | undefined)[]): void {
  if (named.length === 0 || named.some((name) => name !== tokenId)) throw unexpected(answer, 'is about another key');
}

function generateBody(request: GenerateKeyRequest): unknown {
  const { key, keyAlias, models, maxBudget, duration, metadata, keyType } = request;
  // JSON turns NaN and Infinity into null, which is no limit at all.
  if (maxBudget !== undefined && !(Number.isFinite(maxBudget) && maxBudget >= 0)) {
    throw new RangeError(`a budget must be a number from 0 on, not ${maxBudget}`);
  }
  return {
    key,
    key_alias: keyAlias,
    models,
    ...(maxBudget === undefined ? {} : { max_budget: maxBudget }),
    duration: durationText(duration),
    metadata,
    key_type: keyType,
  };
}

/** LiteLLM's grammar is a whole number and a unit, and 0 is a key that has expired already. */
function durationText(seconds: number): string {
  if (!Number.isSafeInteger(seconds) || seconds <= 0) {
    throw new RangeError(`a duration must be a whole number of seconds above 0, not ${seconds}`);
  }
  return `${seconds}s`;
}
