import type { GeneratedKey } from '../../litellm/key.ts';
import { type AskedTerm, keyParams } from './key-params.ts';
import type { KeyTerms } from './key-terms.ts';

/** Warnings about what LiteLLM's settings, or its version, changed of a role. */
export function limitDifferences(
  terms: KeyTerms,
  { models, maxBudget, told }: Pick<GeneratedKey, 'models' | 'maxBudget' | 'told'>,
): readonly string[] {
  const { sortedModels, asked } = keyParams(terms);
  const warnings: string[] = [];
  if (!sameModels(models, terms.models, sortedModels)) {
    warnings.push(
      `LiteLLM gave this key other models than its role names: ${list(models)} and not ${list(terms.models)}`,
    );
  }
  const wanted = terms.maxBudget > 0 ? terms.maxBudget : undefined;
  if (maxBudget !== wanted) {
    warnings.push(
      `LiteLLM gave this key another max_budget than its role: ${budget(maxBudget)} and not ${budget(wanted)}`,
    );
  }
  for (const term of asked) {
    const effective = effectiveValue(told, term);
    if (!covers(effective, term.asked)) warnings.push(difference(term, effective));
  }
  return warnings;
}

/** What LiteLLM made of the shown settings of a role, by field name; an empty value for none. */
export function effectiveTerms(terms: KeyTerms, { told }: GeneratedKey): Readonly<Record<string, unknown>> {
  const shown = keyParams(terms).asked.filter(({ row }) => row.shown);
  return Object.fromEntries(
    shown.map((term) => [term.field, effectiveValue(told, term) ?? term.row.type.fieldType.zero]),
  );
}

function effectiveValue(told: Readonly<Record<string, unknown>>, { field, row }: AskedTerm): unknown {
  const metadata = told['metadata'];
  const inMetadata = typeof metadata === 'object' && metadata !== null ? own(metadata, field) : undefined;
  switch (row.answeredIn) {
    case 'answer':
      return own(told, field) ?? undefined;
    case 'metadata':
      return inMetadata ?? undefined;
    case 'either':
      return own(told, field) ?? inMetadata ?? undefined;
    case 'nowhere':
      return undefined;
  }
}

function own(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (Reflect.get(object, name) as unknown) : undefined;
}

/** Whether a value has all that was asked for. LiteLLM adds what it computes, such as when a budget resets. */
function covers(value: unknown, asked: unknown): boolean {
  if (typeof asked !== 'object' || asked === null) return value === asked;
  if (typeof value !== 'object' || value === null || Array.isArray(value) !== Array.isArray(asked)) return false;
  if (Array.isArray(value) && value.length !== Object.keys(asked).length) return false;
  return Object.entries(asked).every(([name, inner]) => covers(own(value, name), inner));
}

function difference({ field, row, asked }: AskedTerm, effective: unknown): string {
  const values = row.shown ? `: ${shown(effective)} and not ${shown(asked)}` : '';
  const why =
    effective === undefined ? "; this version may not know it, or have it under the proxy's own settings" : '';
  return `LiteLLM gave this key another ${field} than its role${values}${why}`;
}

const longest = 200;

function shown(value: unknown): string {
  if (value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest)}...`;
}

/** In any order; most often in the same one, and then often the very same list. */
function sameModels(given: readonly string[], wanted: readonly string[], sorted: string): boolean {
  if (given === wanted) return true;
  if (given.length !== wanted.length) return false;
  return given.every((model, index) => model === wanted[index]) || JSON.stringify(given.toSorted()) === sorted;
}

function budget(value: number | undefined): string {
  if (value === undefined) return 'no limit';
  return value === 0 ? '0, which refuses every call,' : String(value);
}

function list(models: readonly string[]): string {
  const most = 10;
  if (models.length === 0) return 'all';
  return models.length <= most
    ? models.join(', ')
    : `${models.slice(0, most).join(', ')} and ${models.length - most} more`;
}
