import { countCodePoints } from '../../sdk/framework/code-points.ts';
import { hasTemplate } from '../../sdk/framework/identity.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { checkResolvedTerms, checkTerms, unsafeInAlias } from '../roles/check-role.ts';
import { type KeyTerms, termValue } from '../roles/key-terms.ts';
import type { Owners } from '../roles/require-owners.ts';
import { templatedRows } from '../roles/templates.ts';

/** LiteLLM takes no longer alias if it validates them; a former key's has a random end as well. */
const longestAlias = 255 - '-former-0123456789'.length;

/**
 * Terms of a static role with their templates resolved. Throws {@link UserMistake} if no key could be made from them,
 * and for a template that asks who calls: a static role makes its key when nobody does.
 */
export function resolvedTerms(name: string, terms: KeyTerms): KeyTerms {
  checkTerms(name, terms);
  const rows = templatedRows(terms);
  if (rows.length === 0) return terms;
  const values = rows.map(([field, row]): readonly [string, unknown] => [
    row.stored,
    withTexts(termValue(terms, row), (text) => resolved(field, text, name)),
  ]);
  const result: KeyTerms = { ...terms, ...Object.fromEntries(values) };
  checkResolvedTerms(name, result);
  return result;
}

/** Whom a role's key belongs to. Throws {@link UserMistake} as {@link resolvedTerms} does. */
export function ownersOf(name: string, terms: KeyTerms): Owners {
  const { teamId, userId } = resolvedTerms(name, terms);
  return { teamId: teamId === '' ? undefined : teamId, userId: userId === '' ? undefined : userId };
}

function resolved(field: string, text: string, name: string): string {
  const result = text.replaceAll(/\{\{\s*role\s*\}\}/g, () => name);
  if (!hasTemplate(result)) return result;
  throw new UserMistake(
    `in ${field}, a template has no value: a static role makes its key by itself and not for a caller, so only {{role}} ` +
      'is known then. Write the text itself, or use roles/ for keys that belong to whoever asks',
  );
}

/** A row's value with each of its texts replaced; the names in a map stay as they are. */
function withTexts(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return replace(value);
  const replaced = Object.entries(value ?? {}).map(([name, item]) => [name, withTexts(item, replace)] as const);
  return Array.isArray(value) ? replaced.map(([, item]) => item) : Object.fromEntries(replaced);
}

/** The alias that a static role's key gets if no other is written. */
export function defaultAlias(name: string, { keyAliasPrefix }: KeyTerms): string {
  return `${keyAliasPrefix}-${name}`;
}

/** Throws {@link UserMistake} for an alias that LiteLLM would not take, or that has templates. */
export function checkAlias(alias: string): void {
  if (countCodePoints(alias) > longestAlias) {
    throw new UserMistake(`key_alias must have at most ${longestAlias} characters: LiteLLM may hold an alias to 255`);
  }
  if (hasTemplate(alias))
    throw new UserMistake('key_alias takes no templates, and has "{{" in it: write the alias itself');
  if (unsafeInAlias.test(alias)) {
    throw new UserMistake('key_alias has a "../" in it, which LiteLLM refuses in an alias: leave it out');
  }
}
