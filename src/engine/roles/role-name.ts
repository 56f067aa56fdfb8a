import * as v from 'valibot';
import type { FieldSchema } from '../../sdk/framework/field-schema.ts';
import { nameString } from '../../sdk/framework/field-type.ts';

/** It stands in every alias, which LiteLLM may hold to 255 characters, and in the storage's key. */
const maxLength = 128;

/** The field of a path that names a role. */
export const roleNameField = (description: string): FieldSchema<string> => ({
  type: v.pipe(
    nameString,
    v.maxLength(maxLength, `must have at most ${maxLength} characters`),
    // Vault's storage takes such a key for a relative path, OpenBao's does not: refused on both.
    v.check((name) => !name.includes('..'), 'must not have two dots in a row'),
  ),
  description,
  required: true,
});
