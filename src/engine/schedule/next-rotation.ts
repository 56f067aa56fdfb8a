import { cronSchedule } from './cron-schedule.ts';
import type { RotationParams } from './rotation-params.ts';

/** From what the next rotation is computed. */
export interface RotationMoments {
  /** When it was last rotated, made, or told when to rotate: the latest of these. */
  readonly last: Date;
  readonly now: Date;
  /**
   * When the caller began to wait for it, by the same clock; `now` if nobody waits. A `last` ahead of `now` means that
   * the clock was set back: then the time counts from here, so that it comes.
   */
  readonly seen?: Date;
}

/**
 * When to rotate next; a moment not after `now` means due. Undefined if nothing rotates by itself. Of missed moments of
 * a schedule, only one counts; with a window, none that is further back than the window: the next is waited for. Throws
 * if the stored schedule cannot be read. Go: `NextRotationTimeFromInput` and `IsInsideRotationWindow` in sdk/rotation.
 */
export function nextRotation(
  { schedule, window, period, disabled }: RotationParams,
  { last, now, seen = now }: RotationMoments,
): Date | undefined {
  if (disabled) return undefined;
  const from = (last.getTime() > now.getTime() ? seen : last).getTime();
  if (period > 0) return new Date(from + period * 1000);
  if (schedule === '') return undefined;
  const open = window > 0 ? now.getTime() - window * 1000 : from;
  return cronSchedule(schedule).next(new Date(Math.max(from, open)));
}

/** Whether to rotate now. */
export function isRotationDue(params: RotationParams, moments: RotationMoments): boolean {
  const next = nextRotation(params, moments);
  return next !== undefined && next.getTime() <= moments.now.getTime();
}
