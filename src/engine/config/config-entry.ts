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

/** What a write may ask for; durations in seconds. */
export const configLimits = {
  requestTimeout: { least: 1, most: 3600 },
  /** One call is kept free for revocations. */
  maxInFlight: { least: 2, most: 1024 },
  grace: { least: 1, most: 86_400 },
} as const;

/** A newer version may let a write ask for more, so only what this one could not work with is refused. */
const wholeFrom = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));

/** The stored form. A field that an older version did not write gets its default. */
export const configEntrySchema: v.GenericSchema<unknown, ConfigEntry> = v.object({
  baseURL: v.pipe(v.string(), v.regex(/^https?:\/\/./)),
  masterKey: v.pipe(v.string(), v.nonEmpty()),
  caCert: v.optional(v.string(), ''),
  requestTimeout: v.optional(wholeFrom(configLimits.requestTimeout.least), configDefaults.requestTimeout),
  maxInFlight: v.optional(wholeFrom(configLimits.maxInFlight.least), configDefaults.maxInFlight),
  grace: v.optional(wholeFrom(configLimits.grace.least), configDefaults.grace),
  writeAhead: v.optional(v.boolean(), configDefaults.writeAhead),
});
