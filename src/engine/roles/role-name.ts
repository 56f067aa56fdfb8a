import * as v from 'valibot';
import type { FieldSchema } from '../../sdk/framework/field-schema.ts';
import { nameString } from '../../sdk/framework/field-type.ts';
import { UserMistake } from '../fault/user-mistake.ts';

/** It is part of every alias, which LiteLLM may limit to 255 characters, and of the storage's key. */
const maxLength = 128;
/** For a name that is only looked up: older versions wrote longer ones, and no storage must bear an endless one. */
const maxLookedUp = 1024;

/** The field of a path that names a role. A write allows less: {@link roleNameFault}. */
export const roleNameField = (description: string): FieldSchema<string> => ({
  type: v.pipe(nameString, v.maxLength(maxLookedUp, `must have at most ${maxLength} characters`)),
  description,
  required: true,
});

/** Why a role of this name cannot be written; undefined if it can. */
export function roleNameFault(name: string): string | undefined {
  if (name.length > maxLength) return `"name": must have at most ${maxLength} characters`;
  // Vault's storage reads such a key as a relative path, OpenBao's does not: refused on both.
  return name.includes('..') ? '"name": must not have two dots in a row' : undefined;
}

/** Throws a `UserMistake` if a role of this name cannot be written. */
export function requireWritableName(name: string): void {
  const fault = roleNameFault(name);
  if (fault !== undefined) throw new UserMistake(fault);
}
