import type { FieldData } from '../../sdk/framework/field-data.ts';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import { map, string, stringSlice } from '../../sdk/framework/field-type.ts';
import { definePath, type Path } from '../../sdk/framework/path.ts';
import type { Request } from '../../sdk/logical/request.ts';
import { listResponse, type Response, withWarnings } from '../../sdk/logical/response.ts';
import { CodedError } from '../../sdk/logical/error.ts';
import { answeringMistakes } from '../fault/user-mistake.ts';
import { operationPrefix } from '../fields/documentation.ts';
import { onIssuingNode } from './issuing-node.ts';
import { listedKeyInfo, shownKey, shownKeyFields } from './key-shown.ts';
import { cutWarnings, type MountKeys } from './mount-keys.ts';

const notFound = 404;

const findTheLease =
  'An engine does not tell a plugin the id of a lease. An audit log has it in the answer to the request_id of the key. Or look up ' +
  'the leases of the role under sys/leases/lookup/<mount>/creds/<role>, of which one has the issue_time of created.';

const keyFields = defineFields({
  alias: { type: string, description: 'Alias of the key in LiteLLM, in full.', required: true },
});

/** One live key of this mount: read, and delete, which blocks it. */
export const pathKey = (keys: Pick<MountKeys, 'find' | 'block'>): Path =>
  definePath({
    pattern: 'keys/(?P<alias>.+)',
    fields: keyFields,
    operations: {
      read: {
        callback: keyRead(keys),
        summary: 'Read what is known of a live key of this mount.',
        responses: { 200: { description: 'What is known of the key, without the key.', fields: shownKeyFields } },
        ...onIssuingNode,
      },
      delete: {
        callback: keyDelete(keys),
        summary: 'Block a live key of this mount at once.',
        displayAttrs: { operationVerb: 'block', operationSuffix: 'key' },
        responses: { 204: { description: 'It is refused from now on.' } },
        ...onIssuingNode,
      },
    },
    displayAttrs: { operationPrefix, operationSuffix: 'key' },
    helpSynopsis: 'Where a key comes from, and what it has spent; deleting blocks it.',
    helpDescription:
      'A key that another mount or a person has made is not found here. A delete blocks the key, on all instances of ' +
      'LiteLLM that share a Redis. The lease stays, ends by itself, and then deletes the key. A client may ' +
      'renew the lease until its max_ttl, which unblocks nothing; revoke the lease to end it at once. ' +
      findTheLease,
  });

/** The live keys of this mount. */
export const pathKeysList = (keys: Pick<MountKeys, 'all'>): Path =>
  definePath({
    pattern: 'keys/?$',
    fields: {},
    operations: {
      list: {
        callback: keysList(keys),
        summary: 'List the live keys of this mount by their aliases.',
        responses: {
          200: {
            description: 'The live keys; if there are none, the answer is a 404.',
            fields: defineFields({
              keys: { type: stringSlice, description: 'Aliases, the oldest key first.' },
              key_info: { type: map, description: 'Of each: role, owner, creation, end, spend, and whether blocked.' },
            }),
          },
        },
        ...onIssuingNode,
      },
    },
    displayAttrs: { operationPrefix, operationSuffix: 'keys' },
    helpSynopsis: 'The live keys of this mount.',
    helpDescription:
      'LiteLLM is asked for all its keys, page by page, and those of this mount are shown: not deleted and not expired, ' +
      'blocked ones too. If it has more than one request may read, the answer warns that it is cut. ' +
      findTheLease,
  });

const keyRead =
  (keys: Pick<MountKeys, 'find'>) =>
  (req: Request, data: FieldData<typeof keyFields>): Promise<Response | undefined> =>
    answeringMistakes(async () => {
      const key = await keys.find(req, data.get('alias'));
      return key && { data: shownKey(key) };
    });

const keyDelete =
  (keys: Pick<MountKeys, 'block'>) =>
  (req: Request, data: FieldData<typeof keyFields>): Promise<Response | undefined> =>
    answeringMistakes(async () => {
      const found = await keys.block(req, data.get('alias'));
      if (found) return undefined;
      // Does not quote the alias: it may be a key, pasted where an alias belongs.
      throw new CodedError(notFound, 'this mount has no live key of this alias: list keys/ to see those that it has');
    });

const keysList =
  (keys: Pick<MountKeys, 'all'>) =>
  (req: Request): Promise<Response | undefined> =>
    answeringMistakes(async () => {
      const found = await keys.all(req);
      const named = found.keys.flatMap((key) => (key.alias === undefined ? [] : [[key.alias, key] as const]));
      const response = listResponse(named.map(([alias]) => alias));
      const info = Object.fromEntries(named.map(([alias, key]) => [alias, listedKeyInfo(key)]));
      const withInfo = named.length === 0 ? response : { data: { ...response.data, key_info: info } };
      return withWarnings(withInfo, cutWarnings(found));
    });
