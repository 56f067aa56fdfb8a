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
}

/** Where the configuration is stored, below the mount. */
export const configKey = 'config';

/** The stored form. */
export const configEntrySchema: v.GenericSchema<unknown, ConfigEntry> = v.object({
  baseURL: v.string(),
  masterKey: v.string(),
  caCert: v.string(),
  requestTimeout: v.number(),
});
