import type { LiteLLMSession, SeenAnswer } from '../litellm-session.ts';

/** One thing that LiteLLM does: the steps, and the answer to the last of them. */
export interface LiteLLMCase {
  readonly name: string;
  readonly steps: (proxy: LiteLLMSession) => Promise<SeenAnswer>;
  readonly status: number;
  /** What the body must have among other things. */
  readonly body: Readonly<Record<string, unknown>>;
  /** In how many seconds the key must expire by the answer, give or take half a minute. */
  readonly expiresIn?: number;
  /** The first version that was asked, where older ones were not. */
  readonly from?: string;
}
