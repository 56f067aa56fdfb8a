import { describe, expect, test } from 'bun:test';
import { isRotationDue, nextRotation, type RotationMoments } from '../../../src/engine/schedule/next-rotation.ts';
import { noRotation, type RotationParams } from '../../../src/engine/schedule/rotation-params.ts';

const hourly: RotationParams = { ...noRotation, period: 3600 };
const daily: RotationParams = { ...noRotation, schedule: '0 3 * * *' };
const inWindow: RotationParams = { ...daily, window: 7200 };

interface Row {
  readonly name: string;
  readonly params: RotationParams;
  readonly last: string;
  readonly now: string;
  readonly seen?: string;
  /** Undefined: never. */
  readonly next?: string;
  readonly due: boolean;
}

const rows: readonly Row[] = [
  { name: 'never, where nothing says when', params: noRotation, last: '01T00:00', now: '09T00:00', due: false },
  {
    name: 'never, where that is disabled',
    params: { ...hourly, disabled: true },
    last: '01T00:00',
    now: '09T00:00',
    due: false,
  },
  {
    name: 'never, where a schedule is disabled',
    params: { ...daily, disabled: true },
    last: '01T00:00',
    now: '09T00:00',
    due: false,
  },
  { name: 'a period after the last', params: hourly, last: '01T00:00', now: '01T00:59', next: '01T01:00', due: false },
  { name: 'when the period is over', params: hourly, last: '01T00:00', now: '01T01:00', next: '01T01:00', due: true },
  {
    name: 'once, where several periods were missed',
    params: hourly,
    last: '01T00:00',
    now: '02T10:00',
    next: '01T01:00',
    due: true,
  },
  {
    name: 'at the next moment of the schedule',
    params: daily,
    last: '01T04:00',
    now: '01T05:00',
    next: '02T03:00',
    due: false,
  },
  {
    name: 'not again at the moment itself',
    params: daily,
    last: '02T03:00',
    now: '02T03:00',
    next: '03T03:00',
    due: false,
  },
  {
    name: 'at a moment that was missed',
    params: daily,
    last: '01T04:00',
    now: '05T12:00',
    next: '02T03:00',
    due: true,
  },
  { name: 'within the window', params: inWindow, last: '01T04:00', now: '02T04:59', next: '02T03:00', due: true },
  {
    name: 'not when the window has just closed',
    params: inWindow,
    last: '01T04:00',
    now: '02T05:00',
    next: '03T03:00',
    due: false,
  },
  {
    name: 'at the next moment, where the window was missed',
    params: inWindow,
    last: '01T04:00',
    now: '05T12:00',
    next: '06T03:00',
    due: false,
  },
  {
    name: "in today's window, where those before were missed",
    params: inWindow,
    last: '01T04:00',
    now: '05T03:30',
    next: '05T03:00',
    due: true,
  },
  {
    name: 'not again in the same window',
    params: inWindow,
    last: '05T03:10',
    now: '05T03:30',
    next: '06T03:00',
    due: false,
  },
  {
    name: 'at once, in a window that reaches over the next moment',
    params: { ...noRotation, schedule: '0 * * * *', window: 7200 },
    ...{ last: '01T00:00', now: '01T09:30', next: '01T08:00', due: true },
  },
  {
    name: 'a period from now, where the clock was set back',
    params: hourly,
    last: '20T00:00',
    now: '01T00:00',
    next: '01T01:00',
    due: false,
  },
  {
    name: 'not before that period is over',
    params: hourly,
    ...{ last: '20T00:00', now: '01T00:59', seen: '01T00:00', next: '01T01:00', due: false },
  },
  {
    name: 'when that period is over',
    params: hourly,
    ...{ last: '20T00:00', now: '01T01:00', seen: '01T00:00', next: '01T01:00', due: true },
  },
  {
    name: 'at the next moment from now, where the clock was set back',
    params: daily,
    last: '20T00:00',
    now: '01T00:00',
    next: '01T03:00',
    due: false,
  },
  {
    name: 'when that moment has come',
    params: inWindow,
    ...{ last: '20T00:00', now: '01T03:10', seen: '01T00:00', next: '01T03:00', due: true },
  },
  {
    name: 'by a rotation since the waiting began',
    params: hourly,
    ...{ last: '01T00:50', now: '01T01:00', seen: '01T00:00', next: '01T01:50', due: false },
  },
  {
    name: 'by the last rotation, where that is older than the waiting',
    params: hourly,
    ...{ last: '01T00:00', now: '01T00:50', seen: '01T00:40', next: '01T01:00', due: false },
  },
];

const day = (text: string): Date => new Date(`2027-05-${text}:00Z`);

describe('the next rotation is', () => {
  for (const { name, params, last, now, seen, next, due } of rows) {
    test(name, () => {
      const moments: RotationMoments = {
        ...{ last: day(last), now: day(now) },
        ...(seen === undefined ? {} : { seen: day(seen) }),
      };
      expect(nextRotation(params, moments)).toEqual(next === undefined ? undefined : day(next));
      expect(isRotationDue(params, moments)).toBe(due);
    });
  }
});

describe('whenever it is looked at, something that rotates', () => {
  // Deterministic, and far from round numbers.
  const steps = Array.from({ length: 400 }, (_, index) => ((index * 7919) % 5003) * 1000);
  for (const [name, params, most] of [
    ['by a period', hourly, 3600],
    ['by a schedule', daily, 86_400],
    ['by a schedule without a window that is missed', { ...daily, window: 86_400 }, 86_400],
  ] as const) {
    test(`${name} does so once in each span of time`, () => {
      let last = day('01T00:00');
      let now = last;
      let rotations = 0;
      for (const step of steps) {
        now = new Date(now.getTime() + step);
        if (!isRotationDue(params, { last, now })) continue;
        expect(isRotationDue(params, { last: now, now })).toBeFalse();
        rotations += 1;
        last = now;
      }
      const spans = (now.getTime() - day('01T00:00').getTime()) / 1000 / most;
      expect(rotations).toBeGreaterThan(spans / 2.4);
      expect(rotations).toBeLessThanOrEqual(Math.ceil(spans));
    });
  }
});
