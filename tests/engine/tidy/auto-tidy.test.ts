import { describe, expect, test } from 'bun:test';
import { createFactory } from '../../../src/engine/backend.ts';
import { autoTidyKey, isDue, lastRunKey } from '../../../src/engine/tidy/auto-tidy-entry.ts';
import { parsePause } from '../../../src/engine/tidy/pause.ts';
import { ReadOnlyError } from '../../../src/sdk/logical/error.ts';
import { storageEntryJSON } from '../../../src/sdk/logical/storage.ts';
import type { TestEngine } from '../../harness/engine.ts';
import { nullLogger } from '../../../src/sdk/logical/logger.ts';
import { logicalRequest } from '../../harness/logical-request.ts';
import { ended, living, statusOf, tidied, tidyingEngine } from './tidying-engine.ts';

const hours = 3600;
const rollback = (engine: TestEngine, data = {}) => engine.request('rollback', '', { data });
const configureAuto = (engine: TestEngine, data: Readonly<Record<string, unknown>>) =>
  engine.request('update', 'config/auto-tidy', { data });
const lists = (engine: TestEngine): number => engine.litellm.requests.filter(({ path }) => path === '/key/list').length;

describe('config/auto-tidy', () => {
  test('is off until it is written, and has defaults', async () => {
    await using engine = await tidyingEngine();
    expect((await engine.request('read', 'config/auto-tidy'))?.data).toEqual({
      enabled: false,
      interval_duration: 12 * hours,
      safety_buffer: 72 * hours,
      pause_duration: '100ms',
    });
  });

  test('keeps what a write leaves out, and answers what is stored', async () => {
    await using engine = await tidyingEngine();
    const first = await configureAuto(engine, { enabled: true, interval_duration: '2h', pause_duration: '1.5s' });
    expect(first?.data).toMatchObject({ enabled: true, interval_duration: 7200, pause_duration: '1.5s' });
    const second = await configureAuto(engine, { safety_buffer: '5m' });
    const stored = { enabled: true, interval_duration: 7200, safety_buffer: 300, pause_duration: '1.5s' };
    expect(second?.data).toEqual(stored);
    expect((await engine.request('read', 'config/auto-tidy'))?.data).toEqual(stored);
    expect((await engine.request('read', 'config'))?.data).toMatchObject({ request_timeout: 1 });
  });

  test('can be written anew where it cannot be read', async () => {
    await using engine = await tidyingEngine();
    await engine.storage.put(storageEntryJSON(autoTidyKey, { enabled: 'often' }));
    await expect(engine.request('read', 'config/auto-tidy')).rejects.toThrow(autoTidyKey);
    expect((await configureAuto(engine, { interval_duration: '1h' }))?.data).toMatchObject({
      enabled: false,
      interval_duration: 3600,
    });
  });

  const mistakes = [{ enable: true }, { interval_duration: 59 }, { safety_buffer: 0 }, { pause_duration: '-1s' }];
  for (const fields of mistakes) {
    test(`stores nothing of ${JSON.stringify(fields)}`, async () => {
      await using engine = await tidyingEngine();
      const response = await configureAuto(engine, { enabled: true, ...fields });
      expect(response?.data).toEqual({ error: expect.any(String) });
      expect(engine.storage.keys).not.toContain(autoTidyKey);
    });
  }
});

