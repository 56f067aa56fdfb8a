import * as v from 'valibot';
import type { FieldData } from '../../sdk/framework/field-data.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { readCron } from './cron-fields.ts';
import { leastPeriod, leastWindow, type rotationFields } from './rotation-fields.ts';

/** When something rotates by itself: by a schedule, a period or neither. Only a schedule has a window. */
export interface RotationParams {
  /** Five fields of cron, in UTC; empty: none. */
  readonly schedule: string;
  /** Seconds; 0: no limit. */
  readonly window: number;
  /** Seconds; 0: none. */
  readonly period: number;
  /** Whether it rotates only when asked to, whatever the rest says. */
  readonly disabled: boolean;
}

/** For what was never told to rotate. */
export const noRotation: RotationParams = { schedule: '', window: 0, period: 0, disabled: false };

const seconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** The stored form of {@link RotationParams}. What an older version did not write is none. */
export const rotationParamsSchema: v.GenericSchema<unknown, RotationParams> = v.object({
  schedule: v.optional(v.string(), noRotation.schedule),
  window: v.optional(seconds, noRotation.window),
  period: v.optional(seconds, noRotation.period),
  disabled: v.optional(v.boolean(), noRotation.disabled),
});

/** What a write or a patch sent, with {@link rotationFields} among its fields. */
export type RotationData = Pick<FieldData<typeof rotationFields>, 'raw' | 'getOk'>;

/**
 * The sent fields over the stored ones. A schedule replaces a period, and a period replaces a schedule with its window;
 * an empty text, 0 and, in a patch, null remove what they name. Throws {@link UserMistake}, in Vault's words if it has
 * any. Go: `ParseAutomatedRotationFields`, which wants the schedule again with each new window and leaves both stored
 * if one was written after the other; Go has no least period.
 */
export function parsedRotation(existing: RotationParams | undefined, data: RotationData): RotationParams {
  const sent = sentRotation(data);
  if (isGiven(sent.schedule) && isGiven(sent.period)) {
    throw new UserMistake(
      'mutually exclusive fields rotation_schedule and rotation_period were both specified; only one of them can be provided',
    );
  }
  if (isGiven(sent.schedule)) checkSchedule(sent.schedule, 'failed to parse provided rotation_schedule');
  if (isGiven(sent.window)) {
    if (isGiven(sent.period)) throw new UserMistake('rotation_window does not apply to period');
    checkWindow(sent.window, '');
  }
  checkPeriod(sent.period);
  const merged = mergedRotation(existing, sent);
  if (isGiven(sent.window) && merged.schedule === '') {
    throw new UserMistake('cannot use rotation_window without rotation_schedule');
  }
  return merged;
}

/**
 * The same for a static role, which always has a schedule or a period. Go: `pathStaticRoleCreateUpdate` of the database
 * engine, which refuses an empty text and 0 also beside what replaces them, and ignores a window alone.
 */
export function parsedStaticRotation(existing: RotationParams | undefined, data: RotationData): RotationParams {
  const sent = sentRotation(data);
  if (isGiven(sent.schedule) && isGiven(sent.period)) {
    throw new UserMistake(
      'mutually exclusive fields rotation_period and rotation_schedule were both specified; only one of them can be provided',
    );
  }
  if (isGiven(sent.schedule)) checkSchedule(sent.schedule, 'could not parse rotation_schedule');
  checkPeriod(sent.period);
  if (isGiven(sent.window)) {
    if (isGiven(sent.period)) throw new UserMistake('rotation_window is invalid with use of rotation_period');
    checkWindow(sent.window, 'rotation_window is invalid: ');
  }
  const merged = mergedRotation(existing, sent);
  if (merged.schedule === '' && merged.period === 0) {
    if (sent.period === 0) throw new UserMistake(`rotation_period must be ${leastPeriod} seconds or more`);
    throw new UserMistake(
      'one of rotation_schedule or rotation_period must be provided to create a static account: a static role rotates by itself',
    );
  }
  if (isGiven(sent.window) && merged.schedule === '') {
    throw new UserMistake('rotation_window is invalid with use of rotation_period');
  }
  return merged;
}

/**
 * What a read answers, by field name: only what is in force, durations in seconds. Go:
 * `PopulateSetAutomatedRotationData`.
 */
export function shownRotation({ disabled, ...rest }: RotationParams): Readonly<Record<string, unknown>> {
  return { disable_automated_rotation: disabled, ...shownTiming(rest) };
}

/** The same without the flag, and without an empty window. Go: `pathStaticRoleRead` of the database engine. */
export function shownStaticRotation({ schedule, window, period }: RotationParams): Readonly<Record<string, unknown>> {
  const { rotation_window, ...shown } = shownTiming({ schedule, window, period });
  return window === 0 ? shown : { ...shown, rotation_window };
}

function shownTiming({
  schedule,
  window,
  period,
}: Omit<RotationParams, 'disabled'>): Readonly<Record<string, unknown>> {
  if (schedule !== '') return { rotation_schedule: schedule, rotation_window: window };
  return period === 0 ? {} : { rotation_period: period };
}

/** Undefined: not sent. */
interface SentRotation {
  readonly schedule: string | undefined;
  readonly window: number | undefined;
  readonly period: number | undefined;
  readonly disabled: boolean | undefined;
}

function sentRotation(data: RotationData): SentRotation {
  // A write with a null is refused earlier; a patch has it in `raw` alone.
  const isNull = (name: keyof typeof rotationFields): boolean => data.raw[name] === null;
  return {
    schedule: isNull('rotation_schedule') ? '' : data.getOk('rotation_schedule'),
    window: isNull('rotation_window') ? 0 : data.getOk('rotation_window'),
    period: isNull('rotation_period') ? 0 : data.getOk('rotation_period'),
    disabled: isNull('disable_automated_rotation') ? false : data.getOk('disable_automated_rotation'),
  };
}

function isGiven<T extends string | number>(sent: T | undefined): sent is T {
  return sent !== undefined && sent !== '' && sent !== 0;
}

function mergedRotation(existing: RotationParams = noRotation, sent: SentRotation): RotationParams {
  const period = isGiven(sent.schedule) ? 0 : (sent.period ?? existing.period);
  const schedule = isGiven(sent.period) ? '' : (sent.schedule ?? existing.schedule);
  const window = schedule === '' ? 0 : (sent.window ?? existing.window);
  return { schedule, window, period, disabled: sent.disabled ?? existing.disabled };
}

function checkSchedule(schedule: string, failure: string): void {
  const reading = readCron(schedule);
  if ('refusal' in reading) throw new UserMistake(`${failure}: ${reading.refusal}`);
}

function checkWindow(window: number, failure: string): void {
  if (window >= leastWindow) return;
  throw new UserMistake(`${failure}rotation_window must be ${leastWindow} seconds or more`);
}

function checkPeriod(period: number | undefined): void {
  if (!isGiven(period) || period >= leastPeriod) return;
  throw new UserMistake(`rotation_period must be ${leastPeriod} seconds or more`);
}
