import { describe, expect, test } from 'bun:test';
import * as v from 'valibot';
import { rotationFields } from '../../../src/engine/schedule/rotation-fields.ts';
import {
  noRotation,
  parsedRotation,
  parsedStaticRotation,
  type RotationData,
  type RotationParams,
  rotationParamsSchema,
  shownRotation,
  shownStaticRotation,
} from '../../../src/engine/schedule/rotation-params.ts';
import { parseFieldData } from '../../../src/sdk/framework/field-data.ts';
import { defineFields } from '../../../src/sdk/framework/field-schema.ts';
import { string } from '../../../src/sdk/framework/field-type.ts';
import { parsePatch } from '../../../src/sdk/framework/patch.ts';

const fields = defineFields({ name: { type: string, description: '' }, ...rotationFields });

type Sent = Readonly<Record<string, unknown>>;

/** As a patch, which may have nulls; without them it is read as a write. */
function dataOf(raw: Sent): RotationData {
  const result = parsePatch(fields, raw);
  if (!result.ok) throw new Error(result.message);
  return result.data;
}

const root = (sent: Sent, existing?: RotationParams): RotationParams => parsedRotation(existing, dataOf(sent));
const ofRole = (sent: Sent, existing?: RotationParams): RotationParams => parsedStaticRotation(existing, dataOf(sent));

const daily: RotationParams = { schedule: '0 3 * * *', window: 7200, period: 0, disabled: false };
const hourly: RotationParams = { schedule: '', window: 0, period: 3600, disabled: false };

interface Row {
  readonly sent: Sent;
  readonly existing?: RotationParams;
  readonly result: Partial<RotationParams> | string;
}

const both = 'only one of them can be provided';

const rows: readonly Row[] = [
  { sent: { rotation_schedule: '0 3 * * *' }, result: { schedule: '0 3 * * *' } },
  { sent: { rotation_schedule: '0 3 * * *', rotation_window: '1h' }, result: { schedule: '0 3 * * *', window: 3600 } },
  { sent: { rotation_period: '24h' }, result: { period: 86_400 } },
  { sent: { rotation_period: 60 }, result: { period: 60 } },
  { sent: { rotation_period: 60, rotation_schedule: '', rotation_window: 0 }, result: { period: 60 } },
  { sent: { rotation_period: 0, rotation_schedule: '0 3 * * *' }, result: { schedule: '0 3 * * *' } },
  { sent: { rotation_period: 60, disable_automated_rotation: true }, result: { period: 60, disabled: true } },
  { sent: {}, existing: daily, result: daily },
  { sent: {}, existing: hourly, result: hourly },
  { sent: { rotation_period: 60 }, existing: daily, result: { period: 60 } },
  { sent: { rotation_schedule: '0 4 * * *' }, existing: hourly, result: { schedule: '0 4 * * *' } },
  { sent: { rotation_schedule: '0 4 * * *' }, existing: daily, result: { schedule: '0 4 * * *', window: 7200 } },
  { sent: { rotation_window: '1d' }, existing: daily, result: { ...daily, window: 86_400 } },
  { sent: { rotation_window: 0 }, existing: daily, result: { ...daily, window: 0 } },
  { sent: { rotation_window: null }, existing: daily, result: { ...daily, window: 0 } },
  { sent: { rotation_period: 0 }, existing: daily, result: daily },
  { sent: { rotation_schedule: '' }, existing: hourly, result: hourly },
  { sent: { rotation_schedule: null, rotation_period: 60 }, existing: daily, result: { period: 60 } },
  {
    sent: { disable_automated_rotation: null },
    existing: { ...hourly, disabled: true },
    result: { ...hourly, disabled: false },
  },
  { sent: { rotation_period: 59 }, result: 'rotation_period must be 60 seconds or more' },
  {
    sent: { rotation_schedule: '0 3 * * *', rotation_window: 3599 },
    result: 'rotation_window must be 3600 seconds or more',
  },
];

const rootRows: readonly Row[] = [
  ...rows,
  { sent: {}, result: {} },
  { sent: { rotation_schedule: '' }, existing: daily, result: {} },
  { sent: { rotation_schedule: null }, existing: daily, result: {} },
  { sent: { rotation_period: 0 }, existing: { ...hourly, disabled: true }, result: { disabled: true } },
  {
    sent: { rotation_schedule: '0 3 * * *', rotation_period: 60 },
    result: `mutually exclusive fields rotation_schedule and rotation_period were both specified; ${both}`,
  },
  { sent: { rotation_period: 60, rotation_window: '1h' }, result: 'rotation_window does not apply to period' },
  { sent: { rotation_window: '1h' }, result: 'cannot use rotation_window without rotation_schedule' },
  {
    sent: { rotation_window: '1h' },
    existing: hourly,
    result: 'cannot use rotation_window without rotation_schedule',
  },
  {
    sent: { rotation_window: '1h', rotation_schedule: '' },
    existing: daily,
    result: 'cannot use rotation_window without rotation_schedule',
  },
  {
    sent: { rotation_schedule: '0 0 3 * * *' },
    result: 'failed to parse provided rotation_schedule: expected exactly 5 fields, found 6',
  },
  {
    sent: { rotation_schedule: '@daily' },
    result: 'failed to parse provided rotation_schedule: parser does not accept descriptors',
  },
];

