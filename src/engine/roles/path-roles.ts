import type { FieldData } from '../../sdk/framework/field-data.ts';
import type { FieldValue } from '../../sdk/framework/field-schema.ts';
import { handlePatchOperation } from '../../sdk/framework/patch.ts';
import { definePath, type Path } from '../../sdk/framework/path.ts';
import { genericNameRegex } from '../../sdk/framework/pattern.ts';
import { CodedError } from '../../sdk/logical/error.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Response } from '../../sdk/logical/response.ts';
import { answeringMistakes, UserMistake } from '../fault/user-mistake.ts';
import { deletedResponses, operationPrefix, storedResponses } from '../fields/documentation.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { checkedRole } from './check-role.ts';
import { mergedTerms, shownTerms } from './key-terms.ts';
import { type RoleEntry, rolePrefix } from './role-entry.ts';
import { roleFields } from './role-fields.ts';
import { requireWritableName, roleNameFault } from './role-name.ts';
import type { RoleVerifier } from './role-verifier.ts';
import { requireAllFields, sentTerms, sentValue, termWarnings } from './written-terms.ts';

/** The roles of a mount, as these paths use them. */
export type RoleStore = Pick<EntryStore<RoleEntry>, 'read' | 'exists' | 'change' | 'delete'>;

type Data = FieldData<typeof roleFields>;

const { name: _name, verify: _verify, ...shownFields } = roleFields;

/** One role: read, write, patch, delete. */
export const pathRole = (roles: RoleStore, verifier: Pick<RoleVerifier, 'verify'>): Path =>
  definePath({
    pattern: `roles/${genericNameRegex('name')}`,
    fields: roleFields,
    operations: {
      read: {
        callback: roleRead(roles),
        summary: 'Read a role.',
        responses: { 200: { description: 'The role, without what was never written.', fields: shownFields } },
      },
      create: { callback: roleWrite(roles, verifier), summary: 'Create a role.', ...storing },
      update: { callback: roleWrite(roles, verifier), summary: 'Change the given fields of a role.', ...storing },
      patch: {
        callback: rolePatch(roles, verifier),
        summary: 'Change the given fields of a stored role; null gives a field its default.',
        ...storing,
      },
      delete: { callback: roleDelete(roles), summary: 'Delete a role.', responses: deletedResponses },
    },
    existenceCheck: async (req, data) =>
      // The storage may refuse a name that the write refuses in plain words.
      roleNameFault(data.get('name')) === undefined && (await roles.exists(req.storage, roleKey(data))),
    refusesUnknownFields: true,
    displayAttrs: { operationPrefix, operationSuffix: 'role' },
    helpSynopsis: 'The roles that keys are issued from.',
    helpDescription:
      'A role fixes the models, the limits, the owner and the lease of every key that is issued from it. A write changes the ' +
      'fields that it names and keeps the others. So does a patch (JSON merge patch), which merges maps name by name; null ' +
      'gives a field its default. Keys that were issued before keep what they got.',
  });

/** Verifying asks the proxy, so a standby leaves that to the node that stores the answer. */
const storing = {
  responses: storedResponses,
  forwardPerformanceStandby: true,
  forwardPerformanceSecondary: true,
};

function roleKey(data: Data): string {
  return rolePrefix + data.get('name');
}

const roleRead =
  (roles: RoleStore) =>
  async (req: Request, data: Data): Promise<Response | undefined> => {
    const role = await roles.read(req.storage, roleKey(data));
    if (role === undefined) return undefined;
    return { data: { ...shownTerms(role), ttl: role.ttl, max_ttl: role.maxTTL } };
  };

const roleWrite = (roles: RoleStore, verifier: Pick<RoleVerifier, 'verify'>) => (req: Request, data: Data) =>
  answeringMistakes(async () => {
    const name = data.get('name');
    requireWritableName(name);
    const change = (existing: RoleEntry | undefined): RoleEntry => checkedRole(name, merged(existing, data));
    const warnings = data.get('verify') ? await verifier.verify(req, sentTerms(data)) : [];
    await roles.change(
      req.storage,
      roleKey(data),
      (existing) => {
        req.signal.throwIfAborted();
        return change(existing);
      },
      (unreadable, names) => {
        req.signal.throwIfAborted();
        requireAllFields(data, unreadable, names, ['ttl', 'max_ttl']);
        return change(undefined);
      },
    );
    return answer([...warnings, ...termWarnings(data)]);
  });

const rolePatch = (roles: RoleStore, verifier: Pick<RoleVerifier, 'verify'>) => (req: Request, data: Data) =>
  answeringMistakes(async () => {
    const name = data.get('name');
    requireWritableName(name);
    if (!(await roles.exists(req.storage, roleKey(data)))) throw noRole(name);
    const warnings = data.get('verify') ? await verifier.verify(req, sentTerms(data)) : [];
    await roles.change(req.storage, roleKey(data), (existing) => {
      req.signal.throwIfAborted();
      if (existing === undefined) throw noRole(name);
      return checkedRole(name, merged(undefined, patched(existing, data)));
    });
    return answer([...warnings, ...termWarnings(data)]);
  });

const notFound = 404;

function noRole(name: string): CodedError {
  return new CodedError(notFound, `there is no role "${name}" to patch: write roles/${name}, which makes it`);
}

/** Makes of a patch the equal write of the whole role. */
function patched(existing: RoleEntry, data: Data): Data {
  const resource: RoleValues = { ...shownTerms(existing), ttl: existing.ttl, max_ttl: existing.maxTTL };
  const result = handlePatchOperation(data, resource);
  if (!result.ok) throw new UserMistake(result.message);
  return result.data;
}

/** Values of a role by field name. */
type RoleValues = { readonly [K in keyof typeof roleFields]?: FieldValue<(typeof roleFields)[K]> };

function answer(warnings: readonly string[]): Response | undefined {
  return warnings.length === 0 ? undefined : { warnings };
}

const roleDelete =
  (roles: RoleStore) =>
  async (req: Request, data: Data): Promise<undefined> => {
    await roles.delete(req.storage, roleKey(data));
  };

function merged(existing: RoleEntry | undefined, data: Data): RoleEntry {
  return {
    ...mergedTerms(existing, (field) => sentValue(data, field)),
    ttl: data.getOk('ttl') ?? existing?.ttl ?? data.get('ttl'),
    maxTTL: data.getOk('max_ttl') ?? existing?.maxTTL ?? data.get('max_ttl'),
  };
}
