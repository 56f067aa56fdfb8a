import * as v from 'valibot';
import { type KeyTerms, storedTerms } from './key-terms.ts';

/** How long the leases of a role's keys are. */
export interface RoleLease {
  /** Seconds; 0: the mount's. */
  readonly ttl: number;
  /** Seconds; 0: the mount's. */
  readonly maxTTL: number;
}

/** A stored role: what every key issued from it gets. */
export type RoleEntry = KeyTerms & RoleLease;

/** Where roles are stored, below the mount. */
export const rolePrefix = 'roles/';

const seconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/**
 * The stored form. What limits a key must be there, if every version wrote it: without it a key would silently have no
 * limit. What does not limit, and what came later, may be missing.
 */
export const roleEntrySchema = v.object({
  ...storedTerms(),
  ttl: seconds,
  maxTTL: seconds,
}) as unknown as v.GenericSchema<unknown, RoleEntry>;
