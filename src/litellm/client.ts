import { type About, askAbout } from './about.ts';
import { type CallerOptions, createCaller } from './caller.ts';
import { checkedCall, ending, ordinary, requireSame } from './checked-call.ts';
import { OwnerNotFoundError } from './error.ts';
import type {
  GeneratedKey,
  GenerateKeyRequest,
  GenerateOptions,
  KeyInfo,
  KeyPage,
  ListKeysQuery,
  UpdatedKey,
} from './key.ts';
import { listedKey, selectionQuery } from './key-list.ts';
import { type Ask, createLookups, type Lookups } from './lookups.ts';
import { madeKey } from './made-key.ts';
import { durationText, generateBody } from './request-body.ts';
import { createRotationCalls, type RotationCalls } from './rotation-calls.ts';
import { readAnswer } from './sent-models.ts';
import { blockAnswer, deleteAnswer, generateAnswer, infoAnswer, listObjectsAnswer, updateAnswer } from './schema.ts';
import { type Answer, apiURL, callOf, type Exchange } from './transport.ts';
import { verifyAdmin } from './verify-admin.ts';

/**
 * Where LiteLLM is and who we are there. `baseURL` may have a path, `masterKey` is an administrator's key, `caCert`
 * (PEM, one certificate or more) replaces the system's roots, `requestTimeout` is in seconds and holds for a whole
 * call, with the body of the answer and repeats; waiting for a turn has as long again.
 */
export interface ClientOptions extends CallerOptions {
  /** Seconds of the grace in every requested duration; rejections tell what is left for a lease. */
  readonly grace?: number;
  /** Our clock, for answers without a time. */
  readonly now?: () => Date;
}

/**
 * LiteLLM's key API. Answers are checked, and every failure is a `LiteLLMError`. Calls that may happen twice, all but
 * `generateKey`, are sent again if the connection was lost or stays silent, or if LiteLLM is overloaded or its database
 * is down for a moment. Keys are named by their token id, the sha256 of the key in hex.
 */
export interface Client extends Lookups, RotationCalls {
  /**
   * Throws `MasterKeyRefusedError` or `NotAdminError` unless the master key is that of an administrator who may write
   * keys, and `RequestRejectedError` if the proxy lets nobody choose a key's value. Makes nothing.
   */
  verifyAdmin(signal?: AbortSignal): Promise<void>;
  /** About LiteLLM and the key that asks. Never fails because of an answer, or none. */
  about(signal?: AbortSignal): Promise<About>;
  /** Sent at most once. */
  generateKey(request: GenerateKeyRequest, signal?: AbortSignal, options?: GenerateOptions): Promise<GeneratedKey>;
  /** Lets a key live for `duration` whole seconds from now; one that has expired lives again. */
  updateKey(tokenId: string, change: { readonly duration: number }, signal?: AbortSignal): Promise<UpdatedKey>;
  blockKey(tokenId: string, signal?: AbortSignal): Promise<void>;
  /** One at a time: of several, LiteLLM says that it deleted those it never had. */
  deleteKey(tokenId: string, signal?: AbortSignal): Promise<void>;
  /** Also of a deleted key, with the status `deleted`. */
  keyInfo(tokenId: string, signal?: AbortSignal): Promise<KeyInfo>;
  listKeys(query: ListKeysQuery, signal?: AbortSignal): Promise<KeyPage>;
  /**
   * Milliseconds without an answer after which a `generateKey` that is sent now may be taken for lost on a dead
   * connection, so that another key is made on a fresh one. Undefined if only waiting helps: LiteLLM is slow, or the
   * call goes out on a fresh connection anyway.
   */
  hedgeDelay(): number | undefined;
}

/** A client for one proxy. */
export function createClient(options: ClientOptions): Client {
  const { now = () => new Date() } = options;
  const caller = createCaller(options);
  const call = checkedCall(caller, options);

  /** Seconds until then by LiteLLM's clock. `Date` is rounded down, so rounding up never makes a lifetime too short. */
  function lifetime(expires: Date, { date = now() }: Answer): number {
    return Math.max(0, Math.ceil((expires.getTime() - date.getTime()) / 1000));
  }

  const ask: Ask = async (schema, exchange, signal) => (await call(schema, exchange, { ...ordinary, signal })).value;
  const lookups = createLookups(
    ask,
    (exchange) => new OwnerNotFoundError(callOf(apiURL(options), exchange), 200, 'nothing of it'),
  );

  return {
    ...lookups,
    ...createRotationCalls({ call, masterKey: options.masterKey, now, lifetime }),
    hedgeDelay: () => caller.hedgeDelay(),

    verifyAdmin: (signal) => verifyAdmin(call, signal),

    about: (signal) => askAbout(ask, lookups, signal),

    async generateKey(request, signal, { fresh, extra, onSent } = {}) {
      const body = generateBody(request);
      const exchange: Exchange = { method: 'POST', path: '/key/generate', json: body.json };
      const how = { ...(fresh === true ? { fresh } : {}), ...(extra === true ? { extra } : {}), onSent };
      const kind = { lane: 'ordinary', repeatable: false, ...how, signal } as const;
      let repeated: readonly string[] | undefined;
      const read = (text: string): unknown => {
        const { json, models } = readAnswer(text, body.models);
        repeated = models;
        return json;
      };
      const { value, answer } = await call(generateAnswer, exchange, kind, { secret: request.key, read });
      const { expires } = value;
      const row = repeated === undefined ? value : { ...value, models: repeated };
      return { ...madeKey(row, answer, request.key), expires, lifetime: lifetime(expires, answer) };
    },

    async updateKey(tokenId, { duration }, signal) {
      const body = { key: tokenId, duration: durationText(duration) };
      const exchange: Exchange = { method: 'POST', path: '/key/update', body };
      const { value, answer } = await call(updateAnswer, exchange, { ...ordinary, signal }, { tokenId });
      requireSame(answer, tokenId, value.token);
      return { expires: value.expires, lifetime: lifetime(value.expires, answer) };
    },

    async blockKey(tokenId, signal) {
      const exchange: Exchange = { method: 'POST', path: '/key/block', body: { key: tokenId } };
      const { value, answer } = await call(blockAnswer, exchange, { ...ending, signal }, { tokenId });
      requireSame(answer, tokenId, value.token);
    },

    async deleteKey(tokenId, signal) {
      const exchange: Exchange = { method: 'POST', path: '/key/delete', body: { keys: [tokenId] } };
      const { value, answer } = await call(deleteAnswer, exchange, { ...ending, signal }, { tokenId });
      requireSame(answer, tokenId, ...value.deleted_keys);
    },

    async keyInfo(tokenId, signal) {
      const exchange: Exchange = { method: 'GET', path: '/key/info', query: { key: tokenId } };
      const { value } = await call(infoAnswer, exchange, { ...ending, signal }, { tokenId });
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

    async listKeys({ page, size, ...selection }, signal) {
      const query = {
        page: String(page),
        size: String(size),
        return_full_object: 'true',
        ...selectionQuery(selection),
      };
      const exchange: Exchange = { method: 'GET', path: '/key/list', query };
      const { value } = await call(listObjectsAnswer, exchange, { ...ordinary, signal });
      const { keys, total_count: totalCount, current_page: currentPage, total_pages: totalPages } = value;
      return { keys: keys.flatMap((row) => (row === null ? [] : listedKey(row))), totalCount, currentPage, totalPages };
    },
  };
}
