import type { LastingKeyRequest } from '../../litellm/key.ts';
import { sha256 } from '../../litellm/sha256.ts';
import type { Random } from '../../sdk/logical/random.ts';
import type { keyMetadataPrefix } from '../roles/key-metadata.ts';
import { keyParams } from '../roles/key-params.ts';
import type { KeyTerms } from '../roles/key-terms.ts';
import type { Successor } from '../rotation/rotation-handler.ts';
import { resolvedTerms } from './check-static-role.ts';
import type { StaticRole } from './static-role-entry.ts';

const keyBytes = 32;
const aliasBytes = 5;

/** A value that nobody had before, for a role's key. */
export function newStaticKey(keyAlias: string, random: Random): Successor {
  const key = `sk-${Buffer.from(random.bytes(keyBytes)).toString('base64url')}`;
  return { key, tokenId: sha256(key), keyAlias };
}

/** The alias of a key once another takes its own: no other key ever has it. */
export function formerAlias(keyAlias: string, random: Random): string {
  return `${keyAlias}-former-${Buffer.from(random.bytes(aliasBytes)).toString('hex')}`;
}

/** The name in the metadata of a static role's key that has the role. */
export const staticRoleLabel = 'vault_static_role';

/** Where a key is made, and what it gets besides its role's terms. */
export interface StaticKeyPlace {
  readonly name: string;
  /** Empty if the host does not tell. */
  readonly mountPoint: string;
  readonly backendUUID: string;
  /** US dollars that its predecessor spent. */
  readonly spend: number;
  /** Whether LiteLLM is to refuse it, as its predecessor. */
  readonly blocked: boolean;
}

/** The request for a role's key. */
export function staticKeyRequest(
  role: KeyTerms & Pick<StaticRole, 'carried'>,
  { key, keyAlias }: Successor,
  { name, mountPoint, backendUUID, spend, blocked }: StaticKeyPlace,
): LastingKeyRequest {
  const terms = resolvedTerms(name, role);
  const own = {
    vault_mount_path: mountPoint,
    vault_backend_uuid: backendUUID,
    [staticRoleLabel]: name,
  } satisfies Record<`${typeof keyMetadataPrefix}${string}`, string>;
  const told = Object.entries(own).filter(([, value]) => value !== '');
  return {
    key,
    keyAlias,
    metadata: { ...role.carried.metadata, ...terms.metadata, ...Object.fromEntries(told) },
    params: {
      ...keyParams(terms).params,
      // What a write has named since is no longer carried.
      ...role.carried.params,
      ...(spend > 0 ? { spend } : {}),
      ...(blocked ? { blocked } : {}),
    },
  };
}
