import type { LeaseOptions } from './lease-options.ts';

/**
 * A leased secret. `internalData` is kept by the host, is never shown to the client and comes
 * back on renewal and revocation; it must be representable as JSON.
 * Go: `logical.Secret` in sdk/logical/secret.go.
 */
export interface Secret extends LeaseOptions {
  readonly internalData: Readonly<Record<string, unknown>>;
}
