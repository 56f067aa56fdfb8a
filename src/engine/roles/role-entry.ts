import * as v from 'valibot';

/** What a key of a LiteLLM proxy may reach: the model routes, or whatever an ordinary key may. */
export const keyTypes = ['llm_api', 'default'] as const;

/** One of {@link keyTypes}. */
export type KeyType = (typeof keyTypes)[number];

/** A stored role: what every key issued from it gets. */
export interface RoleEntry {
  /** Empty: every model. */
  readonly models: readonly string[];
  /** US dollars; 0: no limit. */
  readonly maxBudget: number;
  readonly keyAliasPrefix: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Seconds; 0: the mount's. */
  readonly ttl: number;
  /** Seconds; 0: the mount's. */
  readonly maxTTL: number;
  readonly keyType: KeyType;
}

/** Where roles are stored, below the mount. */
export const rolePrefix = 'roles/';

/** valibot's own record leaves out `constructor` and the like, which are names like all others here. */
const texts = v.custom<Readonly<Record<string, string>>>(
  (value) =>
    typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string'),
);

/** The stored form. */
export const roleEntrySchema: v.GenericSchema<unknown, RoleEntry> = v.object({
  models: v.array(v.string()),
  maxBudget: v.number(),
  keyAliasPrefix: v.string(),
  metadata: texts,
  ttl: v.number(),
  maxTTL: v.number(),
  keyType: v.picklist(keyTypes),
});
