import type { Request } from '../../sdk/logical/request.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import { isRotationDue, nextRotation, type RotationMoments } from '../schedule/next-rotation.ts';
import type { QueueMoments, Rotating } from '../schedule/rotating.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { FormerKeys } from './former-keys.ts';
import { type StaticRoleEntry, staticRolePrefix } from './static-role-entry.ts';
import { NothingToRotateError, type StaticRotation } from './static-rotation.ts';

/** When a role's key is rotated next; undefined where it never is by itself. */
export function nextRotationOf(role: StaticRoleEntry, moments: Omit<RotationMoments, 'last'>): Date | undefined {
  if (role.deletionBegan !== undefined) return undefined;
  return nextRotation(role.rotation, { ...moments, last: role.lastRotation ?? role.created });
}

/** When there is something to do about a role: a rotation, or the end of a former key. */
export function nextDuty(role: StaticRoleEntry, moments: Omit<RotationMoments, 'last'>): Date | undefined {
  const all = [nextRotationOf(role, moments), FormerKeys.nextEnd(role)].filter((at) => at !== undefined);
  return all.toSorted((a, b) => a.getTime() - b.getTime())[0];
}

/** What {@link AutomaticRotation} needs. */
export interface AutomaticRotationOptions {
  readonly roles: Pick<EntryStore<StaticRoleEntry>, 'read'>;
  readonly formerKeys: Pick<FormerKeys, 'endOver'>;
  readonly rotation: Pick<StaticRotation, 'rotate'>;
}

/** What static roles do when their time comes, as a queue of rotations wants it. */
export class AutomaticRotation implements Rotating {
  readonly what = 'static role';
  readonly #options: AutomaticRotationOptions;
  #mountPoint = '';

  constructor(options: AutomaticRotationOptions) {
    this.#options = options;
  }

  /** Takes where the mount is, of requests that tell: the host's own calls may not. */
  hear({ mountPoint }: Pick<Request, 'mountPoint'>): void {
    if (mountPoint !== '') this.#mountPoint = mountPoint;
  }

  async list(storage: Storage): Promise<readonly string[]> {
    return await storage.list(staticRolePrefix);
  }

  async next(storage: Storage, name: string, moments: QueueMoments): Promise<Date | undefined> {
    const role = await this.#options.roles.read(storage, staticRolePrefix + name);
    return role && nextDuty(role, moments);
  }

  /** Rotates the key if that is due, and deletes the former keys that are over; neither waits for the other to succeed. */
  async rotate(storage: Storage, name: string, moments: QueueMoments): Promise<void> {
    const { roles, formerKeys } = this.#options;
    const role = await roles.read(storage, staticRolePrefix + name);
    if (role === undefined) return;
    const ends = FormerKeys.nextEnd(role);
    try {
      await this.#rotateIfDue(storage, name, role, moments);
    } finally {
      if (ends !== undefined && ends <= moments.now) await formerKeys.endOver(storage, name);
    }
  }

  async #rotateIfDue(storage: Storage, name: string, role: StaticRoleEntry, moments: QueueMoments): Promise<void> {
    const isDue = ({ deletionBegan, rotation, lastRotation, created }: StaticRoleEntry): boolean =>
      deletionBegan === undefined && isRotationDue(rotation, { ...moments, last: lastRotation ?? created });
    if (!isDue(role)) return;
    try {
      await this.#options.rotation.rotate({ storage, mountPoint: this.#mountPoint }, name, isDue);
    } catch (error) {
      // Somebody was there before.
      if (!(error instanceof NothingToRotateError)) throw error;
    }
  }
}
