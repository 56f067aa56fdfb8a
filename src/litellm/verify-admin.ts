import * as v from 'valibot';
import { type CheckedCall, ending, ordinary } from './checked-call.ts';
import { KeyNotFoundError, RequestRejectedError } from './error.ts';
import { deleteAnswer, listAnswer } from './schema.ts';
import { sha256 } from './sha256.ts';

/** Nobody's user id: only an administrator may list the keys of another user. */
const somebodyElse = 'vault-plugin-secrets-litellm-verification';

/** Not a key: LiteLLM refuses any that does not begin with `sk-`. */
const impossibleKey = 'vault-plugin-secrets-litellm-verification';

/** See `Client.verifyAdmin`. */
export async function verifyAdmin(call: CheckedCall, signal?: AbortSignal): Promise<void> {
  const query = { size: '1', user_id: somebodyElse };
  await call(listAnswer, { method: 'GET', path: '/key/list', query }, { ...ordinary, signal });
  await verifyWriting(call, signal);
}

/**
 * Asks for a key that no LiteLLM makes, since its value does not begin with `sk-`: only a caller who may write keys
 * gets as far as that error, and a proxy that lets nobody choose a key says so first.
 */
async function verifyWriting(call: CheckedCall, signal: AbortSignal | undefined): Promise<void> {
  const body = { key: impossibleKey, duration: '1s' };
  try {
    await call(v.unknown(), { method: 'POST', path: '/key/generate', body }, { ...ordinary, signal });
    // LiteLLM 1.74 accepts any value. Nobody can use such a key, and it lives for a second.
    const keys = [sha256(impossibleKey)];
    await call(deleteAnswer, { method: 'POST', path: '/key/delete', body: { keys } }, { ...ending, signal });
  } catch (error) {
    // Somebody else verified at the same time, and deleted it.
    if (error instanceof KeyNotFoundError) return;
    // What else is wrong with this request may be right with a role's.
    if (!(error instanceof RequestRejectedError) || error.status === 403) throw error;
  }
}
