import { describe, expect, test } from 'bun:test';
import { createFactory } from '../../../src/engine/backend.ts';
import { replicationState } from '../../../src/sdk/logical/replication-state.ts';
import { nullLogger } from '../../../src/sdk/logical/logger.ts';
import { fakeSystemView } from '../../harness/fake-system-view.ts';
import { hashKey } from '../../harness/litellm/stored-key.ts';
import { startEngine, type TestEngine } from '../../harness/engine.ts';
import { adminKey, onlyOwnKey, rootEngine, storedKey } from './root-engine.ts';

const hour = 3_600;

/** What a host does once a minute; waits for what it begins. */
async function tick(engine: TestEngine): Promise<void> {
  await engine.request('rollback', '');
  await idle(engine);
}

/** A read of the role waits for nothing; a rotation is over when its entry is gone. */
async function idle(engine: TestEngine): Promise<void> {
  for (let quiet = 0; quiet < 3;) {
    const before = engine.litellm.requests.length + engine.storage.totalCalls;
    await Bun.sleep(5);
    quiet = engine.litellm.requests.length + engine.storage.totalCalls === before ? quiet + 1 : 0;
  }
}

const read = async (engine: TestEngine) => (await engine.request('read', 'config')) ?? {};
const write = (engine: TestEngine, data: Readonly<Record<string, unknown>>) =>
  engine.request('update', 'config', { data });
const errorOf = async (answer: Promise<{ readonly data?: Readonly<Record<string, unknown>> } | undefined>) =>
  (await answer)?.data?.['error'];

