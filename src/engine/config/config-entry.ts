import * as v from 'valibot';
import { sha256 } from '../../litellm/sha256.ts';
import { noRotation, type RotationParams, rotationParamsSchema } from '../schedule/rotation-params.ts';

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
  /** PEM: one certificate or more, the client's own first. Empty: none is shown. */
  readonly clientCert: string;
  /** PEM, PKCS #8, not encrypted. Empty if {@link clientCert} is. */
  readonly clientKey: string;
  /** The name that LiteLLM's certificate must be for; empty: the one in {@link baseURL}. */
  readonly tlsServerName: string;
  /** Whether any certificate is accepted. */
  readonly tlsSkipVerify: boolean;
  /** Sent with every call; the values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** When the key rotates by itself. */
  readonly rotation: RotationParams;
  /** From when its next rotation counts, in ISO 8601; absent: it does not rotate by itself. */
  readonly rotationFrom?: string | undefined;
  /** When this mount made the key, in ISO 8601; absent: somebody else made it. */
  readonly madeAt?: string | undefined;
  /** Token id of the key made then. An older version keeps `madeAt` when it stores another key. */
  readonly madeTokenId?: string | undefined;
  /** What was learned when this connection was last verified. */
  readonly verified?: VerifiedConnection | undefined;
}

/** What LiteLLM said when it was asked whether the key is an administrator's. What it did not say is absent. */
export interface VerifiedConnection {
  /** ISO 8601. */
  readonly at: string;
  readonly kind?: 'master key' | 'virtual key' | undefined;
  /** Of a virtual key. */
  readonly alias?: string | undefined;
  /** The user whose key it is. */
  readonly userId?: string | undefined;
  /** When it ends, in ISO 8601. */
  readonly expires?: string | undefined;
  /** What it may spend, in US dollars. */
  readonly maxBudget?: number | undefined;
  readonly version?: string | undefined;
  /** `community` or `enterprise`. */
  readonly edition?: string | undefined;
}

/** Defaults for a write that does not name the field, and for an entry of a version that did not have it. */
export const configDefaults = {
  requestTimeout: 30,
  maxInFlight: 8,
  grace: 90,
  writeAhead: false,
  clientCert: '',
  clientKey: '',
  tlsServerName: '',
  tlsSkipVerify: false,
  headers: {},
  rotation: noRotation,
} as const;

/** Where the configuration is stored, below the mount. */
export const configKey = 'config';

/** Bounds of what a write may ask for; durations in seconds. */
export const configLimits = {
  requestTimeout: { least: 1, most: 3600 },
  /** One call is kept free for revocations. */
  maxInFlight: { least: 2, most: 1024 },
  grace: { least: 1, most: 86_400 },
} as const;

/** A newer version may allow more, so this refuses only what this version cannot work with. */
const wholeFrom = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));

const timestamp = v.pipe(v.string(), v.isoTimestamp());

/** Only people read this, so what cannot be read counts as not learned. */
const verifiedSchema: v.GenericSchema<unknown, VerifiedConnection | undefined> = v.fallback(
  v.optional(
    v.looseObject({
      at: v.string(),
      kind: v.optional(v.picklist(['master key', 'virtual key'])),
      alias: v.optional(v.string()),
      userId: v.optional(v.string()),
      expires: v.optional(v.string()),
      maxBudget: v.optional(v.number()),
      version: v.optional(v.string()),
      edition: v.optional(v.string()),
    }),
  ),
  undefined,
);

/** The stored form. A field that an older version did not write gets its default. */
export const configEntrySchema: v.GenericSchema<unknown, ConfigEntry> = v.pipe(
  v.object({
    baseURL: v.pipe(v.string(), v.regex(/^https?:\/\/./)),
    masterKey: v.pipe(v.string(), v.nonEmpty()),
    caCert: v.optional(v.string(), ''),
    requestTimeout: v.optional(wholeFrom(configLimits.requestTimeout.least), configDefaults.requestTimeout),
    maxInFlight: v.optional(wholeFrom(configLimits.maxInFlight.least), configDefaults.maxInFlight),
    grace: v.optional(wholeFrom(configLimits.grace.least), configDefaults.grace),
    writeAhead: v.optional(v.boolean(), configDefaults.writeAhead),
    clientCert: v.optional(v.string(), configDefaults.clientCert),
    clientKey: v.optional(v.string(), configDefaults.clientKey),
    tlsServerName: v.optional(v.string(), configDefaults.tlsServerName),
    tlsSkipVerify: v.optional(v.boolean(), configDefaults.tlsSkipVerify),
    headers: v.optional(v.record(v.string(), v.string()), configDefaults.headers),
    rotation: v.optional(rotationParamsSchema, configDefaults.rotation),
    rotationFrom: v.optional(timestamp),
    madeAt: v.optional(timestamp),
    madeTokenId: v.optional(v.string()),
    verified: verifiedSchema,
  }),
  v.transform((entry) => (entry.madeTokenId === sha256(entry.masterKey) ? entry : { ...entry, madeAt: undefined })),
);
