import type { KeyDetails } from '../../litellm/key-details.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import type { KeyRotation } from '../rotation/key-rotation.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { staticRoleLabel } from './static-key.ts';
import { type StaticRoleEntry, staticRolePrefix } from './static-role-entry.ts';

/** What {@link requireUnowned} needs. */
export interface OwnershipOptions {
  readonly roles: Pick<EntryStore<StaticRoleEntry>, 'read'>;
  readonly rotation: Pick<KeyRotation, 'isAbout'>;
}

/**
 * Throws `UserMistake` for a key that a static role of this mount has, or that a rotation is about to end, whatever its
 * alias: a rotation, or anybody in LiteLLM, may have changed that. A key that no role made does not name its owner, so
 * all roles are read.
 */
export async function requireUnowned(
  storage: Storage,
  { tokenId, metadata }: Pick<KeyDetails, 'tokenId' | 'metadata'>,
  { roles, rotation }: OwnershipOptions,
): Promise<void> {
  const label = metadata[staticRoleLabel];
  const names = typeof label === 'string' ? [label] : await storage.list(staticRolePrefix);
  for (const name of names) {
    const role = await roles.read(storage, staticRolePrefix + name);
    if (role === undefined) continue;
    if (role.current.tokenId === tokenId || role.former.some((key) => key.tokenId === tokenId)) {
      throw new UserMistake(
        `nothing was stored, since the static role "${name}" has this key already, and a key has one owner: delete ` +
          `static-roles/${name} with retain=true first, which leaves the key in LiteLLM`,
      );
    }
  }
  if (!(await rotation.isAbout(storage, tokenId))) return;
  throw new UserMistake(
    'nothing was stored, since a rotation of a static role is about to end this key: adopt another, or leave adopt out, which makes one',
  );
}
