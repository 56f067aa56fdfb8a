import type { Clock } from '../logical/clock.ts';
import type { SystemView } from '../logical/system-view.ts';
import { humanDuration } from './duration.ts';

/** What a lease is calculated from. All durations are in whole seconds; 0 or none means no preference. */
export interface CalculateTTLOptions {
  readonly systemView: Pick<SystemView, 'defaultLeaseTTL' | 'maxLeaseTTL'>;
  readonly clock: Clock;
  /** What the client asks a renewal to add. */
  readonly increment: number;
  /** The lease that the backend wants, from a role for example. */
  readonly backendTTL: number;
  /** Renews for ever, each time by this much; only `explicitMaxTTL` ends it. */
  readonly period?: number;
  /** The backend's own longest lease; the mount's applies in any case. */
  readonly backendMaxTTL: number;
  readonly explicitMaxTTL?: number;
  /** When the lease began; now for a new one. */
  readonly startTime?: Date | undefined;
}

/** A lease, in seconds. */
export interface CalculatedTTL {
  readonly ttl: number;
  /** The longest life that applied, from the start: the least of the mount's, the backend's and the explicit one. */
  readonly maxTTL: number;
  /** Says what was cut, in Go's words: the host's warnings have the same. */
  readonly warnings: readonly string[];
}

/** A lease that is past its longest life and so cannot be renewed. */
export class LeaseExpiredError extends Error {
  override readonly name = 'LeaseExpiredError';

  constructor(maxTTL: number) {
    super(`past the max TTL of ${humanDuration(maxTTL)}, cannot renew: ask for a new secret`);
  }
}

/**
 * The lease to give, from what the client asked for, what the backend wants and what the mount allows. Throws
 * {@link LeaseExpiredError} if the longest life is over. Go: `CalculateTTL` in sdk/framework/lease.go.
 */
export async function calculateTTL(options: CalculateTTLOptions): Promise<CalculatedTTL> {
  const { systemView, increment, backendTTL, backendMaxTTL, period = 0, explicitMaxTTL = 0 } = options;
  // Whole seconds, the unit of a lease: a smaller difference must not cost a warning.
  const now = Math.floor(options.clock.now().getTime() / 1000);
  const start = options.startTime === undefined ? now : Math.floor(options.startTime.getTime() / 1000);
  const mountMaxTTL = await systemView.maxLeaseTTL();
  const maxTTL = Math.min(mountMaxTTL, ...[backendMaxTTL, explicitMaxTTL].filter((bound) => bound > 0));
  if (maxTTL <= 0) throw new Error(`max TTL must be greater than zero, and the mount's is ${humanDuration(maxTTL)}`);

  const warnings: string[] = [];
  let ttl: number;
  let left: number | undefined;
  if (period > 0) {
    ttl = Math.min(period, maxTTL);
    if (period > maxTTL) {
      warnings.push(
        `period of "${humanDuration(period)}" exceeded the effective max_ttl of "${humanDuration(maxTTL)}"; period value is capped accordingly`,
      );
    }
    if (explicitMaxTTL > 0) left = start + explicitMaxTTL - now;
  } else {
    if (increment > 0) ttl = increment;
    else if (backendTTL > 0) ttl = backendTTL;
    else ttl = await systemView.defaultLeaseTTL();
    left = start + maxTTL - now;
  }
  if (left === undefined) return { ttl, maxTTL, warnings };

  if (left <= 0) throw new LeaseExpiredError(maxTTL);
  if (ttl > left) {
    warnings.push(
      `TTL of "${humanDuration(ttl)}" exceeded the effective max_ttl of "${humanDuration(left)}"; TTL value is capped accordingly`,
    );
    ttl = left;
  }
  return { ttl, maxTTL, warnings };
}
