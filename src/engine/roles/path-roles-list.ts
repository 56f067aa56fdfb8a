import { definePath, type Path } from '../../sdk/framework/path.ts';
import { listResponses, operationPrefix } from '../fields/documentation.ts';
import { rolePrefix } from './role-entry.ts';
import { listBelow, listFields } from './stored-names.ts';

/** The names of all roles. */
export const pathRolesList = (): Path =>
  definePath({
    pattern: 'roles/?$',
    fields: listFields,
    operations: {
      list: {
        callback: listBelow(rolePrefix),
        summary: 'List the roles.',
        responses: listResponses('names of the roles'),
      },
    },
    displayAttrs: { operationPrefix, operationSuffix: 'roles' },
    helpSynopsis: 'The names of the roles.',
    helpDescription:
      'Lists the roles of this mount by name. On OpenBao, after and limit give a part of the list. Vault always gives the whole list.',
  });
