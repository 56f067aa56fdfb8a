import { countCodePoints } from '../../sdk/framework/code-points.ts';
import { hasTemplate } from '../../sdk/framework/identity.ts';
import { shownName } from '../../sdk/framework/unknown-fields.ts';
import { refuseUnstorable } from '../fields/json-text.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { keyMetadataPrefix } from './key-metadata.ts';
import { metadataSetting } from './metadata-settings.ts';
import { type KeyTerms, termRows, termValue } from './key-terms.ts';
import type { RoleEntry } from './role-entry.ts';
import { checkTemplates } from './templates.ts';

const maxPrefixLength = 128;
/** LiteLLM takes no longer alias if it validates them. */
const maxAliasLength = 255;
/** What an alias has besides the prefix and the role: two hyphens and the random part. */
const restOfAlias = 18;
/** LiteLLM refuses control characters, line separators and `..` between slashes in an alias. */
export const unsafeInAlias = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|(?:^|\/)\.\.\//;

/** Throws {@link UserMistake}, which quotes no sent text, if no key could be issued from the role. */
export function checkedRole(name: string, role: RoleEntry): RoleEntry {
  const { ttl, maxTTL } = role;
  if (maxTTL > 0 && ttl > maxTTL) {
    throw new UserMistake(`ttl (${ttl} s) is longer than max_ttl (${maxTTL} s): shorten ttl or raise max_ttl`);
  }
  checkTerms(name, role);
  return role;
}

/** The same for the terms of a role's keys. `name` is the role's. */
export function checkTerms(name: string, terms: KeyTerms): void {
  const { keyAliasPrefix } = terms;
  checkTemplates(terms);
  // A template is checked once it is resolved.
  if (!hasTemplate(keyAliasPrefix)) checkPrefix(name, keyAliasPrefix);
  checkTexts(terms);
  for (const [field, row] of termRows) {
    const value = termValue(terms, row);
    if (value === undefined) continue;
    const refusal = refuseNames(value) ?? refuseUnstorable(value) ?? row.check?.(value, terms);
    if (refusal !== undefined) throw new UserMistake(`${field} ${refusal}`);
  }
}

/** The same for what may have templates, once they are resolved. */
export function checkResolvedTerms(name: string, terms: KeyTerms): void {
  checkPrefix(name, terms.keyAliasPrefix);
  checkTexts(terms);
}

function checkTexts({ models, keyAliasPrefix, metadata }: KeyTerms): void {
  if (models.includes('')) {
    throw new UserMistake('models has an empty name in it: leave it out, or leave models empty to allow all');
  }
  if ([keyAliasPrefix, models, metadata].some((value) => refuseUnstorable(value) !== undefined)) {
    throw new UserMistake(
      'key_alias_prefix, models or metadata has a NUL character or half a surrogate pair in it, which LiteLLM cannot store: leave it out',
    );
  }
  for (const label of Object.keys(metadata)) checkLabel(label);
}

function refuseNames(value: unknown): string | undefined {
  return Array.isArray(value) && value.includes('') ? 'has an empty name in it: leave it out' : undefined;
}

function checkPrefix(name: string, prefix: string): void {
  const length = countCodePoints(prefix);
  if (length === 0 || length > maxPrefixLength) {
    throw new UserMistake(`key_alias_prefix must have 1 to ${maxPrefixLength} characters`);
  }
  const most = maxAliasLength - restOfAlias - name.length;
  if (length > most) {
    throw new UserMistake(
      `key_alias_prefix must have at most ${most} characters for a role with a name of ${name.length}: LiteLLM may hold an alias to ${maxAliasLength}`,
    );
  }
  if (unsafeInAlias.test(prefix)) {
    throw new UserMistake(
      'key_alias_prefix has a control character or a "../" in it, which LiteLLM refuses in an alias: leave it out',
    );
  }
}

/** Throws {@link UserMistake} if a key's metadata must not have this name. */
export function checkLabel(label: string): void {
  if (label === '') throw new UserMistake('metadata has an empty name in it: give it one');
  if (label.startsWith(keyMetadataPrefix)) {
    throw new UserMistake(
      `metadata must not name ${shownName(label)}: names that begin with ${keyMetadataPrefix} are the engine's own`,
    );
  }
  const setting = metadataSetting(label);
  if (setting !== undefined) {
    throw new UserMistake(
      `metadata must not name "${label}": LiteLLM reads it as ${setting.kind}. Only labels belong here: ${setting.instead}`,
    );
  }
}
