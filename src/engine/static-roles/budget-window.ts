import type { KeyDetails } from '../../litellm/key-details.ts';

/**
 * The budget window that a role's spend belongs to, where LiteLLM tells a later end of the role's key: it begins some windows
 * anew with each key, and the spend that every rotation carries on would never be set back.
 */
export interface BudgetWindow {
  readonly ends: Date;
  /** What LiteLLM tells of the key. Once it tells something else, it has set the spend back itself. */
  readonly ofKey: Date;
}

/** What of a budget a new key takes over. */
export interface CarriedBudget {
  /** US dollars. */
  readonly spend: number;
  /** When the window ends that they belong to; left out where they belong to none, or to the one that begins. */
  readonly ends?: Date;
}

/** What the successor of a key takes over. */
export function carriedBudget(
  { spend, budgetResetAt: ofKey }: Pick<KeyDetails, 'spend' | 'budgetResetAt'>,
  window: BudgetWindow | undefined,
  now: Date,
): CarriedBudget {
  const ends = window !== undefined && window.ofKey.getTime() === ofKey?.getTime() ? window.ends : ofKey;
  if (ends === undefined) return { spend };
  return ends > now ? { spend, ends } : { spend: 0 };
}

/** The window to remember of a new key; undefined where LiteLLM's own is no longer. */
export function windowToRemember({ ends }: CarriedBudget, ofKey: Date | undefined): BudgetWindow | undefined {
  return ends === undefined || ofKey === undefined || ofKey <= ends ? undefined : { ends, ofKey };
}
