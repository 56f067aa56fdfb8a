import { defineFields } from '../../sdk/framework/field-schema.ts';
import { duration, flag, text } from '../fields/field-types.ts';

/** The least `rotation_period` in seconds: the host calls no more often than that. */
export const leastPeriod = 60;

/** The least `rotation_window` in seconds, as Vault has it. */
export const leastWindow = 3600;

/**
 * The fields of what rotates by itself. `parsedRotation` and `parsedStaticRotation` check what may be combined: it
 * depends on what is stored. Go: `AddAutomatedRotationFields`, without the policy, which only Vault's own manager has.
 */
export const rotationFields = defineFields({
  rotation_schedule: {
    type: text,
    description:
      'When to rotate: five fields of cron (minute, hour, day of month, month, day of week), in UTC, such as ' +
      '"0 3 * * SUN". Replaces rotation_period; an empty text removes the schedule.',
  },
  rotation_window: {
    type: duration,
    description: `How long after a moment of rotation_schedule a rotation may still begin, at least ${leastWindow} seconds; what is missed waits for the next. 0 is no limit.`,
  },
  rotation_period: {
    type: duration,
    description: `How long after a rotation to rotate again, at least ${leastPeriod} seconds. Replaces rotation_schedule; 0 removes the period.`,
  },
  disable_automated_rotation: {
    type: flag,
    description: 'Do not rotate unless asked to, and keep the schedule or the period for later.',
    default: false,
  },
});
