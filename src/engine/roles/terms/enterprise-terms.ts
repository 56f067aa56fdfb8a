import { flag } from '../../fields/field-types.ts';
import { hasNegative } from '../../fields/json-text.ts';
import { freeMap } from '../../fields/json-values.ts';
import { nameList } from '../../fields/texts.ts';
import { term } from './term.ts';

const edition = 'enterprise';
const answeredIn = 'metadata';

/** What LiteLLM takes only with a licence. */
export const enterpriseTerms = {
  model_max_budget: term({
    type: freeMap('a map such as {"gpt-4o":{"budget_limit":5,"time_period":"1d"}}'),
    stored: 'modelMaxBudget',
    description: 'Budgets by model, in JSON: {"gpt-4o":{"budget_limit":5,"time_period":"1d"}}.',
    edition,
    check: (budgets) => (hasNegative(budgets) ? 'must not have a negative number in it' : undefined),
  }),
  tags: term({
    type: nameList,
    stored: 'tags',
    description: 'Tags, for tracking spend and routing.',
    edition,
    answeredIn,
  }),
  guardrails: term({
    type: nameList,
    stored: 'guardrails',
    description: 'Guardrails of every call.',
    edition,
    answeredIn,
  }),
  policies: term({ type: nameList, stored: 'policies', description: 'Policies of every call.', edition, answeredIn }),
  prompts: term({ type: nameList, stored: 'prompts', description: 'Prompts that a key may use.', edition, answeredIn }),
  enforced_params: term({
    type: nameList,
    stored: 'enforcedParams',
    description: 'Parameters that every call must have, such as user.',
    edition,
    answeredIn,
  }),
  allowed_passthrough_routes: term({
    type: nameList,
    stored: 'allowedPassthroughRoutes',
    description: 'Pass-through routes that a key may call.',
    edition,
    answeredIn,
  }),
  denied_passthrough_routes: term({
    type: nameList,
    stored: 'deniedPassthroughRoutes',
    description: 'Pass-through routes that a key may not call.',
    edition,
    answeredIn,
  }),
  disable_global_guardrails: term({
    type: flag,
    stored: 'disableGlobalGuardrails',
    description: "Whether calls skip the proxy's own guardrails.",
    edition,
    answeredIn,
  }),
} as const;
