import { type CheckedCall, ordinary, requireSame, unexpected } from './checked-call.ts';
import { KeyNotFoundError } from './error.ts';
import type { GenerateOptions, LastingKey, LastingKeyRequest, RegeneratedKey } from './key.ts';
import { keyDetails, type KeyDetails } from './key-details.ts';
import { madeKey } from './made-key.ts';
import { lastingBody } from './request-body.ts';
import {
  changeAnswer,
  detailsAnswer,
  lastingAnswer,
  listObjectsAnswer,
  newUserAnswer,
  regenerateAnswer,
} from './schema.ts';
import { sha256 } from './sha256.ts';
import type { Answer, Exchange } from './transport.ts';

/** The calls that replace one key by another. */
export interface RotationCalls {
  /**
   * What a successor needs to be like a key; without a token id, the key that asks. Throws `KeyNotFoundError` also for
   * a deleted key, and for the master key, which is in no database.
   */
  keyDetails(tokenId: string | undefined, signal?: AbortSignal): Promise<KeyDetails>;
  /** The token id of the key with this alias, expired or not. Throws `UnexpectedAnswerError` if there are several. */
  findKey(alias: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Changes nothing else, and the key still works. Throws `AliasTakenError`. */
  renameKey(tokenId: string, alias: string, signal?: AbortSignal): Promise<void>;
  /** Removes the end of a key. LiteLLM before 1.90 cannot: `UnexpectedAnswerError` or `RequestRejectedError`. */
  clearExpiry(tokenId: string, signal?: AbortSignal): Promise<void>;
  /** Makes a key that does not end. Sent at most once. Throws `AliasTakenError` too. */
  generateLastingKey(
    request: LastingKeyRequest,
    signal?: AbortSignal,
    options?: Pick<GenerateOptions, 'onSent'>,
  ): Promise<LastingKey>;
  /**
   * Gives a key a new value and keeps the rest. The former value is refused from then on; before 1.90 maybe a minute
   * later, and by other instances as after any deletion. Sent at most once. Only with a licence, see `edition`: without
   * one LiteLLM answers 500.
   */
  regenerateKey(tokenId: string, newKey: string, signal?: AbortSignal): Promise<RegeneratedKey>;
  /**
   * Makes an administrator without a key. Throws `RequestRejectedError` (409) if there is such a user; LiteLLM before
   * 1.90 then answers as if it had made one, and the user stays as it was: ask `userInfo`.
   */
  newAdminUser(userId: string, signal?: AbortSignal): Promise<void>;
}

/** What the calls need; `lifetime` and `now` are those of the client. */
export interface RotationCallsOptions {
  readonly call: CheckedCall;
  readonly masterKey: string;
  readonly now: () => Date;
  readonly lifetime: (expires: Date, answer: Answer) => number;
}

/** LiteLLM gives no more at once; only one key has an alias. */
const mostOfOneAlias = '100';

/** The calls of a client. */
export function createRotationCalls({ call, masterKey, now, lifetime }: RotationCallsOptions): RotationCalls {
  return {
    async keyDetails(tokenId, signal) {
      const own = tokenId === undefined;
      const exchange: Exchange = { method: 'GET', path: '/key/info', ...(own ? {} : { query: { key: tokenId } }) };
      const asked = own ? {} : { tokenId };
      const { value, answer } = await call(detailsAnswer, exchange, { ...ordinary, signal }, asked);
      // From 1.106 on, LiteLLM tells of deleted keys too; no successor is made like one.
      if (value.info.status === 'deleted')
        throw new KeyNotFoundError(answer.call, answer.status, 'its status is deleted');
      return keyDetails(tokenId ?? sha256(masterKey), value.info, answer.date ?? now());
    },

    async findKey(alias, signal) {
      const query = { page: '1', size: mostOfOneAlias, return_full_object: 'true', key_alias: alias };
      const exchange: Exchange = { method: 'GET', path: '/key/list', query };
      const { value, answer } = await call(listObjectsAnswer, exchange, { ...ordinary, signal });
      const found = value.keys.filter((row) => row?.key_alias === alias);
      if (found.length > 1) throw unexpected(answer, `has ${found.length} keys with the alias that was asked for`);
      return found[0]?.token;
    },

    async renameKey(tokenId, alias, signal) {
      const exchange: Exchange = { method: 'POST', path: '/key/update', body: { key: tokenId, key_alias: alias } };
      const { value, answer } = await call(changeAnswer, exchange, { ...ordinary, signal }, { tokenId });
      requireSame(answer, tokenId, value.token);
      if (value.key_alias !== alias) throw unexpected(answer, 'does not have the alias that was sent');
    },

    async clearExpiry(tokenId, signal) {
      const exchange: Exchange = { method: 'POST', path: '/key/update', body: { key: tokenId, duration: '-1' } };
      const { value, answer } = await call(changeAnswer, exchange, { ...ordinary, signal }, { tokenId });
      requireSame(answer, tokenId, value.token);
      if (value.expires != null) throw unexpected(answer, 'still has the expiry that the call removes');
    },

    async generateLastingKey(request, signal, { onSent } = {}) {
      const exchange: Exchange = { method: 'POST', path: '/key/generate', body: lastingBody(request) };
      const kind = { lane: 'ordinary', repeatable: false, onSent, signal } as const;
      const { value, answer } = await call(lastingAnswer, exchange, kind, { secret: request.key });
      const { expires } = value;
      const ends = expires == null ? {} : { expires, lifetime: lifetime(expires, answer) };
      return { ...madeKey(value, answer, request.key), ...ends };
    },

    async regenerateKey(tokenId, newKey, signal) {
      const newTokenId = sha256(newKey);
      // A proxy may have a period of its own (LITELLM_KEY_ROTATION_GRACE_PERIOD) in which it still accepts the former
      // value.
      const body = { key: tokenId, new_key: newKey, grace_period: '0s' };
      const exchange: Exchange = { method: 'POST', path: '/key/regenerate', body };
      const kind = { lane: 'ordinary', repeatable: false, signal } as const;
      const { value, answer } = await call(regenerateAnswer, exchange, kind, { secret: newKey, tokenId });
      if (value.key !== newKey) throw unexpected(answer, 'is about another key');
      if (value.token_id != null) requireSame(answer, newTokenId, value.token_id);
      return { tokenId: newTokenId, ...(value.expires == null ? {} : { expires: value.expires }) };
    },

    async newAdminUser(userId, signal) {
      const body = { user_id: userId, user_role: 'proxy_admin', auto_create_key: false };
      const exchange: Exchange = { method: 'POST', path: '/user/new', body };
      // A repeat would hear that the user it made exists.
      const kind = { lane: 'ordinary', repeatable: false, signal } as const;
      const { value, answer } = await call(newUserAnswer, exchange, kind);
      if (value.user_id !== userId) throw unexpected(answer, 'is about another user');
    },
  };
}
