import type { FieldData } from '../../sdk/framework/field-data.ts';
import type { FieldValue } from '../../sdk/framework/field-schema.ts';
import { handlePatchOperation } from '../../sdk/framework/patch.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { type KeyTerms, mergedTerms, shownTerms, termRows } from '../roles/key-terms.ts';
import { sentValue } from '../roles/written-terms.ts';
import { parsedStaticRotation } from '../schedule/rotation-params.ts';
import { type AdoptedTerms, withoutWritten } from './adopted-terms.ts';
import { checkAlias, defaultAlias, resolvedTerms } from './check-static-role.ts';
import { nothingCarried, type StaticRoleEntry } from './static-role-entry.ts';
import type { StaticRoleData, staticRoleFields } from './static-role-fields.ts';
import type { NewStaticRole } from './static-rotation.ts';

/** Throws {@link UserMistake} for a field that belongs to a deletion. */
export function refuseRetain(data: StaticRoleData): void {
  if (data.getOk('retain') === undefined) return;
  throw new UserMistake(
    'nothing was stored, since retain is for a delete: leave it out here, and send it with the delete',
  );
}

/** A new role, with a key that the engine makes. Throws {@link UserMistake}. */
export function newStaticRole(name: string, data: StaticRoleData): NewStaticRole {
  const terms = mergedTerms(undefined, (field) => sentValue(data, field));
  const keyAlias = filled(data.getOk('key_alias')) ?? defaultAlias(name, resolvedTerms(name, terms));
  return {
    ...checked(name, { ...terms, keyAlias, carried: nothingCarried, ...timing(undefined, data) }),
    adopt: undefined,
  };
}

/**
 * A role with an existing key of LiteLLM: what a write says of it holds from its first rotation on. Throws
 * {@link UserMistake}.
 */
export function adoptingStaticRole(
  name: string,
  data: StaticRoleData,
  adopted: AdoptedTerms & { readonly alias: string | undefined },
): NewStaticRole {
  const terms = mergedTerms(undefined, (field) => sentValue(data, field) ?? adopted.fields.get(field));
  const asked = filled(data.getOk('key_alias'));
  if (asked !== undefined && adopted.alias !== undefined && asked !== adopted.alias) {
    throw new UserMistake(
      'nothing was stored, since the adopted key keeps its alias, which is not the one in key_alias: leave key_alias out, or rename the key in LiteLLM first',
    );
  }
  const keyAlias = adopted.alias ?? asked ?? defaultAlias(name, resolvedTerms(name, terms));
  const carried = withoutWritten(adopted.carried, writtenFields(data));
  return { ...checked(name, { ...terms, keyAlias, carried, ...timing(undefined, data) }), adopt: data.get('adopt') };
}

/** What a write or a patch makes of a role. Throws {@link UserMistake}. */
export function changedStaticRole(
  name: string,
  existing: StaticRoleEntry,
  data: StaticRoleData,
  how: 'write' | 'patch',
): StaticRoleEntry {
  const values = how === 'patch' ? patched(existing, data) : data;
  const terms = mergedTerms(how === 'patch' ? undefined : existing, (field) => sentValue(values, field));
  requireSameKey(existing, terms, data);
  const carried = withoutWritten(existing.carried, writtenFields(data));
  const overlap = how === 'patch' ? values.get('rotation_overlap') : undefined;
  const changed = { ...existing, ...terms, carried, ...timing(existing, data) };
  return checked(name, overlap === undefined ? changed : { ...changed, rotationOverlap: overlap });
}

/** Whether the next key of a role differs from its current one. */
export function changesKey(before: StaticRoleEntry, after: StaticRoleEntry): boolean {
  const told = (role: StaticRoleEntry): string => JSON.stringify([shownTerms(role), role.carried]);
  return told(before) !== told(after);
}

function timing(existing: StaticRoleEntry | undefined, data: StaticRoleData) {
  return {
    rotation: parsedStaticRotation(existing?.rotation, data),
    rotationOverlap: data.getOk('rotation_overlap') ?? existing?.rotationOverlap ?? 0,
  };
}

function checked<Role extends KeyTerms & { readonly keyAlias: string }>(name: string, role: Role): Role {
  resolvedTerms(name, role);
  checkAlias(role.keyAlias);
  return role;
}

/** People, dashboards and readers know a role by the name of its key. */
function requireSameKey(existing: StaticRoleEntry, terms: KeyTerms, data: StaticRoleData): void {
  const [keyAlias, adopt] = [data.getOk('key_alias'), data.getOk('adopt')];
  const other =
    keyAlias !== undefined && keyAlias !== existing.keyAlias
      ? 'key_alias'
      : adopt !== undefined && adopt !== (existing.adopt ?? '')
        ? 'adopt'
        : terms.keyAliasPrefix !== existing.keyAliasPrefix
          ? 'key_alias_prefix'
          : undefined;
  if (other === undefined) return;
  throw new UserMistake(
    `nothing was stored, since ${other} names another key than the role has, and a role keeps its key: leave it out, ` +
      'or delete the role and write it again',
  );
}

/** Makes of a patch the equal write of the whole role. */
function patched(existing: StaticRoleEntry, data: StaticRoleData): StaticRoleData {
  const resource: Values = { ...shownTerms(existing), rotation_overlap: existing.rotationOverlap };
  const result = handlePatchOperation(data, resource);
  if (!result.ok) throw new UserMistake(result.message);
  return result.data;
}

/** Values of a static role by field name. */
type Values = { readonly [K in keyof typeof staticRoleFields]?: FieldValue<(typeof staticRoleFields)[K]> };

/** The terms that a write names, even to remove them. */
function writtenFields(data: Pick<FieldData, 'raw'>): ReadonlyMap<string, unknown> {
  return new Map(termRows.flatMap(([field]) => (Object.hasOwn(data.raw, field) ? [[field, true] as const] : [])));
}

function filled(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
