import type { FieldData } from '../../sdk/framework/field-data.ts';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import { bool, int, slice, string, stringSlice } from '../../sdk/framework/field-type.ts';
import { duration, flag } from '../fields/field-types.ts';
import { id } from '../fields/texts.ts';
import { keyTerms, termFields } from '../roles/key-terms.ts';
import { roleNameField } from '../roles/role-name.ts';
import { rotationFields } from '../schedule/rotation-fields.ts';

const roleTemplate = 'May hold the template {{role}}.';

/** The fields of `static-roles/<name>`. Those of the key are the same as a role's, from the same table. */
export const staticRoleFields = defineFields({
  name: roleNameField('Name of the static role.'),
  ...termFields(keyTerms, roleTemplate),
  key_alias: {
    type: id,
    description:
      "Alias of the role's key in LiteLLM, which never changes. Left out: key_alias_prefix and the name of the role, or the alias of the key that is adopted.",
  },
  adopt: {
    type: id,
    description:
      'Alias or token id of an existing key of LiteLLM, to make it the key of a new role, with all that it may do. Its value is known once it is rotated. Left out: the engine makes the key.',
  },
  ...rotationFields,
  rotation_overlap: {
    type: duration,
    description: 'How long the former value still works after a rotation. 0 ends it at once.',
  },
  verify: {
    type: flag,
    description:
      'Ask LiteLLM whether a team_id, user_id or budget_id that is written exists, and whether it has the licence that other fields ' +
      'need, before anything is stored. Not kept.',
    default: true,
  },
  retain: {
    type: flag,
    description: 'With delete only: leave the key in LiteLLM, where it lives on.',
    default: false,
    query: true,
  },
});

/** What was sent to `static-roles/<name>`. */
export type StaticRoleData = FieldData<typeof staticRoleFields>;

const { name: _name, verify: _verify, retain: _retain, ...kept } = staticRoleFields;

/** What a read of `static-roles/<name>` answers. */
export const shownStaticRoleFields = defineFields({
  ...kept,
  token_id: { type: string, description: 'Sha256 of the key, by which LiteLLM knows it.' },
  last_vault_rotation: { type: string, description: 'When the key was made or rotated last; left out before that.' },
  next_vault_rotation: { type: string, description: 'When it will be rotated; left out if it never is by itself.' },
  carried_params: {
    type: stringSlice,
    description: "LiteLLM's names of what an adopted key has and no field can say; its successors get it too.",
  },
  former_keys: {
    type: slice,
    description: 'Former keys whose overlap is not over: key_alias, token_id, and when LiteLLM ends each.',
  },
  being_deleted: { type: bool, description: 'Present if a deletion has begun and not finished.' },
});

/** What a read of `static-creds/<name>` answers. */
export const staticCredsFields = defineFields({
  key: { type: string, description: 'The key.', displayAttrs: { sensitive: true } },
  key_alias: { type: string, description: 'Its alias in LiteLLM, which stays the same.' },
  token_id: { type: string, description: 'Its sha256, by which LiteLLM knows it.' },
  last_vault_rotation: { type: string, description: 'When it was made.' },
  rotation_period: { type: int, description: 'Seconds from one rotation to the next.' },
  rotation_schedule: { type: string, description: 'When it is rotated: five fields of cron, in UTC.' },
  rotation_window: { type: int, description: 'Seconds after a moment of the schedule that a rotation may begin in.' },
  ttl: { type: int, description: 'Seconds to the next rotation, never negative; 0 if it is due.' },
});
