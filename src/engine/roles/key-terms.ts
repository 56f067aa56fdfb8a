import * as v from 'valibot';
import type { FieldSchema } from '../../sdk/framework/field-schema.ts';
import { readAs } from '../fields/conversion.ts';
import type { BaseTerms } from './base-terms.ts';
import { basicTerms } from './terms/basic-terms.ts';
import { budgetTerms } from './terms/budget-terms.ts';
import { enterpriseTerms } from './terms/enterprise-terms.ts';
import { extraParamsTerm } from './terms/extra-params.ts';
import { ownerTerms } from './terms/owner-terms.ts';
import { rateTerms } from './terms/rate-terms.ts';
import { reachTerms } from './terms/reach-terms.ts';
import type { Term, TermFields, Terms, TermValues } from './terms/term.ts';

const ownTerms = {
  ...basicTerms,
  ...budgetTerms,
  ...rateTerms,
  ...ownerTerms,
  ...reachTerms,
  ...enterpriseTerms,
};

/**
 * The one table of what a role may say of its keys, by field name. Path, help, OpenAPI, stored form, the request to
 * LiteLLM, the comparison with its answer and the documentation come from it: a new row is a new field.
 */
export const keyTerms = {
  ...ownTerms,
  extra_params: extraParamsTerm([...Object.keys(ownTerms), 'extra_params', 'ttl', 'max_ttl']),
};

/** What a role says of its keys, as it is stored. */
export type KeyTerms = BaseTerms & TermValues<typeof keyTerms>;

/** The table, for code that goes through all of its rows. */
export const termRows: readonly (readonly [string, Term<unknown>])[] = Object.entries<Term<unknown>>(keyTerms);

/** What an entry has for a row; undefined if it was never written. */
export function termValue(entry: object, row: Term<unknown>): unknown {
  return Reflect.get(entry, row.stored) as unknown;
}

const someTemplates = 'May hold templates such as {{identity.entity.name}} or {{role}}.';

/** The fields that rows become, with help and OpenAPI. `templates` is what the help says of templates. */
export function termFields<R extends Terms>(terms: R, templates = someTemplates): TermFields<R> {
  const fields = Object.entries(terms).map(([name, row]): readonly [string, FieldSchema<unknown>] => [
    name,
    {
      type: row.type,
      description: described(row, templates),
      ...(row.default === undefined ? {} : { default: row.default }),
      // An empty text means nothing is said, and client generators stumble over it.
      ...(row.allowedValues === undefined ? {} : { allowedValues: row.allowedValues.filter((value) => value !== '') }),
    },
  ]);
  return Object.fromEntries(fields) as TermFields<R>;
}

function described({ description, edition, ...row }: Term<unknown>, templates: string): string {
  return [
    description,
    ...(edition === 'enterprise' ? ['Needs a licence of LiteLLM.'] : []),
    ...(row.templates === true ? [templates] : []),
  ].join(' ');
}

/** The rows as entries of a stored object's schema. */
export function storedTerms(): Readonly<Record<string, v.GenericSchema>> {
  const schemas = termRows.map(([, row]): readonly [string, v.GenericSchema] => {
    const schema = row.storedAs ?? unchangedBy(row);
    return [row.stored, row.mustBeStored === true ? schema : v.optional(schema, row.default)];
  });
  return Object.fromEntries(schemas);
}

/** Accepts what the field's type leaves unchanged, so that what is read is what was stored. */
function unchangedBy({ type }: Term<unknown>): v.GenericSchema {
  return v.custom<unknown>((stored) => {
    const reading = readAs(type, stored);
    return 'value' in reading && JSON.stringify(reading.value) === JSON.stringify(stored);
  });
}

/** The terms of an entry, with those that a write names over the old ones. */
export function mergedTerms(existing: object | undefined, sent: (field: string) => unknown): KeyTerms {
  const values = termRows.map(([name, row]): readonly [string, unknown] => {
    const kept = existing === undefined ? undefined : termValue(existing, row);
    return [row.stored, sent(name) ?? kept ?? row.default];
  });
  return Object.fromEntries(values) as unknown as KeyTerms;
}

/** The terms of an entry as a read shows them. */
export function shownTerms(entry: KeyTerms): Readonly<Record<string, unknown>> {
  const values = termRows.map(([name, row]): readonly [string, unknown] => [name, termValue(entry, row)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}
