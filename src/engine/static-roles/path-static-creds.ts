import type { FieldData } from '../../sdk/framework/field-data.ts';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import { definePath, type Path } from '../../sdk/framework/path.ts';
import { genericNameRegex } from '../../sdk/framework/pattern.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Request } from '../../sdk/logical/request.ts';
import { type Response, withWarnings } from '../../sdk/logical/response.ts';
import { answeringMistakes, UserMistake } from '../fault/user-mistake.ts';
import { operationPrefix } from '../fields/documentation.ts';
import { roleNameField } from '../roles/role-name.ts';
import { shownStaticRotation } from '../schedule/rotation-params.ts';
import type { RotationQueue } from '../schedule/rotation-queue.ts';
import type { RotationFailure } from '../schedule/waiting-rotations.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { nextRotationOf } from './automatic-rotation.ts';
import { type StaticRoleEntry, staticRolePrefix } from './static-role-entry.ts';
import { staticCredsFields } from './static-role-fields.ts';
import { shownMoment } from './shown-static-role.ts';

const fields = defineFields({ name: roleNameField('Name of the static role.') });

/** What {@link pathStaticCreds} reads. */
export interface StaticCredsOptions {
  readonly roles: Pick<EntryStore<StaticRoleEntry>, 'read'>;
  /** Which rotations fail: only this node knows, if it rotates. */
  readonly queue: Pick<RotationQueue, 'failure'>;
  readonly clock: Clock;
}

/** The key of a static role as it is stored. Any node answers. */
export const pathStaticCreds = (options: StaticCredsOptions): Path =>
  definePath({
    pattern: `static-creds/${genericNameRegex('name')}`,
    fields,
    operations: {
      read: {
        callback: staticCredsRead(options),
        summary: "Read a static role's key.",
        responses: { 200: { description: 'The key, without a lease.', fields: staticCredsFields } },
      },
    },
    displayAttrs: { operationPrefix, operationVerb: 'read', operationSuffix: 'static-role-credentials' },
    helpSynopsis: 'The key of a static role.',
    helpDescription:
      'Answers the key that the role has now, which works until it is rotated and, with rotation_overlap, for that much longer. ' +
      'It has no lease: read it again when ttl is over. The read makes nothing, and asks LiteLLM nothing.',
  });

const staticCredsRead =
  ({ roles, queue, clock }: StaticCredsOptions) =>
  (req: Request, data: FieldData<typeof fields>): Promise<Response | undefined> =>
    answeringMistakes(async () => {
      const name = data.get('name');
      const role = await roles.read(req.storage, staticRolePrefix + name);
      if (role === undefined) {
        throw new UserMistake(
          `there is no static role "${name}": write static-roles/${name}, or list static-roles/ to see those that exist`,
        );
      }
      if (role.deletionBegan !== undefined) throw halfDeleted(name);
      const now = clock.now();
      const next = nextRotationOf(role, { now });
      const { key, tokenId } = role.current;
      if (key === undefined) throw unknownValue(name, next);
      const failure = queue.failure(name);
      const then = failure?.nextTry ?? next;
      const response = {
        data: {
          key,
          key_alias: role.keyAlias,
          token_id: tokenId,
          ...(role.lastRotation === undefined ? {} : { last_vault_rotation: shownMoment(role.lastRotation) }),
          ...shownStaticRotation(role.rotation),
          ...(then === undefined ? {} : { ttl: Math.max(0, Math.ceil((then.getTime() - now.getTime()) / 1000)) }),
        },
      };
      return withWarnings(response, failure === undefined ? [] : [failing(failure)]);
    });

function failing({ since, attempts, message, nextTry }: RotationFailure): string {
  const often = attempts === 1 ? 'once' : `${attempts} times`;
  return `The rotation of this key has failed since ${shownMoment(since)} (${often}), and the key stays as it is; the next try is at ${shownMoment(nextTry)}. What went wrong: ${message}`;
}

function halfDeleted(name: string): UserMistake {
  return new UserMistake(
    `the static role "${name}" is half deleted, and its key may be refused: delete it again, or write rotate-role/${name}, which gives it a new key`,
  );
}

function unknownValue(name: string, next: Date | undefined): UserMistake {
  const wait = next === undefined ? '' : `, or wait until ${shownMoment(next)}, when it is rotated`;
  return new UserMistake(
    `nobody has told the value of the key that the static role "${name}" has adopted: write rotate-role/${name}, which makes the next one${wait}`,
  );
}
