import type { Clock } from '../../sdk/logical/clock.ts';
import { ReadOnlyError } from '../../sdk/logical/error.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import { isRotationDue, nextRotation, type RotationMoments } from '../schedule/next-rotation.ts';
import type { QueueMoments, Rotating } from '../schedule/rotating.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { FormerKeys } from './former-keys.ts';
import { type StaticRoleEntry, staticRolePrefix } from './static-role-entry.ts';
import { NothingToRotateError, type StaticRotation } from './static-rotation.ts';

/** When a role's key rotates next; undefined if never by itself. */
export function nextRotationOf(role: StaticRoleEntry, moments: Omit<RotationMoments, 'last'>): Date | undefined {
  if (role.deletionBegan !== undefined) return undefined;
  return nextRotation(role.rotation, { ...moments, last: role.lastRotation ?? role.created });
}

/**
 * When there is something to do for a role: a rotation, or the end of a former key, but that not before `notBefore`.
 */
export function nextDuty(
  role: StaticRoleEntry,
  moments: Omit<RotationMoments, 'last'>,
  notBefore: Date = new Date(0),
): Date | undefined {
  const ends = FormerKeys.nextEnd(role);
  const all = [nextRotationOf(role, moments), ends && (ends > notBefore ? ends : notBefore)];
  return all.filter((at) => at !== undefined).toSorted((a, b) => a.getTime() - b.getTime())[0];
}

/**
 * Milliseconds: the pause after the first former key that cannot be ended, and the longest. Each is twice the one
 * before.
 */
const firstPauseMs = 60_000;
const longestPauseMs = 3_600_000;

/** What {@link AutomaticRotation} needs. */
export interface AutomaticRotationOptions {
  readonly roles: Pick<EntryStore<StaticRoleEntry>, 'read'>;
  readonly formerKeys: Pick<FormerKeys, 'endOver'>;
  readonly rotation: Pick<StaticRotation, 'rotate'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What static roles do when their time comes, for a queue of rotations. */
export class AutomaticRotation implements Rotating {
  readonly what = 'static role';
  readonly #options: AutomaticRotationOptions;
  /** For roles with a former key that could not be ended: when that was, and the pause before the next try. */
  readonly #failed = new Map<string, { readonly at: Date; readonly pauseMs: number }>();
  #mountPoint = '';

  constructor(options: AutomaticRotationOptions) {
    this.#options = options;
  }

  /** Learns where the mount is from requests that tell: the host's own calls may not. */
  hear({ mountPoint }: Pick<Request, 'mountPoint'>): void {
    if (mountPoint !== '') this.#mountPoint = mountPoint;
  }

  async list(storage: Storage): Promise<readonly string[]> {
    return await storage.list(staticRolePrefix);
  }

  async next(storage: Storage, name: string, moments: QueueMoments): Promise<Date | undefined> {
    const role = await this.#options.roles.read(storage, staticRolePrefix + name);
    return role && nextDuty(role, moments, this.#notBefore(name, moments.now));
  }

  /** Rotates the key if that is due, and deletes the former keys that are over. If one fails, the other still runs. */
  async rotate(storage: Storage, name: string, moments: QueueMoments): Promise<void> {
    const role = await this.#options.roles.read(storage, staticRolePrefix + name);
    if (role === undefined) return;
    try {
      await this.#rotateIfDue(storage, name, role, moments);
    } finally {
      await this.#endFormer(storage, name, role, moments);
    }
  }

  /** LiteLLM refuses them by itself, so a failure delays no rotation, and does not count as a failed one. */
  async #endFormer(storage: Storage, name: string, role: StaticRoleEntry, { now }: QueueMoments): Promise<void> {
    const { formerKeys, clock, logger } = this.#options;
    const ends = FormerKeys.nextEnd(role);
    if (ends === undefined || ends > now) this.#failed.delete(name);
    if (ends === undefined || ends > now || (this.#notBefore(name, now) ?? now) > now) return;
    try {
      await formerKeys.endOver(storage, name);
      this.#failed.delete(name);
    } catch (error) {
      if (error instanceof ReadOnlyError) throw error;
      const before = this.#failed.get(name);
      const pauseMs = before === undefined ? firstPauseMs : Math.min(2 * before.pauseMs, longestPauseMs);
      this.#failed.set(name, { at: clock.now(), pauseMs });
      const reason = error instanceof Error ? error.message : String(error);
      logger.log('warn', 'cannot delete a former key, which has ended', { static_role: name, error: reason });
    }
  }

  #notBefore(name: string, now: Date): Date | undefined {
    const failed = this.#failed.get(name);
    // A clock that was set back delays nothing.
    return failed && failed.at <= now ? new Date(failed.at.getTime() + failed.pauseMs) : undefined;
  }

  async #rotateIfDue(storage: Storage, name: string, role: StaticRoleEntry, moments: QueueMoments): Promise<void> {
    const isDue = ({ deletionBegan, rotation, lastRotation, created }: StaticRoleEntry): boolean =>
      deletionBegan === undefined && isRotationDue(rotation, { ...moments, last: lastRotation ?? created });
    if (!isDue(role)) return;
    try {
      await this.#options.rotation.rotate({ storage, mountPoint: this.#mountPoint }, name, isDue);
    } catch (error) {
      // Somebody else did it.
      if (!(error instanceof NothingToRotateError)) throw error;
    }
  }
}
