import { pythonFloat } from './access.ts';
import { proxyError, unprocessable } from './refusal.ts';
import { keyTypes, type KeyType } from './stored-key.ts';

/** Throws unless a budget may be one. */
export function checkBudget(maxBudget: number | null, type: string, param: string | null): void {
  if (maxBudget === null || maxBudget >= 0) return;
  const text = `max_budget must be a non-negative finite number. Received: ${pythonFloat(maxBudget)}`;
  throw proxyError(400, type, param, `{'error': '${text}'}`);
}

/** Throws for control characters, and `..` between slashes. */
export function checkAlias(alias: string | null): void {
  if (alias === null || !/\p{Cc}|(?:^|\/)\.\.(?:\/|$)/u.test(alias)) return;
  throw proxyError(400, 'bad_request_error', 'key_alias', 'Invalid key_alias');
}

/** The type of a key; throws for what is none. */
export function readKeyType(text: string | null): KeyType {
  const type = keyTypes.find((name) => name === (text ?? 'default'));
  if (type !== undefined) return type;
  const message = "Input should be 'llm_api', 'management', 'read_only' or 'default'";
  throw unprocessable('enum', ['body', 'key_type'], message);
}

/** What LiteLLM says of a key that is not there. */
export function keyNotFound(text: string) {
  return proxyError(404, 'not_found_error', 'key', text);
}
