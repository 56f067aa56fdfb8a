import * as v from 'valibot';
import { LiteLLMError, NotAdminError, OwnerNotFoundError } from './error.ts';
import type { Exchange } from './transport.ts';

/** What LiteLLM tells of a user. */
export interface UserInfo {
  /** LiteLLM's word for what the user may do; absent if it has none. */
  readonly userRole?: string;
}

/** Questions about what keys belong to. */
export interface Lookups {
  /** Throws `OwnerNotFoundError` if there is no such team. */
  teamInfo(teamId: string, signal?: AbortSignal): Promise<void>;
  /** Throws `OwnerNotFoundError` if there is no such user. */
  userInfo(userId: string, signal?: AbortSignal): Promise<UserInfo>;
  hasUser(userId: string, signal?: AbortSignal): Promise<boolean>;
  /** Whether there is such a budget; undefined if LiteLLM does not tell, as to a key of the type `management`. */
  hasBudget(budgetId: string, signal?: AbortSignal): Promise<boolean | undefined>;
  /**
   * Whether LiteLLM has a licence; undefined if it does not tell: before 1.90, or to a key of the type `management`.
   */
  edition(signal?: AbortSignal): Promise<'community' | 'enterprise' | undefined>;
}

/** Sends a question and checks the answer by a schema. */
export type Ask = <T extends v.GenericSchema>(
  schema: T,
  exchange: Exchange,
  signal: AbortSignal | undefined,
) => Promise<v.InferOutput<T>>;

const teamAnswer = v.looseObject({ team_id: v.string() });

/** Older versions answer with an empty `user_info` if there is no such user. */
const userAnswer = v.looseObject({
  user_info: v.nullish(v.looseObject({ user_id: v.nullish(v.string()), user_role: v.nullish(v.string()) })),
});

const budgetsAnswer = v.array(v.looseObject({ budget_id: v.string() }));

const licenceAnswer = v.looseObject({ license_type: v.string() });

/** Asks them with `ask`; `missing` makes the error for a user who does not exist. */
export function createLookups(ask: Ask, missing: (exchange: Exchange) => OwnerNotFoundError): Lookups {
  async function userInfo(userId: string, signal?: AbortSignal): Promise<UserInfo> {
    const exchange: Exchange = { method: 'GET', path: '/user/info', query: { user_id: userId } };
    const { user_info: user } = await ask(userAnswer, exchange, signal);
    if (user?.user_id == null) throw missing(exchange);
    return user.user_role == null ? {} : { userRole: user.user_role };
  }

  return {
    userInfo,

    async hasUser(userId, signal) {
      try {
        await userInfo(userId, signal);
        return true;
      } catch (error) {
        if (error instanceof OwnerNotFoundError) return false;
        throw error;
      }
    },

    async teamInfo(teamId, signal) {
      await ask(teamAnswer, { method: 'GET', path: '/team/info', query: { team_id: teamId } }, signal);
    },

    async hasBudget(budgetId, signal) {
      const exchange: Exchange = { method: 'POST', path: '/budget/info', body: { budgets: [budgetId] } };
      const budgets = await ifThere(ask(budgetsAnswer, exchange, signal));
      return budgets?.some(({ budget_id: id }) => id === budgetId);
    },

    async edition(signal) {
      const answer = await ifThere(ask(licenceAnswer, { method: 'GET', path: '/health/license' }, signal));
      if (answer === undefined) return undefined;
      return answer.license_type === 'community' ? 'community' : 'enterprise';
    },
  };
}

/** An answer; undefined from a version without such a path, or one that denies it to keys of the type `management`. */
async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NotAdminError || (error instanceof LiteLLMError && error.status === 404)) return undefined;
    throw error;
  }
}
