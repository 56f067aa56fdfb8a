import type { FieldData } from '../../sdk/framework/field-data.ts';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import { definePath, type Path } from '../../sdk/framework/path.ts';
import { genericNameRegex } from '../../sdk/framework/pattern.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Response } from '../../sdk/logical/response.ts';
import { answeringMistakes, UserMistake } from '../fault/user-mistake.ts';
import { operationPrefix } from '../fields/documentation.ts';
import { roleNameField } from '../roles/role-name.ts';
import type { StaticRoles } from './static-roles.ts';

const fields = defineFields({ name: roleNameField('Name of the static role.') });

/** Rotates the key of a static role at once. */
export const pathRotateRole = (roles: Pick<StaticRoles, 'rotate'>): Path =>
  definePath({
    pattern: `rotate-role/${genericNameRegex('name')}`,
    fields,
    operations: {
      update: {
        callback: (req: Request, data: FieldData<typeof fields>): Promise<Response | undefined> =>
          answeringMistakes(async () => {
            const name = data.get('name');
            const warnings = await roles.rotate(req, name);
            if (warnings !== undefined) return warnings.length === 0 ? undefined : { warnings };
            throw new UserMistake(
              `there is no static role "${name}" to rotate: write static-roles/${name}, or list static-roles/ to see those that exist`,
            );
          }),
        summary: "Rotate a static role's key at once.",
        responses: {
          200: { description: 'Rotated; the answer has warnings, and no data.' },
          204: { description: 'Rotated: static-creds answers the new key.' },
        },
        forwardPerformanceStandby: true,
        forwardPerformanceSecondary: true,
      },
    },
    displayAttrs: { operationPrefix, operationVerb: 'rotate', operationSuffix: 'static-role-credentials' },
    helpSynopsis: 'Rotate the key of a static role.',
    helpDescription:
      'Makes a new key from the role as it is now, stores it, and then ends the former one, or leaves it its rotation_overlap. ' +
      'If that fails, the former key stays, and works. The next rotation counts from here.',
  });
