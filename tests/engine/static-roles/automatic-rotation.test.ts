import { describe, expect, test } from 'bun:test';
import { createFactory } from '../../../src/engine/backend.ts';
import { nullLogger } from '../../../src/sdk/logical/logger.ts';
import type { Backend } from '../../../src/sdk/logical/backend.ts';
import { ReadOnlyError } from '../../../src/sdk/logical/error.ts';
import { systemRandom } from '../../../src/sdk/logical/random.ts';
import { replicationState } from '../../../src/sdk/logical/replication-state.ts';
import { storageEntryJSON } from '../../../src/sdk/logical/storage.ts';
import type { TestEngine } from '../../harness/engine.ts';
import { fakeSystemView } from '../../harness/fake-system-view.ts';
import { logicalRequest } from '../../harness/logical-request.ts';
import {
  aliases,
  create,
  credsOf,
  engineWithStaticRole,
  hour,
  remove,
  rotate,
  roleOf,
  settled,
  storedKeyOf,
  tick,
  update,
} from './static-engine.ts';

/** How many keys LiteLLM has made. */
const made = ({ litellm: { keys } }: TestEngine): number => keys.all().length + keys.deleted().length;

/** How often LiteLLM was asked for one. */
const asked = (engine: TestEngine): number =>
  engine.litellm.requests.filter(({ path }) => path === '/key/generate').length;

/** Another process on the same storage, as after a restart or a failover. */
async function another(engine: TestEngine, state = 0): Promise<Backend> {
  const { clock, storage } = engine;
  const factory = createFactory({ version: 'v0.0.0-test', clock, random: systemRandom, sleep: clock.sleep });
  const system = fakeSystemView({ replicationState: state });
  const backendUUID = '00000000-0000-4000-8000-000000000001';
  const backend = await factory({ storage, system, logger: nullLogger, config: {}, backendUUID });
  await backend.initialize({ storage });
  await settled();
  return backend;
}

const rollback = async (engine: TestEngine, backend: Backend): Promise<void> => {
  await backend.handleRequest(logicalRequest({ operation: 'rollback', storage: engine.storage }));
  await settled();
};

describe('a rotation that nobody asks for', () => {
  test('happens once, whatever restarts and whoever takes over', async () => {
    await using engine = await engineWithStaticRole();
    engine.clock.advance(hour);
    const first = await another(engine);
    await rollback(engine, first);
    expect(made(engine)).toBe(2);
    const { key } = await credsOf(engine);
    // The one that was active before is asked once more, and knows nothing of it.
    await tick(engine);
    const second = await another(engine);
    await rollback(engine, second);
    expect(made(engine)).toBe(2);
    expect(await credsOf(engine)).toMatchObject({ key, ttl: hour });
    await Promise.all([first.cleanup(), second.cleanup()]);
  });

  test('finds its time again after a restart, without a request', async () => {
    await using engine = await engineWithStaticRole();
    await engine.backend.cleanup();
    engine.clock.advance(hour);
    const next = await another(engine);
    await rollback(engine, next);
    expect(made(engine)).toBe(2);
    await next.cleanup();
  });

  test('does not happen to a role that is deleted while it waits', async () => {
    await using engine = await engineWithStaticRole();
    await remove(engine);
    engine.clock.advance(2 * hour);
    await tick(engine);
    expect(made(engine)).toBe(1);
    expect(aliases(engine)).toEqual([]);
  });

  test('does not happen to a role that another node has deleted', async () => {
    await using engine = await engineWithStaticRole();
    await engine.storage.delete('static-roles/app');
    engine.clock.advance(2 * hour);
    await tick(engine);
    expect(made(engine)).toBe(1);
  });

  test('never happens on a standby, where nothing is written', async () => {
    await using engine = await engineWithStaticRole();
    engine.clock.advance(hour);
    engine.storage.intercept = (call) => {
      if (call === 'put' || call === 'delete') throw new ReadOnlyError();
    };
    const standby = await another(engine, replicationState.performanceStandby);
    await rollback(engine, standby);
    expect(made(engine)).toBe(1);
    for (const path of ['static-roles/app', 'static-roles/new', 'rotate-role/app']) {
      const data = path.startsWith('static') ? { rotation_period: 60 } : {};
      const request = logicalRequest({ operation: 'update', path, data, storage: engine.storage });
      await expect(standby.handleRequest(request)).rejects.toThrow(ReadOnlyError);
    }
    const request = logicalRequest({ operation: 'read', path: 'static-creds/app', storage: engine.storage });
    expect((await standby.handleRequest(request))?.data).toMatchObject({ key_alias: 'vault-app', ttl: 0 });
    expect(made(engine)).toBe(1);
    await standby.cleanup();
  });

  test('waits for the next window where one was missed', async () => {
    // 2030-01-01 is a Tuesday; the schedule is at 3 in the morning, until 4.
    await using engine = await engineWithStaticRole({ rotation_schedule: '0 3 * * *', rotation_window: hour });
    expect(await credsOf(engine)).toMatchObject({
      rotation_schedule: '0 3 * * *',
      rotation_window: hour,
      ttl: 3 * hour,
    });
    engine.clock.advance(5 * hour);
    await tick(engine);
    expect(made(engine)).toBe(1);
    expect(await credsOf(engine)).toMatchObject({ ttl: 22 * hour });
    engine.clock.advance(22 * hour + 1800);
    await tick(engine);
    expect(made(engine)).toBe(2);
  });

  test('comes once where the clock was set back', async () => {
    await using engine = await engineWithStaticRole();
    engine.clock.advance(hour);
    await tick(engine);
    expect(made(engine)).toBe(2);
    engine.clock.advance(-12 * hour);
    for (let minutes = 0; minutes < 3; minutes += 1) {
      await tick(engine);
      engine.clock.advance(60);
    }
    expect(made(engine)).toBe(2);
    engine.clock.advance(hour);
    await tick(engine);
    await tick(engine);
    expect(made(engine)).toBe(3);
  });

  test('goes by the time that is written meanwhile', async () => {
    await using engine = await engineWithStaticRole();
    await update(engine, { rotation_period: 2 * hour });
    engine.clock.advance(hour);
    await tick(engine);
    expect(made(engine)).toBe(1);
    await update(engine, { rotation_schedule: '30 1 * * *' });
    expect(await roleOf(engine)).not.toHaveProperty('rotation_period');
    engine.clock.advance(1800);
    await tick(engine);
    expect(made(engine)).toBe(2);
  });

  test('does not happen while it is disabled', async () => {
    await using engine = await engineWithStaticRole();
    await update(engine, { disable_automated_rotation: true });
    engine.clock.advance(2 * hour);
    await tick(engine);
    expect(made(engine)).toBe(1);
    expect(await credsOf(engine)).not.toHaveProperty('ttl');
    await rotate(engine);
    expect(made(engine)).toBe(2);
  });

  test('works on with an entry of a version that wrote less', async () => {
    await using engine = await engineWithStaticRole();
    const { models, maxBudget, keyAlias, current, created, rotation } = engine.storage.peek(
      'static-roles/app',
    ) as Record<string, unknown>;
    await engine.storage.put(
      storageEntryJSON('static-roles/app', {
        models,
        maxBudget,
        keyAlias,
        current,
        created,
        rotation: { ...(rotation as object), disabled: undefined },
      }),
    );
    expect(await roleOf(engine)).toMatchObject({ rotation_overlap: 0, former_keys: [], rotation_period: hour });
    engine.clock.advance(hour);
    await tick(engine);
    expect(made(engine)).toBe(2);
    expect((await storedKeyOf(engine)).keyAlias).toBe('vault-app');
  });
});

