import { shownTerms } from '../roles/key-terms.ts';
import { shownStaticRotation } from '../schedule/rotation-params.ts';
import { nextRotationOf } from './automatic-rotation.ts';
import type { StaticRoleEntry } from './static-role-entry.ts';

/** A moment in RFC 3339, to the second. */
export function shownMoment(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** What a read of a static role answers: everything but the key itself. */
export function shownStaticRole(role: StaticRoleEntry, now: Date): Readonly<Record<string, unknown>> {
  const { keyAlias, adopt, rotation, rotationOverlap, current, lastRotation, former, deletionBegan } = role;
  const next = nextRotationOf(role, { now });
  // Values may be secrets, such as those of a callback.
  const carried = [...Object.keys(role.carried.params), ...Object.keys(role.carried.metadata)];
  return {
    ...shownTerms(role),
    key_alias: keyAlias,
    ...(adopt === undefined ? {} : { adopt }),
    ...shownStaticRotation(rotation),
    disable_automated_rotation: rotation.disabled,
    rotation_overlap: rotationOverlap,
    token_id: current.tokenId,
    ...(lastRotation === undefined ? {} : { last_vault_rotation: shownMoment(lastRotation) }),
    ...(next === undefined ? {} : { next_vault_rotation: shownMoment(next) }),
    ...(carried.length === 0 ? {} : { carried_params: carried.toSorted() }),
    former_keys: former.map((key) => ({
      key_alias: key.keyAlias,
      token_id: key.tokenId,
      ends: shownMoment(key.ends),
    })),
    ...(deletionBegan === undefined ? {} : { being_deleted: true }),
  };
}
