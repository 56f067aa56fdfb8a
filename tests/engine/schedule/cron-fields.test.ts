import { describe, expect, test } from 'bun:test';
import { type CronFields, readCron } from '../../../src/engine/schedule/cron-fields.ts';

const read = (text: string): CronFields => {
  const reading = readCron(text);
  if ('refusal' in reading) throw new Error(reading.refusal);
  return reading.value;
};

describe('is read', () => {
  const cases: readonly (readonly [string, Partial<CronFields>])[] = [
    ['5 3 1 1 0', { minutes: [5], hours: [3], daysOfMonth: [1], months: [1], daysOfWeek: [0], ofBothDays: false }],
    ['*/15 * * * *', { minutes: [0, 15, 30, 45], ofBothDays: true }],
    ['50/4 * * * *', { minutes: [50, 54, 58] }],
    ['1-9/4,30,,20-21 * * * *', { minutes: [1, 5, 9, 20, 21, 30] }],
    ['0 0 * * MON-Fri', { daysOfWeek: [1, 2, 3, 4, 5], ofBothDays: true }],
    ['0 0 1 JAN,dec,6-8 *', { months: [1, 6, 7, 8, 12], ofBothDays: true }],
    ['0 0 1 * MON', { ofBothDays: false }],
    ['0 0 */2 * MON', { ofBothDays: false }],
    ['0 0 */1 * MON', { ofBothDays: true }],
    ['0 0 1-31 * MON', { ofBothDays: false }],
    ['0 0 5,* * MON', { ofBothDays: true }],
    ['0 0 ? * MON', { ofBothDays: true, daysOfWeek: [1] }],
    ['0 0 * * MON/2', { daysOfWeek: [1, 3, 5], ofBothDays: true }],
    ['\t0  0 1 1\n* ', { daysOfMonth: [1] }],
    ['+5 007 * * *', { minutes: [5], hours: [7] }],
    ['*/100 * * * *', { minutes: [0] }],
    ['0 0 29 2 *', { daysOfMonth: [29] }],
    ['0 0 30 2 MON', { ofBothDays: false }],
    ['0 0 31 2,3 *', { months: [2, 3] }],
  ];
  for (const [text, fields] of cases) {
    test(JSON.stringify(text), () => expect(read(text)).toMatchObject(fields));
  }
});

describe('is refused', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'empty spec string'],
    [' ', 'expected exactly 5 fields, found 0'],
    ['* * * *', 'expected exactly 5 fields, found 4'],
    ['0 0 0 * * *', 'expected exactly 5 fields, found 6'],
    ['@daily', 'parser does not accept descriptors'],
    ['@every 1h', 'parser does not accept descriptors'],
    ['TZ=UTC 0 0 * * *', 'every schedule is in UTC'],
    ['CRON_TZ=Europe/Berlin 0 0 * * *', 'every schedule is in UTC'],
    ['60 * * * *', 'end of range (60) above maximum (59) in the minute'],
    ['* 24 * * *', 'end of range (24) above maximum (23) in the hour'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1) in the day of month'],
    ['* * * 13 *', 'end of range (13) above maximum (12) in the month'],
    ['* * * * 7', 'end of range (7) above maximum (6) in the day of week'],
    ['* * * * FRI-SUN', 'beginning of range (5) beyond end of range (0) in the day of week'],
    ['*/0 * * * *', 'step of range should be a positive number in the minute'],
    ['*/-5 * * * *', 'failed to parse int: the minute must be made of numbers'],
    ['*/5/5 * * * *', 'too many slashes in the minute'],
    ['1-2-3 * * * *', 'too many hyphens in the minute'],
    ['*-5 * * * *', 'failed to parse int: the minute must be made of numbers'],
    ['-5 * * * *', 'failed to parse int: the minute must be made of numbers'],
    [', * * * *', 'the minute is empty'],
    ['1.5 * * * *', 'failed to parse int: the minute must be made of numbers'],
    ['JAN * * * *', 'failed to parse int: the minute must be made of numbers'],
    ['0 0 MON * *', 'failed to parse int: the day of month must be made of numbers and'],
    ['0 0 L * *', 'failed to parse int: the day of month must be made of numbers'],
    ['0 0 15W * *', 'failed to parse int: the day of month must be made of numbers'],
    ['0 0 * * 5L', 'failed to parse int: the day of week must be made of numbers, names such as SUN'],
    ['0 0 * * MON#2', 'failed to parse int: the day of week must be made of numbers'],
    ['0 0 * * +MON', 'failed to parse int: the day of week must be made of numbers'],
    ['0 0 * JANUARY *', 'failed to parse int: the month must be made of numbers, names such as JAN'],
    ['H 0 * * *', 'failed to parse int: the minute must be made of numbers'],
    ['0 0 31 4,6 *', 'there is no such day'],
    ['0 0 30 2 *', 'there is no such day'],
    ['0 0 30-31 FEB ?', 'there is no such day'],
    ['0\u00a00 * * *', 'expected exactly 5 fields, found 4'],
  ];
  for (const [text, refusal] of cases) {
    test(JSON.stringify(text), () => expect(() => read(text)).toThrow(refusal));
  }
});
