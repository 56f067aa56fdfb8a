import { expect } from 'bun:test';
import { hashKey } from '../litellm/stored-key.ts';

/** A key that no proxy knows. */
export const wrongKey = 'sk-test-not-a-real-key-never-made';
/** The hash of a key that no proxy knows. */
export const missingId = hashKey('sk-test-not-a-real-key-missing');

/** LiteLLM's own shape of an error. */
export const proxyError = (code: number, type: string, param: unknown, message: unknown) => ({
  error: { message, type, param, code: String(code) },
});
/** What update and block say of a missing key. */
export const keyNotFound = proxyError(404, 'not_found_error', 'key', 'Key not found.');
/** What delete says of missing keys. */
export const noKeysFound = proxyError(404, 'internal_server_error', null, "{'error': 'No keys found'}");
/** What a caller with an unknown or deleted key is told. */
export const unknownKey = proxyError(
  401,
  'token_not_found_in_db',
  'key',
  expect.stringContaining('Invalid proxy server token passed'),
);
/** What an ordinary key is told on the routes of administrators. */
export const adminOnly = proxyError(
  401,
  'auth_error',
  'None',
  expect.stringContaining('Only proxy admin can be used to generate, delete, update info'),
);
/** What a key of another type is told. */
export const wrongRoute = { detail: expect.stringContaining('Virtual key is not allowed to call this route.') };
/** What a key without this model is told. */
export const modelRefused = proxyError(
  403,
  'key_model_access_denied',
  'model',
  expect.stringContaining('is not available'),
);
/** An alias of a form that is refused. */
export const invalidAlias = proxyError(400, 'bad_request_error', 'key_alias', 'Invalid key_alias');
/** An alias that another key has. */
export const aliasTaken = proxyError(400, 'bad_request_error', 'key_alias', expect.stringContaining('already exists'));
/** A key whose budget is spent. */
export const overBudget = proxyError(
  422,
  'budget_exceeded',
  null,
  expect.stringContaining('Budget has been exceeded!'),
);
/** A body or a query that cannot be read: the kind of mistake and where it is. */
export const unprocessable = (type: string, ...loc: readonly string[]) => ({
  detail: [expect.objectContaining({ type, loc, msg: expect.any(String) })],
});
/** The answer of a mocked model. */
export const mocked = (model: string) => ({ choices: [{ message: { content: `Hello from the mocked ${model}.` } }] });
/** Asks for the keys of somebody else, which only an administrator may. */
export const somebodyElse = '/key/list?size=1&user_id=nobody-of-this-name';
