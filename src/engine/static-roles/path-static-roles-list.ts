import { definePath, type Path } from '../../sdk/framework/path.ts';
import { listResponses, operationPrefix } from '../fields/documentation.ts';
import { listBelow, listFields } from '../roles/stored-names.ts';
import { staticRolePrefix } from './static-role-entry.ts';

/** The names of all static roles. */
export const pathStaticRolesList = (): Path =>
  definePath({
    pattern: 'static-roles/?$',
    fields: listFields,
    operations: {
      list: {
        callback: listBelow(staticRolePrefix),
        summary: 'List the static roles.',
        responses: listResponses('names of the static roles'),
      },
    },
    displayAttrs: { operationPrefix, operationSuffix: 'static-roles' },
    helpSynopsis: 'The names of the static roles.',
    helpDescription:
      'Lists the static roles of this mount by name. On OpenBao, after and limit give a part of the list. Vault always gives the whole list.',
  });
