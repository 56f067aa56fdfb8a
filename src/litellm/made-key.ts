import type * as v from 'valibot';
import { requireSame, unexpected } from './checked-call.ts';
import type { GeneratedKey } from './key.ts';
import type { lastingAnswer } from './schema.ts';
import { sha256 } from './sha256.ts';
import type { Answer } from './transport.ts';

type Row = v.InferOutput<typeof lastingAnswer>;

/**
 * What LiteLLM tells of a key that it was asked to make, without the key itself. Throws unless it is about that `key`.
 */
export function madeKey(value: Row, answer: Answer, key: string): Omit<GeneratedKey, 'expires' | 'lifetime'> {
  const tokenId = sha256(key);
  if (value.key !== key) throw unexpected(answer, 'is about another key');
  requireSame(answer, tokenId, value.token_id ?? value.token, value.token ?? value.token_id);
  const { key: _key, ...told } = value;
  const { key_alias: keyAlias, models, max_budget: maxBudget } = told;
  return { tokenId, keyAlias, models, ...(maxBudget == null ? {} : { maxBudget }), told };
}
