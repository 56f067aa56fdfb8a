import { type KeyTerms, termRows, termValue } from './key-terms.ts';
import { isUnset, type Term } from './terms/term.ts';

/** A term that a role sets: what LiteLLM is asked for under its field's name. */
export interface AskedTerm {
  readonly field: string;
  readonly row: Term<unknown>;
  readonly asked: unknown;
}

/** What a role becomes in a request for a key. */
export interface KeyParams {
  /** By LiteLLM's names; nothing that is unset. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What to look for in LiteLLM's answer, besides models and max_budget. */
  readonly asked: readonly AskedTerm[];
  /** The role's models in order, as JSON. */
  readonly sortedModels: string;
}

const prepared = new WeakMap<KeyTerms, KeyParams>();

/** What terms become, made once for an entry: a role may have thousands of models. */
export function keyParams(terms: KeyTerms): KeyParams {
  const known = prepared.get(terms);
  if (known !== undefined) return known;
  const made = prepare(terms);
  prepared.set(terms, made);
  return made;
}

/** Always compared, whether a role sets them or not. */
const alwaysCompared: ReadonlySet<string> = new Set(['models', 'max_budget']);

function prepare(terms: KeyTerms): KeyParams {
  const params: Record<string, unknown> = {};
  const asked: AskedTerm[] = [];
  for (const [field, row] of termRows) {
    const value = termValue(terms, row);
    if (isUnset(value)) continue;
    const own = row.spread?.(value) ?? { [field]: row.sent === undefined ? value : row.sent(value) };
    for (const [name, sent] of Object.entries(own)) {
      if (sent === undefined) continue;
      params[name] = sent;
      if (row.answeredIn !== 'nowhere' && !alwaysCompared.has(name)) asked.push({ field: name, row, asked: sent });
    }
  }
  return { params, asked, sortedModels: JSON.stringify(terms.models.toSorted()) };
}
