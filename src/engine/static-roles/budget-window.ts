import type { KeyDetails } from '../../litellm/key-details.ts';

/**
 * The budget window of a role's spend, if LiteLLM tells a later end for the role's key: it restarts some windows with
 * each key, and the spend that every rotation carries on would never be reset.
 */
export interface BudgetWindow {
  readonly ends: Date;
  /** What LiteLLM tells for the key. Once it tells something else, it has reset the spend itself. */
  readonly ofKey: Date;
}

/** What a new key takes over of a budget. */
export interface CarriedBudget {
  /** US dollars. */
  readonly spend: number;
  /** When the window of the spend ends; absent if it has none, or it belongs to the one that begins. */
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

/** The window to remember for a new key; undefined if LiteLLM's own is no longer. */
export function windowToRemember({ ends }: CarriedBudget, ofKey: Date | undefined): BudgetWindow | undefined {
  return ends === undefined || ofKey === undefined || ofKey <= ends ? undefined : { ends, ofKey };
}
