import type { Fields } from './fields.ts';
import { proxyError, type JSONAnswer } from './refusal.ts';
import { abbreviate, hashKey, keyRow, toTokenId, type KeyTable } from './stored-key.ts';

/** What it stands on. */
export interface RegenerateContext {
  readonly keys: KeyTable;
  readonly licenseType: string;
  readonly now: () => Date;
}

/**
 * Gives a key another value. Never seen, since no licence is at hand. Source: `regenerate_key_fn` and
 * `_execute_virtual_key_regeneration` in litellm/proxy/management_endpoints/key_management_endpoints.py.
 */
export function regenerate(
  { keys, licenseType, now }: RegenerateContext,
  fields: Fields,
  name: string | null,
): JSONAnswer {
  const refuse = (status: number, text: string) => proxyError(status, 'internal_server_error', null, text);
  if (licenseType === 'community') {
    throw refuse(500, 'Regenerating Virtual Keys is an Enterprise feature, You must be a LiteLLM Enterprise user.');
  }
  if (name === null) throw refuse(400, "{'error': 'No key passed in.'}");
  const key = keys.find(toTokenId(name));
  if (key === undefined) throw refuse(404, `{'error': 'Key ${name} not found.'}`);
  const value = fields.string('new_key') ?? `sk-${crypto.randomUUID().replaceAll('-', '')}`;
  if (!value.startsWith('sk-')) throw refuse(400, "{'error': \"New key must start with 'sk-'.\"}");
  if (value.length < 16) throw refuse(400, "{'error': 'New key must be at least 16 characters long.'}");
  // Everything else stays, the alias, the spend and the end among it.
  const tokenId = hashKey(value);
  keys.delete(key.tokenId, now());
  const made = keys.put({ ...key, tokenId, keyName: abbreviate(value), updatedAt: now() });
  return { status: 200, body: { ...keyRow(made), key: value, token_id: tokenId, token: null } };
}
