import type { Fault } from './litellm/faults.ts';

/** What LiteLLM answers of a key that it does not find: because it is gone, or because its database lags. */
export const keyNotFound: Pick<Fault, 'kind' | 'status' | 'body'> = {
  kind: 'status',
  status: 404,
  body: { error: { message: 'Key not found.', type: 'not_found_error', param: 'key', code: '404' } },
};

/** What LiteLLM answers a caller that may not block keys. */
export const mayNotBlock: Pick<Fault, 'kind' | 'status' | 'body'> = {
  kind: 'status',
  status: 403,
  body: { error: { message: 'Not allowed to block this key.', type: 'auth_error', param: 'None', code: '403' } },
};
