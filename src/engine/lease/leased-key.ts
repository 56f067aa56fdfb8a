import * as v from 'valibot';
import type { Request } from '../../sdk/logical/request.ts';
import type { Secret } from '../../sdk/logical/secret.ts';

/**
 * What a lease remembers of its key: all that renewing and revoking need, and never the key itself.
 */
export interface LeasedKey {
  /** The key's sha256 in hex, by which LiteLLM knows it. */
  readonly tokenId: string;
  readonly keyAlias: string;
  readonly role: string;
  /** The address of the proxy that the key was made on. */
  readonly proxy: string;
  /** The role's lease and longest lease when the key was issued, in seconds: for when the role is gone. */
  readonly roleTTL: number;
  readonly roleMaxTTL: number;
  /** The lease that the caller asked for, where they did, in seconds: a renewal gives no more unless it is asked for. */
  readonly askedTTL?: number;
  /** LiteLLM refuses the key after this moment, whatever became of renewals. */
  readonly latestExpiry: Date;
}

const storedForm = v.object({
  token_id: v.string(),
  key_alias: v.string(),
  role: v.string(),
  proxy: v.string(),
  role_ttl: v.number(),
  role_max_ttl: v.number(),
  asked_ttl: v.optional(v.number()),
  latest_expiry: v.pipe(v.string(), v.isoTimestamp()),
});

/** As JSON, for a lease's internal data or a write-ahead entry. */
export function leasedKeyToJSON(key: LeasedKey): v.InferInput<typeof storedForm> {
  return {
    token_id: key.tokenId,
    key_alias: key.keyAlias,
    role: key.role,
    proxy: key.proxy,
    role_ttl: key.roleTTL,
    role_max_ttl: key.roleMaxTTL,
    ...(key.askedTTL === undefined ? {} : { asked_ttl: key.askedTTL }),
    latest_expiry: key.latestExpiry.toISOString(),
  };
}

/** Reads what {@link leasedKeyToJSON} wrote. `what` names the source in the error; its content is not shown. */
export function leasedKeyFromJSON(json: unknown, what: string): LeasedKey {
  const result = v.safeParse(storedForm, json);
  if (!result.success) {
    throw new Error(
      `${what} does not tell which key it is about (${v.getDotPath(result.issues[0]) ?? 'it is not an object'})`,
    );
  }
  const stored = result.output;
  return {
    tokenId: stored.token_id,
    keyAlias: stored.key_alias,
    role: stored.role,
    proxy: stored.proxy,
    roleTTL: stored.role_ttl,
    roleMaxTTL: stored.role_max_ttl,
    ...(stored.asked_ttl === undefined ? {} : { askedTTL: stored.asked_ttl }),
    latestExpiry: new Date(stored.latest_expiry),
  };
}

/** The lease of a request, and its key. Throws if there is none. */
export function leasedKeyOf({ secret }: Request): { readonly secret: Secret; readonly key: LeasedKey } {
  if (secret === undefined) throw new Error('the host sent no lease');
  return { secret, key: leasedKeyFromJSON(secret.internalData, 'the lease') };
}
