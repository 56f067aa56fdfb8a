import { definePath, type Path } from '../../sdk/framework/path.ts';
import { genericNameRegex } from '../../sdk/framework/pattern.ts';
import { CodedError } from '../../sdk/logical/error.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Response } from '../../sdk/logical/response.ts';
import { answeringMistakes } from '../fault/user-mistake.ts';
import { operationPrefix, storedResponses } from '../fields/documentation.ts';
import { requireWritableName, roleNameFault } from '../roles/role-name.ts';
import type { RoleVerifier } from '../roles/role-verifier.ts';
import { sentTerms, termWarnings } from '../roles/written-terms.ts';
import { nextRotationOf } from './automatic-rotation.ts';
import { shownMoment, shownStaticRole } from './shown-static-role.ts';
import type { StaticRoleEntry } from './static-role-entry.ts';
import { shownStaticRoleFields, type StaticRoleData, staticRoleFields } from './static-role-fields.ts';
import type { StaticRoles } from './static-roles.ts';
import { changedStaticRole, changesKey, refuseRetain } from './written-static-role.ts';

const notFound = 404;

/** What {@link pathStaticRole} needs. */
export interface StaticRolePathOptions {
  readonly roles: Pick<StaticRoles, 'read' | 'exists' | 'create' | 'change' | 'delete'>;
  readonly verifier: Pick<RoleVerifier, 'verify'>;
  readonly clock: Clock;
}

/** It asks LiteLLM, so a standby leaves it to the node that stores the result. */
const forwarded = { forwardPerformanceStandby: true, forwardPerformanceSecondary: true };

/** One static role: read, write, patch, delete. */
export const pathStaticRole = (options: StaticRolePathOptions): Path =>
  definePath({
    pattern: `static-roles/${genericNameRegex('name')}`,
    fields: staticRoleFields,
    operations: {
      read: {
        callback: roleRead(options),
        summary: 'Read a static role, without its key.',
        responses: { 200: { description: 'The static role, without its key.', fields: shownStaticRoleFields } },
      },
      create: {
        callback: roleWrite(options),
        summary: 'Create a static role, with a key that is made now or that it adopts.',
        responses: storedResponses,
        ...forwarded,
      },
      update: {
        callback: roleWrite(options),
        summary: 'Change the given fields of a static role.',
        responses: storedResponses,
        ...forwarded,
      },
      patch: {
        callback: rolePatch(options),
        summary: 'Change the given fields of a stored static role; null gives a field its default.',
        responses: storedResponses,
        ...forwarded,
      },
      delete: {
        callback: roleDelete(options),
        summary: 'Delete a static role, and its key with it unless retain is true.',
        responses: { 204: { description: 'Deleted, or not there.' } },
        ...forwarded,
      },
    },
    existenceCheck: async (req, data) =>
      // The storage may refuse a name that the write refuses in plain words.
      roleNameFault(data.get('name')) === undefined && (await options.roles.exists(req.storage, data.get('name'))),
    refusesUnknownFields: true,
    displayAttrs: { operationPrefix, operationSuffix: 'static-role' },
    helpSynopsis: 'The static roles, each of which has one key that is rotated.',
    helpDescription:
      'A static role owns one key of LiteLLM, made for it or adopted, and replaces its value from time to time. ' +
      'static-creds/<name> answers the value, to all who may read it, without a lease. A write changes the fields that it ' +
      'names and keeps the others. What the key may do changes with the next rotation. Which key it is never changes.',
  });

const roleRead =
  ({ roles, clock }: StaticRolePathOptions) =>
  async (req: Request, data: StaticRoleData): Promise<Response | undefined> => {
    const role = await roles.read(req.storage, data.get('name'));
    return role && { data: shownStaticRole(role, clock.now()) };
  };

const roleWrite = (options: StaticRolePathOptions) => (req: Request, data: StaticRoleData) =>
  answeringMistakes(async () => {
    const { roles, verifier } = options;
    const name = data.get('name');
    requireWritableName(name);
    refuseRetain(data);
    const warnings = data.get('verify') ? await verifier.verify(req, sentTerms(data)) : [];
    const changed = await roles.change(req.storage, name, (existing) => {
      req.signal.throwIfAborted();
      return changedStaticRole(name, existing, data, 'write');
    });
    const more = changed === undefined ? await roles.create(req, name, data) : changeWarnings(name, changed, options);
    return answer([...warnings, ...termWarnings(data), ...more]);
  });

const rolePatch = (options: StaticRolePathOptions) => (req: Request, data: StaticRoleData) =>
  answeringMistakes(async () => {
    const { roles, verifier } = options;
    const name = data.get('name');
    requireWritableName(name);
    refuseRetain(data);
    if (!(await roles.exists(req.storage, name))) throw noRole(name);
    const warnings = data.get('verify') ? await verifier.verify(req, sentTerms(data)) : [];
    const changed = await roles.change(req.storage, name, (existing) => {
      req.signal.throwIfAborted();
      return changedStaticRole(name, existing, data, 'patch');
    });
    if (changed === undefined) throw noRole(name);
    return answer([...warnings, ...termWarnings(data), ...changeWarnings(name, changed, options)]);
  });

const roleDelete =
  ({ roles }: StaticRolePathOptions) =>
  (req: Request, data: StaticRoleData): Promise<Response | undefined> =>
    answeringMistakes(async () => {
      await roles.delete(req.storage, data.get('name'), data.get('retain'));
      return undefined;
    });

function noRole(name: string): CodedError {
  return new CodedError(
    notFound,
    `there is no static role "${name}" to patch: write static-roles/${name}, which makes it`,
  );
}

function answer(warnings: readonly string[]): Response | undefined {
  return warnings.length === 0 ? undefined : { warnings };
}

function changeWarnings(
  name: string,
  { before, after }: { readonly before: StaticRoleEntry; readonly after: StaticRoleEntry },
  { clock }: StaticRolePathOptions,
): readonly string[] {
  if (!changesKey(before, after)) return [];
  const next = nextRotationOf(after, { now: clock.now() });
  const when = next === undefined ? 'by a rotation' : `with the next rotation, at ${shownMoment(next)}`;
  return [`The key stays as it is, and gets the change ${when}: write rotate-role/${name} to apply it now.`];
}