describe('a run that nobody asked for', () => {
  test('begins at the first rollback, then after each interval, and at no other', async () => {
    await using engine = await tidyingEngine();
    await engine.issue('team');
    await configureAuto(engine, {
      enabled: true,
      interval_duration: 3 * hours,
      safety_buffer: 60,
      pause_duration: '0s',
    });
    engine.clock.advance(700);
    await rollback(engine);
    expect(await ended(engine)).toMatchObject({
      ...{ state: 'Finished', expired_deleted_count: 1 },
      last_auto_tidy_finished: engine.clock.now().toISOString(),
    });
    expect(living(engine)).toEqual([]);
    const first = lists(engine);
    engine.clock.advance(3 * hours - 1);
    await rollback(engine);
    expect(await statusOf(engine)).toMatchObject({ state: 'Finished' });
    expect(lists(engine)).toBe(first);
    engine.clock.advance(1);
    await rollback(engine);
    await ended(engine);
    expect(lists(engine)).toBe(first + 1);
  });

  test('does not hold the rollback up', async () => {
    await using engine = await tidyingEngine();
    await configureAuto(engine, { enabled: true });
    engine.litellm.faults.next({ path: '/key/list', kind: 'hang' });
    await rollback(engine);
    expect(await statusOf(engine)).toMatchObject({ state: 'Running' });
    await rollback(engine);
    await engine.backend.cleanup();
  });

  test('waits for its interval after a run that somebody asked for, and after one that failed', async () => {
    await using engine = await tidyingEngine();
    await configureAuto(engine, { enabled: true, interval_duration: hours });
    await tidied(engine);
    engine.clock.advance(hours - 1);
    const asked = lists(engine);
    await rollback(engine);
    expect(lists(engine)).toBe(asked);
    engine.clock.advance(1);
    engine.litellm.faults.next({ path: '/key/list', kind: 'status', times: 50 });
    await rollback(engine);
    expect(await ended(engine)).toMatchObject({ state: 'Error' });
    engine.litellm.faults.clear();
    const failed = lists(engine);
    engine.clock.advance(hours - 1);
    await rollback(engine);
    expect(lists(engine)).toBe(failed);
    engine.clock.advance(1);
    await rollback(engine);
    expect(await ended(engine)).toMatchObject({ state: 'Finished' });
  });

  test('does not begin anew because the plugin was started anew', async () => {
    await using engine = await tidyingEngine();
    await configureAuto(engine, { enabled: true });
    await rollback(engine);
    await ended(engine);
    const before = lists(engine);
    const { storage, system, clock } = engine;
    const factory = createFactory({ version: 'v0.0.0-test', clock });
    const again = await factory({ storage, system, logger: nullLogger, config: {}, backendUUID: 'x' });
    await again.handleRequest(logicalRequest({ operation: 'rollback', storage }));
    expect(await again.handleRequest(logicalRequest({ path: 'tidy-status', storage }))).toMatchObject({
      data: { state: 'Inactive', last_auto_tidy_finished: clock.now().toISOString() },
    });
    await again.cleanup();
    expect(lists(engine)).toBe(before);
  });

  const never: readonly { readonly name: string; readonly arrange: (engine: TestEngine) => unknown }[] = [
    { name: 'where it is not enabled', arrange: (engine) => configureAuto(engine, { enabled: false }) },
    { name: 'without a configuration', arrange: (engine) => engine.request('delete', 'config') },
    {
      name: 'on a standby',
      arrange: (engine) => {
        engine.system.values.replicationState = 1 << 14;
      },
    },
    {
      name: 'on a secondary',
      arrange: (engine) => {
        engine.system.values.replicationState = 1 << 6;
      },
    },
    {
      name: 'where nothing may be written',
      arrange: (engine) => {
        engine.storage.intercept = (call) => {
          if (call === 'put') throw new ReadOnlyError();
        };
      },
    },
  ];
  for (const { name, arrange } of never) {
    test(`does not begin ${name}`, async () => {
      await using engine = await tidyingEngine();
      await configureAuto(engine, { enabled: true });
      await arrange(engine);
      await rollback(engine);
      await engine.backend.cleanup();
      expect(await engine.storage.get(lastRunKey)).toBeUndefined();
      expect(lists(engine)).toBe(1);
    });
  }

  test('does not begin in a mount that is being removed', async () => {
    await using engine = await tidyingEngine();
    await configureAuto(engine, { enabled: true });
    await rollback(engine, { immediate: true });
    expect(engine.storage.peek(lastRunKey)).toBeUndefined();
  });
});

describe('isDue', () => {
  const now = new Date('2030-01-01T12:00:00Z');
  const cases = [
    { name: 'never run', entry: {}, due: true },
    { name: 'an hour ago', entry: { finished: '2030-01-01T11:00:00Z' }, due: true },
    { name: 'less than an hour ago', entry: { finished: '2030-01-01T11:00:01Z' }, due: false },
    { name: 'began, never ended', entry: { started: '2030-01-01T11:30:00Z' }, due: false },
    {
      name: 'began long ago, ended now',
      entry: { started: '2030-01-01T01:00:00Z', finished: '2030-01-01T11:59:00Z' },
      due: false,
    },
    { name: 'ahead of the clock', entry: { started: '2031-01-01T00:00:00Z' }, due: true },
    { name: 'unreadable', entry: { started: 'yesterday' }, due: true },
  ];
  for (const { name, entry, due } of cases) {
    test(`${name}: ${due}`, () => expect(isDue(entry, 3600, now)).toBe(due));
  }
});

describe('a pause of', () => {
  const good = { '100ms': 100, '0s': 0, '0': 0, '2': 2000, '1.5s': 1500, '0.2ms': 1, ' 1m ': 60_000, '1h': 3_600_000 };
  for (const [text, milliseconds] of Object.entries(good)) {
    test(`"${text}" is ${milliseconds} ms`, () => expect(parsePause(text)).toBe(milliseconds));
  }
  for (const text of ['', 's', '-1s', '1d', '1e3', '61m', '1s1ms', 'NaN', '9999999999999999s', '٣s']) {
    test(`"${text}" is refused`, () => expect(() => parsePause(text)).toThrow('pause_duration must be'));
  }
});
