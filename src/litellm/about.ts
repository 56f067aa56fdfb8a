import * as v from 'valibot';
import { KeyNotFoundError, LiteLLMError } from './error.ts';
import type { Ask, Lookups } from './lookups.ts';
import { infoAnswer } from './schema.ts';
import type { Exchange } from './transport.ts';

/** What LiteLLM says of itself and of the key that asks. What it does not say is left out. */
export interface About {
  readonly key?: OwnKey;
  readonly version?: string;
  readonly edition?: 'community' | 'enterprise';
}

/** The key that asks. */
export type OwnKey = { readonly kind: 'master key' } | VirtualKey;

/** A key in LiteLLM's database. */
export interface VirtualKey {
  readonly kind: 'virtual key';
  readonly alias?: string;
  readonly userId?: string;
  readonly expires?: Date;
  /** US dollars. */
  readonly maxBudget?: number;
}

/** Longer than any version's name. */
const longestVersion = 64;
const version = v.pipe(v.string(), v.regex(/^[\w.+-]+$/), v.maxLength(longestVersion));
const hubAnswer = v.looseObject({ litellm_version: version });

type AskNow = <T extends v.GenericSchema>(schema: T, exchange: Exchange) => Promise<v.InferOutput<T>>;

/** Asks for all of it at once. A question that fails is not an error: nothing depends on the answer. */
export async function askAbout(
  askWith: Ask,
  lookups: Pick<Lookups, 'edition'>,
  signal: AbortSignal | undefined,
): Promise<About> {
  const ask: AskNow = (schema, exchange) => askWith(schema, exchange, signal);
  const [key, told, edition] = await Promise.all([
    orUndefined(askOwnKey(ask)),
    orUndefined(askVersion(ask)),
    orUndefined(lookups.edition(signal)),
  ]);
  return {
    ...(key === undefined ? {} : { key }),
    ...(told === undefined ? {} : { version: told }),
    ...(edition === undefined ? {} : { edition }),
  };
}

/** The master key is only in LiteLLM's configuration, so LiteLLM does not find it in its database. */
async function askOwnKey(ask: AskNow): Promise<OwnKey> {
  try {
    const { info } = await ask(infoAnswer, { method: 'GET', path: '/key/info' });
    const { key_alias: alias, user_id: userId, expires, max_budget: maxBudget } = info;
    return {
      kind: 'virtual key',
      ...(alias == null ? {} : { alias }),
      ...(userId == null ? {} : { userId }),
      ...(expires == null ? {} : { expires }),
      ...(maxBudget == null ? {} : { maxBudget }),
    };
  } catch (error) {
    if (error instanceof KeyNotFoundError) return { kind: 'master key' };
    throw error;
  }
}

/** Before 1.80, only the probe for load balancers tells the version; later it no longer does. */
async function askVersion(ask: AskNow): Promise<string> {
  try {
    return (await ask(hubAnswer, { method: 'GET', path: '/public/model_hub/info' })).litellm_version;
  } catch (error) {
    if (!(error instanceof LiteLLMError) || error.status === undefined) throw error;
    return (await ask(hubAnswer, { method: 'GET', path: '/health/readiness' })).litellm_version;
  }
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof LiteLLMError) return undefined;
    throw error;
  }
}
