import { amount } from '../../fields/field-types.ts';
import { listOf, mapOf, record } from '../../fields/json-values.ts';
import { budgetWindow, optionalWindow } from '../../fields/limits.ts';
import { id, nameList } from '../../fields/texts.ts';
import { term } from './term.ts';

const aBudgetWindow = 'a map with budget_duration and max_budget';
const budgetWindows =
  'a list such as [{"budget_duration":"1d","max_budget":5},{"budget_duration":"30d","max_budget":50}]';
const fallbacks = 'a map of lists such as {"gpt-4o":["gpt-4o-mini"]}';

/** What a key may spend. */
export const budgetTerms = {
  budget_duration: term({
    type: optionalWindow,
    stored: 'budgetDuration',
    description: 'How often LiteLLM sets the spend back to 0, in its own units: 30s, 1h, 7d, 1mo.',
  }),
  budget_limits: term({
    type: listOf(record({ budget_duration: budgetWindow, max_budget: amount }, aBudgetWindow), budgetWindows),
    stored: 'budgetLimits',
    description: 'Several budgets at once, each with its own time, in JSON: [{"budget_duration":"1d","max_budget":5}].',
    check: (windows) =>
      windows.some(({ max_budget }) => max_budget === 0)
        ? 'has a max_budget of 0, which refuses every call: write more, or leave that window out'
        : undefined,
  }),
  soft_budget: term({
    type: amount,
    stored: 'softBudget',
    description: 'Spend in US dollars at which LiteLLM alerts its administrators. 0 is none.',
    answeredIn: 'nowhere',
    shown: false,
  }),
  budget_id: term({
    type: id,
    stored: 'budgetId',
    description: "A budget of LiteLLM's (/budget/new), whose limits a key gets if its role sets none.",
  }),
  budget_fallbacks: term({
    type: mapOf(nameList, fallbacks),
    stored: 'budgetFallbacks',
    description: 'Models that take over when the budget of one is spent, in JSON: {"gpt-4o":["gpt-4o-mini"]}.',
  }),
} as const;