describe('a rotation that keeps failing', () => {
  test('backs off, is told by a warning, and keeps the value', async () => {
    await using engine = await engineWithStaticRole();
    const before = await credsOf(engine);
    engine.litellm.faults.next({
      kind: 'status',
      path: '/key/generate',
      status: 400,
      body: { error: { message: 'no', type: 'bad_request_error', param: null, code: '400' } },
      times: 100,
    });
    engine.clock.advance(hour);
    await tick(engine);
    const response = await engine.request('read', 'static-creds/app');
    expect(response?.data).toMatchObject({ key: before['key'], ttl: 60 });
    expect(response?.warnings).toEqual([
      expect.stringMatching(
        /has failed since 2030-01-01T01:00:00Z \(once\).*next try is at 2030-01-01T01:01:00Z.*rejected the request/,
      ),
    ]);
    expect((await storedKeyOf(engine)).keyAlias).toBe('vault-app');
    const tries = asked(engine);
    for (let minutes = 0; minutes < 59; minutes += 1) {
      engine.clock.advance(60);
      await tick(engine);
    }
    expect(asked(engine) - tries).toBeLessThan(8);
    expect(asked(engine) - tries).toBeGreaterThan(2);
    engine.litellm.faults.clear();
    engine.clock.advance(hour);
    await tick(engine);
    const after = await engine.request('read', 'static-creds/app');
    expect(after?.data?.['key']).not.toBe(before['key']);
    expect(after?.warnings).toBeUndefined();
    expect(aliases(engine)).toEqual(['vault-app']);
    expect(engine.storage.keys.filter((key) => key.startsWith('wal/'))).toEqual([]);
  });

  test('keeps no other role from its turn', async () => {
    await using engine = await engineWithStaticRole();
    await create(engine, { rotation_period: hour, team_id: 'gone', verify: false }, 'broken');
    const { key } = await credsOf(engine);
    engine.clock.advance(hour);
    await tick(engine);
    expect((await credsOf(engine))['key']).not.toBe(key);
    expect((await engine.request('read', 'static-creds/broken'))?.warnings?.[0]).toContain(
      'has no team of this team_id',
    );
  });
});
