import type { UpdatedKey } from '../../litellm/key.ts';
import { humanDuration } from '../../sdk/framework/duration.ts';
import type { CalculatedTTL } from '../../sdk/framework/lease.ts';
import { CodedError } from '../../sdk/logical/error.ts';
import { cutLease } from '../lease/grace.ts';

const badGateway = 502;
const whatToCheck =
  "check LiteLLM's clock, and upperbound_key_generate_params and default_key_generate_params in its settings";

/**
 * Cuts a lease to a little less than LiteLLM lets its key live, with a warning. Throws a `CodedError` if the key has
 * expired already.
 */
export function fitLease(lease: CalculatedTTL, { expires, lifetime }: UpdatedKey, asked: number): CalculatedTTL {
  if (lifetime >= lease.ttl) return lease;
  if (lifetime <= 0) {
    throw new CodedError(
      badGateway,
      `LiteLLM made a key that has expired already, at ${expires.toISOString()}, though it was asked for one that lives ` +
        `for ${humanDuration(asked)}: ${whatToCheck}`,
    );
  }
  const ttl = cutLease(lifetime);
  const warning =
    `LiteLLM lets this key live for ${humanDuration(lifetime)} only, until ${expires.toISOString()}, and so the lease of ` +
    `${humanDuration(lease.ttl)} was cut to ${humanDuration(ttl)}: ${whatToCheck}`;
  return { ...lease, ttl, warnings: [...lease.warnings, warning] };
}
