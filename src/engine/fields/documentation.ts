import { defineFields } from '../../sdk/framework/field-schema.ts';
import { stringSlice } from '../../sdk/framework/field-type.ts';
import type { OperationResponse } from '../../sdk/framework/path.ts';

/** The id of every operation in OpenAPI begins with this: a generated client has functions of these names. */
export const operationPrefix = 'litellm';

type Responses = Readonly<Record<number, OperationResponse>>;

/** The answers to a write. */
export const storedResponses: Responses = {
  200: { description: 'Stored; the answer has warnings, and no data.' },
  204: { description: 'Stored.' },
};

/** The answer to a deletion. */
export const deletedResponses: Responses = { 204: { description: 'Deleted, or not there.' } };

/** The answer to a list of `what`; if there are none, a 404. */
export function listResponses(what: string): Responses {
  const fields = defineFields({ keys: { type: stringSlice, description: `The ${what}.` } });
  return { 200: { description: `The ${what}; if there are none, the answer is a 404.`, fields } };
}
