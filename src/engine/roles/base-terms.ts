/** What a key of a LiteLLM proxy may reach, by LiteLLM's names. */
export const keyTypes = ['llm_api', 'default', 'management', 'read_only'] as const;

/** One of {@link keyTypes}. */
export type KeyType = (typeof keyTypes)[number];

/** What every key gets, whatever else its role says. */
export interface BaseTerms {
  /** Empty: every model. */
  readonly models: readonly string[];
  /** US dollars; 0: no limit. */
  readonly maxBudget: number;
  readonly keyAliasPrefix: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly keyType: KeyType;
}

/** Defaults. */
export const termDefaults = { keyAliasPrefix: 'vault', keyType: 'llm_api' } as const;