describe('the stored key', () => {
  test('rotates by itself each period, and not before', async () => {
    await using engine = await rootEngine({ config: { rotation_period: '1h' } });
    engine.clock.advance(hour - 1);
    await tick(engine);
    expect(storedKey(engine)).toBe(adminKey);
    engine.clock.advance(1);
    await tick(engine);
    const first = onlyOwnKey(engine).tokenId;
    expect(first).not.toBe(hashKey(adminKey));
    expect((await read(engine)).data).toMatchObject({
      last_vault_rotation: '2030-01-01T01:00:00.000Z',
      next_vault_rotation: '2030-01-01T02:00:00.000Z',
    });
    await tick(engine);
    expect(onlyOwnKey(engine).tokenId).toBe(first);
    engine.clock.advance(hour);
    await tick(engine);
    expect(onlyOwnKey(engine).tokenId).not.toBe(first);
  });

  test('counts from a rotation that was asked for', async () => {
    await using engine = await rootEngine({ config: { rotation_period: '1h' } });
    engine.clock.advance(hour - 1);
    await engine.request('update', 'rotate-root');
    const { tokenId } = onlyOwnKey(engine);
    engine.clock.advance(hour - 1);
    await tick(engine);
    expect(onlyOwnKey(engine).tokenId).toBe(tokenId);
  });

  test('is not rotated a second time where somebody asks for it at the same moment', async () => {
    await using engine = await rootEngine({ config: { rotation_period: '1h' } });
    engine.clock.advance(hour);
    const made = () => engine.litellm.requests.filter(({ path }) => path === '/key/delete').length;
    const before = made();
    const asked = engine.request('update', 'rotate-root');
    await engine.request('rollback', '');
    const answer = await asked;
    await idle(engine);
    expect(onlyOwnKey(engine).tokenId).toBe(String(answer?.data?.['token_id']));
    expect(made()).toBe(before + 1);
  });

  test('rotates by a schedule in UTC', async () => {
    await using engine = await rootEngine({ config: { rotation_schedule: '30 4 * * *', rotation_window: '1h' } });
    expect((await read(engine)).data).toMatchObject({
      ...{ rotation_schedule: '30 4 * * *', rotation_window: hour, disable_automated_rotation: false },
      next_vault_rotation: '2030-01-01T04:30:00.000Z',
    });
    engine.clock.advance(6 * hour);
    await tick(engine);
    // The window was missed.
    expect(storedKey(engine)).toBe(adminKey);
    engine.clock.advance(22.75 * hour);
    await tick(engine);
    expect(onlyOwnKey(engine).tokenId).not.toBe(hashKey(adminKey));
  });

  test('does not rotate by itself once that is disabled, and does when asked to', async () => {
    await using engine = await rootEngine({ config: { rotation_period: '1h', disable_automated_rotation: true } });
    engine.clock.advance(2 * hour);
    await tick(engine);
    expect(storedKey(engine)).toBe(adminKey);
    expect((await read(engine)).data).toMatchObject({ rotation_period: hour, next_vault_rotation: null });
    await engine.request('update', 'rotate-root');
    onlyOwnKey(engine);
  });

  test('does not rotate twice in another process, nor on a standby', async () => {
    await using engine = await rootEngine({ config: { rotation_period: '1h' } });
    engine.clock.advance(hour);
    await tick(engine);
    const { tokenId } = onlyOwnKey(engine);
    for (const system of [
      fakeSystemView(),
      fakeSystemView({ replicationState: replicationState.performanceStandby }),
    ]) {
      const { clock, storage } = engine;
      const factory = createFactory({ version: 'v0.0.0-test', clock, sleep: clock.sleep });
      const other = await factory({ storage, system, logger: nullLogger, config: {}, backendUUID: 'other' });
      await other.initialize({ storage });
      if (system.values.replicationState !== 0) clock.advance(hour);
      const request = { operation: 'rollback', path: '', data: {}, storage, signal: new AbortController().signal };
      const rest = { id: '', mountPoint: 'litellm/', mountType: '', mountAccessor: '', displayName: '', entityId: '' };
      await other.handleRequest({ ...request, ...rest });
      await idle(engine);
      await other.cleanup();
    }
    expect(onlyOwnKey(engine).tokenId).toBe(tokenId);
  });

  test('that cannot be rotated goes on working, is told of, and is tried again ever later', async () => {
    await using engine = await rootEngine({ config: { rotation_period: '1h' } });
    engine.clock.advance(hour);
    engine.litellm.faults.next({ path: '/key/generate', kind: 'status', status: 400, times: 3 });
    const tries = () => engine.litellm.requests.filter(({ path }) => path === '/key/generate').length;
    const before = tries();
    await tick(engine);
    expect(tries()).toBe(before + 1);
    expect(storedKey(engine)).toBe(adminKey);
    const { data, warnings = [] } = await read(engine);
    expect(data).toMatchObject({ next_vault_rotation: '2030-01-01T01:01:00.000Z' });
    expect(warnings.join()).toMatch(/automatic rotation of the key at 2030-01-01T01:00:00.000Z failed.*key\/generate/);
    engine.clock.advance(59);
    await tick(engine);
    expect(tries()).toBe(before + 1);
    engine.clock.advance(1);
    await tick(engine);
    expect(tries()).toBe(before + 2);
    engine.clock.advance(119);
    await tick(engine);
    expect(tries()).toBe(before + 2);
    engine.litellm.faults.clear();
    engine.clock.advance(1);
    await tick(engine);
    expect(onlyOwnKey(engine).tokenId).not.toBe(hashKey(adminKey));
    expect((await read(engine)).warnings).toBeUndefined();
  });

  for (const failed of [false, true]) {
    test(`rotates in time with a clock that was set back, ${failed ? 'after a failure' : 'and not at once'}`, async () => {
      await using engine = await rootEngine({ config: { rotation_period: '1h' } });
      if (failed) {
        engine.clock.advance(hour);
        engine.litellm.faults.next({ path: '/key/info', kind: 'status', times: 9 });
      }
      await tick(engine);
      engine.litellm.faults.clear();
      engine.clock.advance(-1000 * hour);
      await tick(engine);
      expect(storedKey(engine)).toBe(adminKey);
      engine.clock.advance(hour);
      await tick(engine);
      expect(onlyOwnKey(engine).tokenId).not.toBe(hashKey(adminKey));
    });
  }

  test('is not rotated by the rollback of a mount that is removed', async () => {
    await using engine = await rootEngine({ config: { rotation_period: '1h' } });
    engine.clock.advance(hour);
    await engine.request('rollback', '', { data: { immediate: true } });
    await idle(engine);
    expect(storedKey(engine)).toBe(adminKey);
  });
});

