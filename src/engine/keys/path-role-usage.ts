import type { FieldData } from '../../sdk/framework/field-data.ts';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import { bool, float, int, slice, string } from '../../sdk/framework/field-type.ts';
import { definePath, type Path } from '../../sdk/framework/path.ts';
import { genericNameRegex } from '../../sdk/framework/pattern.ts';
import type { Request } from '../../sdk/logical/request.ts';
import { type Response, withWarnings } from '../../sdk/logical/response.ts';
import { answeringMistakes } from '../fault/user-mistake.ts';
import { operationPrefix } from '../fields/documentation.ts';
import { type RoleEntry, rolePrefix } from '../roles/role-entry.ts';
import { roleNameFault, roleNameField } from '../roles/role-name.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { onIssuingNode } from './issuing-node.ts';
import { cutWarnings, type MountKeys } from './mount-keys.ts';
import { roleUsage } from './role-usage.ts';

const usageFields = defineFields({ name: roleNameField('Name of the role.') });

const shownUsageFields = defineFields({
  role: { type: string, description: 'Name of the role.' },
  key_count: { type: int, description: 'How many live keys of the role this mount has.' },
  blocked_count: { type: int, description: 'How many of them are blocked.' },
  total_spend: { type: float, description: 'What they have spent together, in US dollars, some seconds late.' },
  largest_keys: { type: slice, description: 'The ten that have spent most: alias, entity, display name, spend.' },
  largest_owners: {
    type: slice,
    description:
      'The ten entities, or display names without an entity, whose keys have spent most: with how many keys.',
  },
  complete: { type: bool, description: 'Whether all keys were looked at; otherwise those with the most spend were.' },
});

/** What the live keys of a role have spent. */
export const pathRoleUsage = (keys: Pick<MountKeys, 'ofRole'>, roles: Pick<EntryStore<RoleEntry>, 'exists'>): Path =>
  definePath({
    pattern: `roles/${genericNameRegex('name')}/usage`,
    fields: usageFields,
    operations: {
      read: {
        callback: usageRead(keys, roles),
        summary: 'Read what the live keys of a role have spent.',
        responses: { 200: { description: 'What they have spent.', fields: shownUsageFields } },
        ...onIssuingNode,
      },
    },
    displayAttrs: { operationPrefix, operationSuffix: 'role-usage' },
    helpSynopsis: 'What the live keys of a role have spent.',
    helpDescription:
      'LiteLLM is asked for its keys, those with the most spend first, and those of this mount and role are added up: ' +
      'not deleted and not expired. LiteLLM 1.90 and later finds them by a part of their alias, older ones are asked for ' +
      'all keys. If there are more than one request may read, complete is false and a warning says so. What ended keys ' +
      'have spent is in the reports of LiteLLM. A role that was deleted is found as long as it has live keys.',
  });

const usageRead =
  (keys: Pick<MountKeys, 'ofRole'>, roles: Pick<EntryStore<RoleEntry>, 'exists'>) =>
  (req: Request, data: FieldData<typeof usageFields>): Promise<Response | undefined> =>
    answeringMistakes(async () => {
      const role = data.get('name');
      const found = await keys.ofRole(req, role);
      // The storage may refuse a name that no role can have.
      const isRole = async (): Promise<boolean> =>
        roleNameFault(role) === undefined && (await roles.exists(req.storage, rolePrefix + role));
      if (found.keys.length === 0 && !(await isRole())) return undefined;
      const { keyCount, blockedCount, totalSpend, largestKeys, largestOwners } = roleUsage(found.keys);
      const usage = {
        role,
        key_count: keyCount,
        blocked_count: blockedCount,
        total_spend: totalSpend,
        largest_keys: largestKeys,
        largest_owners: largestOwners,
        complete: found.complete,
      };
      return withWarnings({ data: usage }, cutWarnings(found));
    });
