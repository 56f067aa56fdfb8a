import { hasTemplate, validateIdentityTemplate } from '../../sdk/framework/identity.ts';
import { IdentityTemplateError } from '../../sdk/framework/identity-template-error.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { type KeyTerms, termRows, termValue } from './key-terms.ts';
import type { Term } from './terms/term.ts';

/** Names of a role's templates besides those of a policy. */
export const templateNames = ['role'] as const;

const rowsWithTemplates = termRows.filter(([, row]) => row.templates === true);
/** What is sent as it is, is not checked. */
const rowsWithout = termRows.filter(([, row]) => row.templates !== true && row.spread === undefined);

const found = new WeakMap<KeyTerms, typeof termRows>();

/** The rows that hold templates of a role, found once for an entry: a role may have thousands of models. */
export function templatedRows(terms: KeyTerms): typeof termRows {
  const known = found.get(terms);
  if (known !== undefined) return known;
  const rows = rowsWithTemplates.filter(([, row]) => textsOf(terms, row).some(hasTemplate));
  found.set(terms, rows);
  return rows;
}

/**
 * Throws a {@link UserMistake} for a template that no request could resolve, and for one in a field that resolves none.
 */
export function checkTemplates(terms: KeyTerms): void {
  for (const [field, row] of rowsWithout) {
    if (!textsOf(terms, row).some(hasTemplate)) continue;
    const able = rowsWithTemplates.map(([name]) => name).join(', ');
    throw new UserMistake(`${field} takes no templates, and has "{{" in it. These fields take them: ${able}`);
  }
  for (const [field, row] of templatedRows(terms)) {
    try {
      for (const text of textsOf(terms, row)) if (hasTemplate(text)) validateIdentityTemplate(text, templateNames);
    } catch (error) {
      if (!(error instanceof IdentityTemplateError)) throw error;
      throw new UserMistake(`in ${field}, ${error.message}`, { cause: error });
    }
  }
}

/** A row's value with each of its texts replaced, one after another; the names in a map stay as they are. */
export async function withTexts(value: unknown, replace: (text: string) => Promise<string>): Promise<unknown> {
  if (typeof value === 'string') return await replace(value);
  const replaced: [string, unknown][] = [];
  for (const [name, item] of Object.entries(value ?? {})) replaced.push([name, await withTexts(item, replace)]);
  return Array.isArray(value) ? replaced.map(([, item]) => item) : Object.fromEntries(replaced);
}

function textsOf(terms: KeyTerms, row: Term<unknown>): readonly string[] {
  const value = termValue(terms, row);
  if (typeof value === 'string') return [value];
  return Object.values(value ?? {}).filter((item) => typeof item === 'string');
}