describe('when to rotate', () => {
  const refused: readonly {
    readonly name: string;
    readonly data: Readonly<Record<string, unknown>>;
    readonly text: string;
  }[] = [
    {
      name: 'both',
      data: { rotation_period: 3600, rotation_schedule: '0 * * * *' },
      text: 'mutually exclusive fields',
    },
    {
      name: 'a window alone',
      data: { rotation_window: 3600 },
      text: 'cannot use rotation_window without rotation_schedule',
    },
    {
      name: 'a window of a period',
      data: { rotation_period: 3600, rotation_window: 3600 },
      text: 'does not apply to period',
    },
    {
      name: 'a short window',
      data: { rotation_schedule: '0 * * * *', rotation_window: 60 },
      text: '3600 seconds or more',
    },
    {
      name: 'six fields',
      data: { rotation_schedule: '0 0 * * * *' },
      text: 'failed to parse provided rotation_schedule',
    },
    { name: 'a word', data: { rotation_schedule: '@daily' }, text: 'failed to parse provided rotation_schedule' },
    { name: 'a short period', data: { rotation_period: 59 }, text: '60 seconds or more' },
  ];
  for (const { name, data, text } of refused) {
    test(`refuses ${name}, and stores nothing`, async () => {
      await using engine = await rootEngine();
      const before = engine.storage.peek('config');
      expect(await errorOf(write(engine, data))).toContain(text);
      expect(engine.storage.peek('config')).toEqual(before);
    });
  }

  test("is refused of the proxy's own master key, verified or known", async () => {
    await using engine = await startEngine();
    expect(await errorOf(engine.configure({ rotation_period: 3600 }))).toContain('bootstrap=true');
    await engine.configure();
    const unverified = write(engine, { rotation_period: 3600, verify_connection: false });
    expect(await errorOf(unverified)).toContain('bootstrap=true');
    expect(engine.storage.peek('config')).toMatchObject({ rotation: { period: 0 } });
  });

  test('may be disabled of the master key', async () => {
    await using engine = await startEngine();
    expect(await engine.configure({ rotation_period: 3600, disable_automated_rotation: true })).toBeUndefined();
  });

  test('can be patched: another takes the place, null takes away', async () => {
    await using engine = await rootEngine({ config: { rotation_period: 3600 } });
    const patch = (data: Readonly<Record<string, unknown>>) => engine.request('patch', 'config', { data });
    expect(await patch({ rotation_schedule: '0 * * * *', rotation_window: 7200 })).toBeUndefined();
    expect(engine.storage.peek('config')).toMatchObject({
      rotation: { schedule: '0 * * * *', window: 7200, period: 0 },
    });
    expect(await patch({ rotation_window: null })).toBeUndefined();
    expect(engine.storage.peek('config')).toMatchObject({ rotation: { schedule: '0 * * * *', window: 0 } });
    expect(await patch({ rotation_schedule: null })).toBeUndefined();
    expect((await read(engine)).data?.['next_vault_rotation']).toBeNull();
  });

  test('is kept by writes of other fields, and counts on from where it began', async () => {
    await using engine = await rootEngine({ config: { rotation_period: 3600 } });
    engine.clock.advance(600);
    await write(engine, { grace: 100 });
    await write(engine, { rotation_period: 7200 });
    expect((await read(engine)).data?.['next_vault_rotation']).toBe('2030-01-01T02:00:00.000Z');
    await write(engine, { master_key: adminKey });
    expect((await read(engine)).data?.['next_vault_rotation']).toBe('2030-01-01T02:00:00.000Z');
  });

  test('of a key that ends before warns', async () => {
    await using engine = await rootEngine({ key: { duration: '30m' } });
    const response = await write(engine, { rotation_period: 3600 });
    expect(response?.warnings?.join()).toContain('before its next rotation at 2030-01-01T01:00:00.000Z');
    expect((await read(engine)).warnings?.join()).toContain('before its next rotation');
  });

  test('is nothing in an entry of an earlier version', async () => {
    await using engine = await rootEngine();
    const { rotation: _rotation, ...older } = engine.storage.peek('config') as Readonly<Record<string, unknown>>;
    const value = new TextEncoder().encode(JSON.stringify(older));
    await engine.storage.put({ key: 'config', value });
    expect((await read(engine)).data).toMatchObject({ disable_automated_rotation: false, next_vault_rotation: null });
    await tick(engine);
    await engine.request('update', 'rotate-root');
    onlyOwnKey(engine);
  });
});
