import * as v from 'valibot';
import type { FieldSchema } from '../../sdk/framework/field-schema.ts';
import { nameString } from '../../sdk/framework/field-type.ts';
import { UserMistake } from '../fault/user-mistake.ts';

/** It stands in every alias, which LiteLLM may hold to 255 characters, and in the storage's key. */
const maxLength = 128;
/** Of a name that is only looked up: older versions wrote longer ones, and no storage has to bear one that is endless. */
const maxLookedUp = 1024;

/** The field of a path that names a role. A role that is written is held to more: {@link roleNameFault}. */
export const roleNameField = (description: string): FieldSchema<string> => ({
  type: v.pipe(nameString, v.maxLength(maxLookedUp, `must have at most ${maxLength} characters`)),
  description,
  required: true,
});

/** What keeps a role of this name from being written; undefined where nothing does. */
export function roleNameFault(name: string): string | undefined {
  if (name.length > maxLength) return `"name": must have at most ${maxLength} characters`;
  // Vault's storage takes such a key for a relative path, OpenBao's does not: refused on both.
  return name.includes('..') ? '"name": must not have two dots in a row' : undefined;
}

/** Throws a `UserMistake` where a role of this name cannot be written. */
export function requireWritableName(name: string): void {
  const fault = roleNameFault(name);
  if (fault !== undefined) throw new UserMistake(fault);
}