const staticRows: readonly Row[] = [
  ...rows,
  { sent: {}, result: 'one of rotation_schedule or rotation_period must be provided to create a static account' },
  { sent: { rotation_window: '1h' }, result: 'one of rotation_schedule or rotation_period must be provided' },
  { sent: { rotation_schedule: '' }, existing: daily, result: 'one of rotation_schedule or rotation_period' },
  { sent: { rotation_period: 0 }, existing: hourly, result: 'rotation_period must be 60 seconds or more' },
  {
    sent: { rotation_schedule: '0 3 * * *', rotation_period: 60 },
    result: `mutually exclusive fields rotation_period and rotation_schedule were both specified; ${both}`,
  },
  {
    sent: { rotation_period: 60, rotation_window: '1h' },
    result: 'rotation_window is invalid with use of rotation_period',
  },
  {
    sent: { rotation_window: '1h' },
    existing: hourly,
    result: 'rotation_window is invalid with use of rotation_period',
  },
  {
    sent: { rotation_schedule: '0 3 * * *', rotation_window: 60 },
    result: 'rotation_window is invalid: rotation_window must be 3600 seconds or more',
  },
  {
    sent: { rotation_schedule: '0 0 3 * * *' },
    result: 'could not parse rotation_schedule: expected exactly 5 fields, found 6',
  },
  {
    sent: { rotation_schedule: '@daily' },
    result: 'could not parse rotation_schedule: parser does not accept descriptors',
  },
];

const kinds = [
  { name: 'a root credential', parsed: root, table: rootRows },
  { name: 'a static role', parsed: ofRole, table: staticRows },
];

for (const { name, parsed, table } of kinds) {
  describe(name, () => {
    for (const { sent, existing, result } of table) {
      test(`${JSON.stringify(sent)} over ${JSON.stringify(existing ?? 'nothing')}`, () => {
        if (typeof result === 'string') expect(() => parsed(sent, existing)).toThrow(result);
        else expect(parsed(sent, existing)).toEqual({ ...noRotation, ...result });
      });
    }
  });
}

test('a refusal shows nothing of a text that may be a key', () => {
  for (const pasted of [
    'sk-not-a-real-key',
    '0 0 * * sk-not-a-real-key',
    '0 123456789 * * *',
    'TZ=sk-not-a-real-key 0 0 * * *',
  ]) {
    for (const parsed of [root, ofRole]) {
      let message = '';
      try {
        parsed({ rotation_schedule: pasted });
      } catch (error) {
        message = String(error);
      }
      expect(message).toContain('rotation_schedule: ');
      expect(message).not.toMatch(/real|123456/);
    }
  }
});

describe('the fields', () => {
  for (const sent of [
    { rotation_period: -1 },
    { rotation_period: '1.5s' },
    { rotation_schedule: 5 },
    { rotation_period: null },
  ]) {
    test(`take no ${JSON.stringify(sent)} in a write`, () => expect(parseFieldData(fields, sent).ok).toBeFalse());
  }
});

describe('a read answers', () => {
  const cases: readonly (readonly [RotationParams, Sent, Sent])[] = [
    [noRotation, { disable_automated_rotation: false }, {}],
    [
      daily,
      { disable_automated_rotation: false, rotation_schedule: '0 3 * * *', rotation_window: 7200 },
      { rotation_schedule: '0 3 * * *', rotation_window: 7200 },
    ],
    [
      { ...daily, window: 0 },
      { disable_automated_rotation: false, rotation_schedule: '0 3 * * *', rotation_window: 0 },
      { rotation_schedule: '0 3 * * *' },
    ],
    [
      { ...hourly, disabled: true },
      { disable_automated_rotation: true, rotation_period: 3600 },
      { rotation_period: 3600 },
    ],
  ];
  for (const [params, ofRoot, ofStaticRole] of cases) {
    test(JSON.stringify(params), () => {
      expect(shownRotation(params)).toEqual(ofRoot);
      expect(shownStaticRotation(params)).toEqual(ofStaticRole);
    });
  }
});

describe('the stored form', () => {
  test('of an older version is none', () => {
    expect(v.parse(rotationParamsSchema, {})).toEqual(noRotation);
  });
  test('is read as it was stored', () => {
    for (const params of [daily, hourly, { ...hourly, disabled: true }]) {
      expect(v.parse(rotationParamsSchema, JSON.parse(JSON.stringify(params)))).toEqual(params);
    }
  });
  test('holds no negative period', () => {
    expect(v.safeParse(rotationParamsSchema, { period: -1 }).success).toBeFalse();
  });
});
