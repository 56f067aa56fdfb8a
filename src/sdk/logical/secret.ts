import type { LeaseOptions } from './lease-options.ts';

/**
 * A leased secret. The host keeps `internalData`, never shows it to the client, and sends it back on renewal and
 * revocation; it must be representable as JSON. Go: `logical.Secret` in sdk/logical/secret.go.
 */
export interface Secret extends LeaseOptions {
  readonly internalData: Readonly<Record<string, unknown>>;
}
