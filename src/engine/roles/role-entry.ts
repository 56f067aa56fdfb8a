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

/** What a role has that does not say. */
export const roleDefaults = { keyAliasPrefix: 'vault', keyType: 'llm_api' } as const;

/** valibot's own record leaves out `constructor` and the like, which are names like all others here. */
const texts = v.custom<Readonly<Record<string, string>>>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === 'string'),
);

const seconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/**
 * The stored form. What limits a key must be there: every version wrote it, and without it a key would get no limit in
 * silence. What does not may be missing.
 */
export const roleEntrySchema: v.GenericSchema<unknown, RoleEntry> = v.object({
  models: v.array(v.string()),
  maxBudget: v.pipe(v.number(), v.finite(), v.minValue(0)),
  keyAliasPrefix: v.optional(v.string(), roleDefaults.keyAliasPrefix),
  metadata: v.optional(texts, {}),
  ttl: seconds,
  maxTTL: seconds,
  keyType: v.optional(v.picklist(keyTypes), roleDefaults.keyType),
});
