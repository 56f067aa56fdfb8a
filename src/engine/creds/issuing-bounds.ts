import type { Clock } from '../../sdk/logical/clock.ts';
import type { SystemView } from '../../sdk/logical/system-view.ts';

/** What a lease is bounded by. */
export type LeaseBounds = Pick<SystemView, 'defaultLeaseTTL' | 'maxLeaseTTL'>;

/** A change of the mount's bounds takes this long to reach new leases; the host cuts what is too long in any case. */
const lifetimeSeconds = 5;

/** The mount's bounds, some seconds old: each question to the host costs as much as a storage read. */
export function issuingBounds(system: LeaseBounds, clock: Clock): LeaseBounds {
  return {
    defaultLeaseTTL: remembered(() => system.defaultLeaseTTL(), clock),
    maxLeaseTTL: remembered(() => system.maxLeaseTTL(), clock),
  };
}

function remembered(ask: () => Promise<number>, clock: Clock): () => Promise<number> {
  let answer: { readonly value: number; readonly askedAt: number } | undefined;
  return async () => {
    const now = clock.now().getTime() / 1000;
    // A clock that was set back must not make an answer live longer.
    const fresh = answer !== undefined && Math.abs(now - answer.askedAt) < lifetimeSeconds;
    if (answer === undefined || !fresh) answer = { value: await ask(), askedAt: now };
    return answer.value;
  };
}
