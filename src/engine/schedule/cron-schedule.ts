import { Cron } from 'croner';
import { type CronFields, readCron } from './cron-fields.ts';

/** The moments of a schedule, in UTC whatever the machine's time zone: none is left out or comes twice. */
export interface CronSchedule {
  /** The first moment after the given one; undefined if there is none before the year 3000. */
  next(after: Date): Date | undefined;
}

/** The library keeps 80 KB for each, and most mounts have few schedules. */
const mostKept = 16;
const kept = new Map<string, CronSchedule>();

/**
 * A schedule of five fields, as {@link readCron} reads them. Throws if it cannot: what is stored was checked when it
 * was written. Go: `SpecSchedule.Next` of robfig/cron v3, which gives up after five years.
 */
export function cronSchedule(text: string): CronSchedule {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const reading = readCron(text);
  if ('refusal' in reading) throw new Error(`the stored rotation_schedule cannot be read: ${reading.refusal}`);
  const schedule = scheduleOf(reading.value);
  if (kept.size >= mostKept) kept.clear();
  kept.set(text, schedule);
  return schedule;
}

/**
 * Gives the library only numbers, and how to combine the days: its own grammar accepts much that Vault's does not, and
 * has other rules for the star.
 */
function scheduleOf({ minutes, hours, daysOfMonth, months, daysOfWeek, ofBothDays }: CronFields): CronSchedule {
  const pattern = [minutes, hours, daysOfMonth, months, daysOfWeek].map((numbers) => numbers.join(',')).join(' ');
  const cron = new Cron(pattern, { mode: '5-part', utcOffset: 0, domAndDow: ofBothDays });
  return { next: (after) => cron.nextRun(after) ?? undefined };
}
