import { describe, expect, test } from 'bun:test';
import { readCron } from '../../../src/engine/schedule/cron-fields.ts';
import { cronSchedule } from '../../../src/engine/schedule/cron-schedule.ts';
import { readTable } from '../../golden/read-table.ts';

interface Row {
  readonly schedule: string;
  readonly error?: string;
  readonly from?: string;
  readonly next?: readonly string[];
}

const table = readTable<Row>('schedules');
const years = (count: number): number => count * 366 * 86_400_000;

/** In the form of the table. */
const shown = (moment: Date | undefined): string | undefined => moment?.toISOString().replace(':00.000Z', 'Z');

describe("the same as Vault's", () => {
  test('table has enough in it', () => {
    expect(table.filter(({ error }) => error !== undefined).length).toBeGreaterThan(50);
    expect(table.flatMap(({ next }) => next ?? []).length).toBeGreaterThan(1500);
  });

  for (const { schedule, error, from = '', next = [] } of table) {
    if (error !== undefined) {
      test(`refusal of ${JSON.stringify(schedule)}: ${error}`, () => {
        expect(readCron(schedule)).toEqual({ refusal: expect.any(String) });
      });
      continue;
    }
    if (schedule.includes('*-')) {
      test(`no star with a range, whose end Vault does not look at: ${JSON.stringify(schedule)}`, () => {
        expect(readCron(schedule)).toEqual({ refusal: expect.stringContaining('must be made of numbers') });
      });
      continue;
    }
    // That Vault takes it and would never come to an end of waiting is no reason to take it as well.
    if (next.length === 0) {
      test(`${JSON.stringify(schedule)}, which has no moment in five years, is refused or has one later`, () => {
        if ('refusal' in readCron(schedule)) return;
        const moment = cronSchedule(schedule).next(new Date(from));
        expect(moment?.getTime()).toBeGreaterThan(new Date(from).getTime() + years(5));
      });
      continue;
    }
    test(`${JSON.stringify(schedule)} after ${from}`, () => {
      const moments: (string | undefined)[] = [];
      let moment = new Date(from);
      while (moments.length < next.length) {
        const after = cronSchedule(schedule).next(moment);
        moments.push(shown(after));
        if (after !== undefined) moment = after;
      }
      expect(moments).toEqual([...next]);
    });
  }
});

interface Moments {
  readonly name: string;
  readonly schedule: string;
  readonly after: string;
  readonly next: readonly string[];
}

const moments: readonly Moments[] = [
  {
    name: 'every leap day, also over the turn of a century',
    schedule: '0 0 29 2 *',
    after: '2024-02-29T00:00:00Z',
    next: ['2028-02-29T00:00Z', '2032-02-29T00:00Z'],
  },
  {
    name: 'the leap day over a century that has none',
    schedule: '0 0 29 FEB *',
    after: '2096-02-29T00:00:00Z',
    next: ['2104-02-29T00:00Z'],
  },
  {
    name: 'the last days of months',
    schedule: '59 23 31 * *',
    after: '2027-01-31T23:59:00Z',
    next: ['2027-03-31T23:59Z', '2027-05-31T23:59Z', '2027-07-31T23:59Z', '2027-08-31T23:59Z'],
  },
  {
    name: 'an hour that clocks leave out in Berlin',
    schedule: '30 2 * * *',
    after: '2027-03-27T12:00:00Z',
    next: ['2027-03-28T02:30Z', '2027-03-29T02:30Z'],
  },
  {
    name: 'hours that clocks leave out and count twice in New York, every half an hour',
    schedule: '*/30 6,7 * * *',
    after: '2027-03-14T05:59:59Z',
    next: ['2027-03-14T06:00Z', '2027-03-14T06:30Z', '2027-03-14T07:00Z', '2027-03-14T07:30Z', '2027-03-15T06:00Z'],
  },
  {
    name: 'an hour that clocks count twice in New York',
    schedule: '30 5,6 7 11 *',
    after: '2027-11-07T00:00:00Z',
    next: ['2027-11-07T05:30Z', '2027-11-07T06:30Z', '2028-11-07T05:30Z'],
  },
  {
    name: 'either of both days, where neither has a star',
    schedule: '0 0 13 * FRI',
    after: '2027-08-06T00:00:00Z',
    next: [
      '2027-08-13T00:00Z',
      '2027-08-20T00:00Z',
      '2027-08-27T00:00Z',
      '2027-09-03T00:00Z',
      '2027-09-10T00:00Z',
      '2027-09-13T00:00Z',
    ],
  },
  {
    name: 'the moment after the one that it is asked at, and after its last millisecond',
    schedule: '0 3 * * *',
    after: '2027-01-01T03:00:00Z',
    next: ['2027-01-02T03:00Z'],
  },
  {
    name: 'the moment that is a millisecond ahead',
    schedule: '0 3 * * *',
    after: '2027-01-01T02:59:59.999Z',
    next: ['2027-01-01T03:00Z'],
  },
];

function momentsOf({ schedule, after, next }: Moments): readonly (string | undefined)[] {
  const found: (string | undefined)[] = [];
  let moment: Date | undefined = new Date(after);
  while (moment !== undefined && found.length < next.length) {
    moment = cronSchedule(schedule).next(moment);
    found.push(shown(moment));
  }
  return found;
}

for (const zone of ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia']) {
  describe(`in a process of the time zone ${zone}`, () => {
    for (const row of moments) {
      test(row.name, () => {
        const before = process.env['TZ'];
        process.env['TZ'] = zone;
        try {
          // The process does live in that zone, or the test would tell nothing.
          if (zone !== 'UTC') expect(new Date('2027-07-01T00:00:00Z').getTimezoneOffset()).not.toBe(0);
          expect(momentsOf(row)).toEqual([...row.next]);
        } finally {
          if (before === undefined) delete process.env['TZ'];
          else process.env['TZ'] = before;
        }
      });
    }
  });
}

describe('the schedule', () => {
  test('of a stored text that cannot be read is an error', () => {
    expect(() => cronSchedule('0 0 L * *')).toThrow(
      'the stored rotation_schedule cannot be read: failed to parse int: the day of month',
    );
  });

  test('is made of one text once, while there are few', () => {
    const first = cronSchedule('1 1 1 1 *');
    expect(cronSchedule('1 1 1 1 *')).toBe(first);
    for (let minute = 0; minute < 32; minute++) cronSchedule(`${minute} 2 * * *`);
    expect(cronSchedule('1 1 1 1 *')).not.toBe(first);
  });
});
