/**
 * The lease of a secret. All durations are in seconds.
 * Go: `logical.LeaseOptions` in sdk/logical/lease.go.
 */
export interface LeaseOptions {
  /** How long the secret is valid from now on; 0 lets the mount's default apply. */
  readonly ttl: number;
  /** The longest life of the lease, counted from its issue; 0 lets the mount's maximum apply. */
  readonly maxTTL: number;
  readonly renewable: boolean;
  /** What the client asks a renewal to add; 0 when it named nothing. Set by the host. */
  readonly increment: number;
  /** When the lease began; set by the host on renewals and revocations. */
  readonly issueTime?: Date;
}
