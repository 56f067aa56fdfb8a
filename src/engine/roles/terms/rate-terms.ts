import { hasTemplate } from '../../../sdk/framework/identity.ts';
import { shownName } from '../../../sdk/framework/unknown-fields.ts';
import { limit, limit32, limitsByName } from '../../fields/limits.ts';
import { oneOf } from '../../fields/texts.ts';
import type { BaseTerms } from '../base-terms.ts';
import { term } from './term.ts';

const limitTypes = ['guaranteed_throughput', 'best_effort_throughput', 'dynamic', ''] as const;
const limitTypeMeaning =
  'guaranteed_throughput: LiteLLM makes no key that its model or team has no room for; best_effort_throughput: it ' +
  'does; dynamic: the limit holds only while a model is short.';

/** How fast a key may call. */
export const rateTerms = {
  tpm_limit: term({ type: limit, stored: 'tpmLimit', description: 'Tokens a minute. 0 is no limit.' }),
  rpm_limit: term({ type: limit, stored: 'rpmLimit', description: 'Requests a minute. 0 is no limit.' }),
  tpd_limit: term({ type: limit, stored: 'tpdLimit', description: 'Tokens a day. 0 is no limit.' }),
  max_parallel_requests: term({
    type: limit32,
    stored: 'maxParallelRequests',
    description: 'Requests at once. 0 is no limit.',
  }),
  model_tpm_limit: term({
    type: limitsByName,
    stored: 'modelTpmLimit',
    description: 'Tokens a minute by model: gpt-4o=1000, several with commas or in JSON. 0 is no limit.',
    answeredIn: 'metadata',
    check: requireModels,
    sent: withoutZeros,
  }),
  model_rpm_limit: term({
    type: limitsByName,
    stored: 'modelRpmLimit',
    description: 'Requests a minute by model: gpt-4o=10, several with commas or in JSON. 0 is no limit.',
    answeredIn: 'metadata',
    check: requireModels,
    sent: withoutZeros,
  }),
  tpm_limit_type: term({
    type: oneOf(limitTypes),
    stored: 'tpmLimitType',
    description: `What tpm_limit means. ${limitTypeMeaning}`,
    allowedValues: limitTypes,
    answeredIn: 'metadata',
  }),
  rpm_limit_type: term({
    type: oneOf(limitTypes),
    stored: 'rpmLimitType',
    description: `What rpm_limit means. ${limitTypeMeaning}`,
    allowedValues: limitTypes,
    answeredIn: 'metadata',
  }),
} as const;

/** A limit for a model that a key may not call limits nothing, and is most often misspelt. */
function requireModels(limits: Readonly<Record<string, number>>, { models }: BaseTerms): string | undefined {
  if (models.length === 0 || models.some(namesSeveral)) return undefined;
  const other = Object.keys(limits).find((name) => !models.includes(name));
  if (other === undefined) return undefined;
  return `limits a model that models does not name, by ${shownName(other)}: add it to models, or leave its limit out`;
}

/** A wildcard, LiteLLM's name for a group of models (`all-team-models`), or a template. */
function namesSeveral(model: string): boolean {
  return model.includes('*') || model.startsWith('all-') || hasTemplate(model);
}

function withoutZeros(limits: Readonly<Record<string, number>>): unknown {
  const set = Object.entries(limits).filter(([, most]) => most > 0);
  return set.length === 0 ? undefined : Object.fromEntries(set);
}
