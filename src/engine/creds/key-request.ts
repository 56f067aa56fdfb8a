import { sha256 } from '../../litellm/sha256.ts';
import type { CalculatedTTL } from '../../sdk/framework/lease.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Random } from '../../sdk/logical/random.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { ConfigEntry } from '../config/config-entry.ts';
import { keyDuration, latestExpiry } from '../lease/grace.ts';
import { keyMetadata } from '../roles/key-metadata.ts';
import { keyParams } from '../roles/key-params.ts';
import type { AskedKey } from './asked-key.ts';
import type { NewKey } from './make-key.ts';

/** What a key is made from. */
export interface NewKeyOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly backendUUID: string;
}

const keyBytes = 32;
const aliasBytes = 8;

/** A key to make, with a value and an alias that nobody had before. */
export function newKey(
  req: Request,
  { roleName, role, ttl }: AskedKey,
  config: ConfigEntry,
  lease: CalculatedTTL,
  { clock, random, backendUUID }: NewKeyOptions,
): NewKey {
  // Made here, so that its hash is known even if the answer is lost.
  const key = `sk-${Buffer.from(random.bytes(keyBytes)).toString('base64url')}`;
  const keyAlias = `${role.keyAliasPrefix}-${roleName}-${Buffer.from(random.bytes(aliasBytes)).toString('hex')}`;
  return {
    request: {
      key,
      keyAlias,
      duration: keyDuration(lease.ttl, config),
      metadata: { ...role.metadata, ...keyMetadata(req, roleName, backendUUID) },
      params: keyParams(role).params,
    },
    leased: {
      tokenId: sha256(key),
      keyAlias,
      role: roleName,
      proxy: config.baseURL,
      roleTTL: role.ttl,
      ...(ttl === undefined || ttl > lease.ttl ? {} : { askedTTL: ttl }),
      roleMaxTTL: role.maxTTL,
      latestExpiry: latestExpiry(clock.now(), lease.maxTTL, config),
    },
  };
}
