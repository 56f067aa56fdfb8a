import type { FieldData } from '../../sdk/framework/field-data.ts';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import { definePath, type Path } from '../../sdk/framework/path.ts';
import { genericNameRegex } from '../../sdk/framework/pattern.ts';
import type { Request } from '../../sdk/logical/request.ts';
import { listResponse, type Response, withWarnings } from '../../sdk/logical/response.ts';
import { amount, duration, text } from '../fields/field-types.ts';
import { labels, nameList } from '../fields/texts.ts';
import { answeringMistakes, UserMistake } from '../fault/user-mistake.ts';
import type { EntryStore, StoredEntryError } from '../stored/entry-store.ts';
import { checkedRole, type UncheckedRole } from './check-role.ts';
import { keyMetadataPrefix } from './key-metadata.ts';
import { keyTypes, roleDefaults, type RoleEntry, rolePrefix } from './role-entry.ts';
import { requireWritableName, roleNameFault, roleNameField } from './role-name.ts';

/** The roles of a mount, as these paths use them. */
export type RoleStore = Pick<EntryStore<RoleEntry>, 'read' | 'exists' | 'change' | 'delete'>;

/** The fields of `roles/<name>`. */
export const roleFields = defineFields({
  name: roleNameField('Name of the role.'),
  models: { type: nameList, description: 'Models that a key may call, wildcards allowed. Empty allows all.' },
  max_budget: {
    type: amount,
    description: 'What a key may spend, in US dollars. 0 is no limit.',
  },
  key_alias_prefix: {
    type: text,
    description: "What the alias of every key begins with; the role's name and a random part follow.",
    default: roleDefaults.keyAliasPrefix,
  },
  metadata: {
    type: labels,
    description: `Texts that every key carries. Names must not begin with ${keyMetadataPrefix}, nor be settings of LiteLLM.`,
  },
  ttl: { type: duration, description: "Lease of a key. 0 is the mount's default." },
  max_ttl: { type: duration, description: "Longest lease, renewals included. 0 is the mount's maximum." },
  key_type: {
    type: text,
    description: 'llm_api: a key reaches models and nothing else. default: it reaches whatever an ordinary key may.',
    default: roleDefaults.keyType,
    allowedValues: keyTypes,
  },
});

type Data = FieldData<typeof roleFields>;

/** One role: read, write, delete. */
export const pathRole = (roles: RoleStore): Path =>
  definePath({
    pattern: `roles/${genericNameRegex('name')}`,
    fields: roleFields,
    operations: {
      read: { callback: roleRead(roles), summary: 'Read a role.' },
      create: { callback: roleWrite(roles), summary: 'Create a role.' },
      update: { callback: roleWrite(roles), summary: 'Change the given fields of a role.' },
      delete: { callback: roleDelete(roles), summary: 'Delete a role.' },
    },
    existenceCheck: async (req, data) =>
      // A storage may refuse a name that the write is to refuse in plain words.
      roleNameFault(data.get('name')) === undefined && (await roles.exists(req.storage, roleKey(data))),
    refusesUnknownFields: true,
    helpSynopsis: 'The roles that keys are issued from.',
    helpDescription:
      'A role fixes the models, the budget and the lease of every key that is issued from it. A write changes the ' +
      'fields that it names and keeps the others; keys that were issued before keep what they got.',
  });

/** The names of all roles. */
export const pathRolesList = (): Path =>
  definePath({
    pattern: 'roles/?$',
    fields: {},
    operations: {
      list: {
        callback: async (req) => listResponse(await req.storage.list(rolePrefix)),
        summary: 'List the roles.',
      },
    },
    helpSynopsis: 'The names of the roles.',
    helpDescription: 'Lists the roles of this mount by name.',
  });

function roleKey(data: Data): string {
  return rolePrefix + data.get('name');
}

const roleRead =
  (roles: RoleStore) =>
  async (req: Request, data: Data): Promise<Response | undefined> => {
    const role = await roles.read(req.storage, roleKey(data));
    if (role === undefined) return undefined;
    return {
      data: {
        models: role.models,
        max_budget: role.maxBudget,
        key_alias_prefix: role.keyAliasPrefix,
        metadata: role.metadata,
        ttl: role.ttl,
        max_ttl: role.maxTTL,
        key_type: role.keyType,
      },
    };
  };

const roleWrite = (roles: RoleStore) => (req: Request, data: Data) =>
  answeringMistakes(async () => {
    const name = data.get('name');
    requireWritableName(name);
    await roles.change(
      req.storage,
      roleKey(data),
      (existing) => {
        req.signal.throwIfAborted();
        return checkedRole(name, merged(existing, data));
      },
      (unreadable) => {
        req.signal.throwIfAborted();
        requireAllFields(data, unreadable);
        return checkedRole(name, merged(undefined, data));
      },
    );
    // Often a variable that is not set, and in text the one way to say it.
    return data.raw['models'] === '' ? withWarnings({}, [everyModel]) : undefined;
  });

const everyModel = 'models is empty: the keys of this role may call every model';

const roleDelete =
  (roles: RoleStore) =>
  async (req: Request, data: Data): Promise<undefined> => {
    await roles.delete(req.storage, roleKey(data));
  };

/** Nothing of an entry that cannot be read is kept, so a field that is left out would lose its limit in silence. */
function requireAllFields(data: Data, unreadable: StoredEntryError): void {
  const names = Object.keys(roleFields) as readonly (keyof typeof roleFields)[];
  const missing = names.filter((field) => data.getOk(field) === undefined);
  if (missing.length === 0) return;
  throw new UserMistake(
    `${unreadable.message}. Nothing was stored, since this write leaves out ${missing.join(', ')}: ` +
      'name every field, or delete the role and write it anew',
  );
}

function merged(existing: RoleEntry | undefined, data: Data): UncheckedRole {
  return {
    models: data.getOk('models') ?? existing?.models ?? data.get('models'),
    maxBudget: data.getOk('max_budget') ?? existing?.maxBudget ?? data.get('max_budget'),
    keyAliasPrefix: data.getOk('key_alias_prefix') ?? existing?.keyAliasPrefix ?? data.get('key_alias_prefix'),
    metadata: data.getOk('metadata') ?? existing?.metadata ?? data.get('metadata'),
    ttl: data.getOk('ttl') ?? existing?.ttl ?? data.get('ttl'),
    maxTTL: data.getOk('max_ttl') ?? existing?.maxTTL ?? data.get('max_ttl'),
    keyType: data.getOk('key_type') ?? existing?.keyType ?? data.get('key_type'),
  };
}
