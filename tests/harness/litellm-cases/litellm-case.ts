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

/** What versions other than 1.106.2 do in some cases: those of 1.74.0, 1.80.0, 1.90.0 and 1.108.8 on which it was seen. */
export interface OtherAnswer {
  /** The first version tried that does so; every earlier one when left out. */
  readonly from?: string;
  /** The first version tried that does so no more; no later one when left out. */
  readonly before?: string;
  readonly names: readonly string[];
  readonly status: number;
  /** As a case has it. When it expires is not looked at. */
  readonly body: Readonly<Record<string, unknown>>;
}
