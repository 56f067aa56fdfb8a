import * as v from 'valibot';
import type { FieldData } from '../../sdk/framework/field-data.ts';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import {
  commaStringSlice,
  durationSecond,
  float,
  kvPairs,
  nameString,
  string,
} from '../../sdk/framework/field-type.ts';
import { definePath, type Path } from '../../sdk/framework/path.ts';
import { genericNameRegex } from '../../sdk/framework/pattern.ts';
import type { Request } from '../../sdk/logical/request.ts';
import { listResponse, type Response } from '../../sdk/logical/response.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { keyMetadataPrefix } from './key-metadata.ts';
import { type KeyType, keyTypes, type RoleEntry, rolePrefix } from './role-entry.ts';
import { answeringMistakes, UserMistake } from '../fault/user-mistake.ts';

/** The roles of a mount, as these paths use them. */
export type RoleStore = Pick<EntryStore<RoleEntry>, 'read' | 'change' | 'delete'>;

const name = { type: nameString, description: 'Name of the role.', required: true } as const;

/** The fields of `roles/<name>`. */
export const roleFields = defineFields({
  name,
  models: { type: commaStringSlice, description: 'Models that a key may call, wildcards allowed. Empty allows all.' },
  max_budget: {
    type: v.pipe(float, v.minValue(0, 'must not be negative')),
    description: 'What a key may spend, in US dollars. 0 is no limit.',
  },
  key_alias_prefix: {
    type: string,
    description: "What the alias of every key begins with; the role's name and a random part follow.",
    default: 'vault',
  },
  metadata: {
    type: kvPairs,
    description: `Texts that every key carries. Names must not begin with ${keyMetadataPrefix}.`,
  },
  ttl: { type: durationSecond, description: "Lease of a key. 0 is the mount's default." },
  max_ttl: { type: durationSecond, description: "Longest lease, renewals included. 0 is the mount's maximum." },
  key_type: {
    type: string,
    description: 'llm_api: a key reaches models and nothing else. default: it reaches whatever an ordinary key may.',
    default: 'llm_api',
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
    existenceCheck: async (req, data) => (await roles.read(req.storage, roleKey(data))) !== undefined,
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
    await roles.change(req.storage, roleKey(data), (existing) => {
      req.signal.throwIfAborted();
      return checked(merged(existing, data));
    });
    return undefined;
  });

const roleDelete =
  (roles: RoleStore) =>
  async (req: Request, data: Data): Promise<undefined> => {
    await roles.delete(req.storage, roleKey(data));
  };

/** A role as it is typed in: the key's type is any text still. */
type UncheckedRole = Omit<RoleEntry, 'keyType'> & { readonly keyType: string };

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

const maxPrefixLength = 128;
/** LiteLLM refuses control characters, line separators and `..` between slashes in an alias. */
const unsafeInAlias = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|(?:^|\/)\.\.\//;

/** Throws {@link UserMistake} for a role that no key could be issued from. */
function checked(role: UncheckedRole): RoleEntry {
  const { models, keyAliasPrefix, metadata, ttl, maxTTL, keyType } = role;
  if (maxTTL > 0 && ttl > maxTTL) {
    throw new UserMistake(`ttl (${ttl} s) is longer than max_ttl (${maxTTL} s): shorten ttl or raise max_ttl`);
  }
  if (models.some((model) => model === '')) {
    throw new UserMistake('models has an empty name in it: leave it out, or leave models empty to allow all');
  }
  if (keyAliasPrefix === '' || keyAliasPrefix.length > maxPrefixLength) {
    throw new UserMistake(`key_alias_prefix must have 1 to ${maxPrefixLength} characters`);
  }
  if (unsafeInAlias.test(keyAliasPrefix)) {
    throw new UserMistake(
      'key_alias_prefix has a control character or a "../" in it, which LiteLLM refuses in an alias: leave it out',
    );
  }
  const texts = [keyAliasPrefix, ...models, ...Object.entries(metadata).flat()];
  if (texts.some((text) => text.includes('\0') || !text.isWellFormed())) {
    throw new UserMistake(
      'key_alias_prefix, models or metadata has a NUL character or half a surrogate pair in it, which LiteLLM cannot store: leave it out',
    );
  }
  for (const key of Object.keys(metadata)) {
    if (key === '') throw new UserMistake('metadata has an empty name in it: give it one');
    if (key.startsWith(keyMetadataPrefix)) {
      throw new UserMistake(
        `metadata must not name "${shortened(key)}": names that begin with ${keyMetadataPrefix} are the engine's own`,
      );
    }
  }
  if (!isKeyType(keyType)) {
    throw new UserMistake(`key_type must be one of ${keyTypes.join(', ')}`);
  }
  return { ...role, keyType };
}

function isKeyType(text: string): text is KeyType {
  return (keyTypes as readonly string[]).includes(text);
}

function shortened(text: string): string {
  const most = 60;
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
