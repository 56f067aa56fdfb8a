import * as v from 'valibot';

/** The stored connection to LiteLLM. */
export interface ConfigEntry {
  /** http or https, no trailing slash; may carry a path. */
  readonly baseURL: string;
  readonly masterKey: string;
  /** PEM; empty: the system's roots. */
  readonly caCert: string;
  /** Seconds. */
  readonly requestTimeout: number;
  /** How many calls of this mount may be under way at once. */
  readonly maxInFlight: number;
  /** Seconds that LiteLLM lets a key live on after its lease. */
  readonly grace: number;
  /** Whether a write-ahead entry stands in the storage while a key is made. */
  readonly writeAhead: boolean;
}

/** What a connection has that does not say: a write that names no such field, and an entry of a version that had none. */
export const configDefaults = { requestTimeout: 30, maxInFlight: 8, grace: 90, writeAhead: false } as const;

/** Where the configuration is stored, below the mount. */
export const configKey = 'config';

/** The stored form. */
export const configEntrySchema: v.GenericSchema<unknown, ConfigEntry> = v.object({
  baseURL: v.string(),
  masterKey: v.string(),
  caCert: v.string(),
  requestTimeout: v.optional(v.number(), configDefaults.requestTimeout),
  maxInFlight: v.optional(v.number(), configDefaults.maxInFlight),
  grace: v.optional(v.number(), configDefaults.grace),
  writeAhead: v.optional(v.boolean(), configDefaults.writeAhead),
});
