import { cronSchedule } from './cron-schedule.ts';
import type { RotationParams } from './rotation-params.ts';

/** What the next rotation is reckoned from. */
export interface RotationMoments {
  /** When it was last rotated or, before that, made, or told when to rotate: whichever was last. */
  readonly last: Date;
  readonly now: Date;
  /**
   * When whoever waits for it began to, by the same clock; `now` where nobody does. A `last` that is ahead of `now` tells
   * of a clock that was set back: then the time is counted from here instead, and comes.
   */
  readonly seen?: Date;
}

/**
 * When to rotate next; a moment that is not ahead of `now` says that it is due. Undefined where nothing rotates by itself.
 * Of moments of a schedule that were missed, one alone counts; with a window none that is further back than that: the
 * next is waited for. Throws where the stored schedule cannot be read. Go: `NextRotationTimeFromInput` and
 * `IsInsideRotationWindow` in sdk/rotation.
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
