import { defineFields } from '../../sdk/framework/field-schema.ts';
import { duration, flag } from '../fields/field-types.ts';
import { keyTerms, termFields } from './key-terms.ts';
import { roleNameField } from './role-name.ts';

/** The fields of `roles/<name>`. */
export const roleFields = defineFields({
  name: roleNameField('Name of the role.'),
  ...termFields(keyTerms),
  ttl: { type: duration, description: "Lease of a key. 0 is the mount's default." },
  max_ttl: { type: duration, description: "Longest lease, renewals included. 0 is the mount's maximum." },
  verify: {
    type: flag,
    description:
      'Ask LiteLLM whether a team_id, user_id or budget_id that is written exists, and whether it has the licence that other fields ' +
      'need, before anything is stored. Not kept.',
    default: true,
  },
});
