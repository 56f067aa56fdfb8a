import { describe, expect, test } from 'bun:test';
import { configDefaults } from '../../../src/engine/config/config-entry.ts';
import { BackgroundWork } from '../../../src/engine/lease/background-work.ts';
import { type RefusedKey, SecondRounds } from '../../../src/engine/lease/second-rounds.ts';
import { FakeClock, type IssuedKey, startEngine, type TestEngine } from '../../harness/engine.ts';
import { keyNotFound } from '../../harness/litellm-faults.ts';
import { MemoryStorage } from '../../harness/memory-storage.ts';

async function engineWithRole(): Promise<TestEngine> {
  const engine = await startEngine();
  await engine.configure({ request_timeout: '1h' });
  await engine.request('create', 'roles/team', { data: { ttl: '1h' } });
  engine.clock.hold();
  return engine;
}

const baseURL = 'http://litellm.test';
const refused: Omit<RefusedKey, 'secondRound'> = {
  key: {
    tokenId: 'f'.repeat(64),
    keyAlias: 'alias',
    role: 'team',
    proxy: baseURL,
    roleTTL: 3600,
    roleMaxTTL: 0,
    latestExpiry: new Date(0),
  },
  config: { baseURL, masterKey: 'sk-test-not-a-real-master-key', caCert: '', ...configDefaults },
  storage: new MemoryStorage(),
};

const walKeys = (engine: TestEngine): readonly string[] => engine.storage.keys.filter((key) => key.startsWith('wal/'));
const revoke = (engine: TestEngine, { secret }: IssuedKey) => engine.request('revoke', 'creds/team', { secret });

async function issueSeveral(engine: TestEngine, count: number): Promise<readonly IssuedKey[]> {
  return await Promise.all(Array.from({ length: count }, async () => engine.issue('team')));
}

/** Resolves when a write-ahead entry was written, or removed. */
function stored(engine: TestEngine, call: 'put' | 'delete'): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  engine.storage.intercept = (made, key) => {
    if (made === call && key.startsWith('wal/')) resolve();
  };
  return promise;
}

describe('the second round of a revocation', () => {
  test('that fails is remembered and tried again, and in the end left to the rollback', async () => {
    await using engine = await engineWithRole();
    await revoke(engine, await engine.issue('team'));
    await engine.clock.asleep();
    engine.litellm.faults.next({ path: '/key/delete', kind: 'status', times: 5 });
    const remembered = stored(engine, 'put');
    // It fails, and so does what begins at once.
    engine.clock.advance(0.5);
    await remembered;
    // Each time it is blocked, and half a second later blocked and deleted.
    for (const seconds of [0.5, 2, 0.5, 3, 0.5, 10, 0.5]) {
      await engine.clock.asleep();
      engine.clock.advance(seconds);
    }
    await engine.backend.cleanup();
    expect(engine.litellm.faults.pending).toBe(0);
    expect(engine.litellm.keys.all()).toMatchObject([{ blocked: true }]);
    expect(walKeys(engine)).toHaveLength(1);
    expect(JSON.stringify(engine.storage.peek(walKeys(engine)[0] ?? ''))).not.toContain('sk-');

    engine.clock.flow();
    engine.clock.advance(181);
    await engine.request('rollback', '');
    expect(engine.litellm.keys.all()).toEqual([]);
    expect(walKeys(engine)).toEqual([]);
  });

  test('that fails once is made up for within seconds', async () => {
    await using engine = await engineWithRole();
    await revoke(engine, await engine.issue('team'));
    await engine.clock.asleep();
    engine.litellm.faults.next({ path: '/key/delete', kind: 'status' });
    const forgotten = stored(engine, 'delete');
    for (const seconds of [0.5, 0.5]) {
      await engine.clock.asleep();
      engine.clock.advance(seconds);
    }
    await forgotten;
    await engine.backend.cleanup();
    expect(engine.litellm.keys.all()).toEqual([]);
    expect(walKeys(engine)).toEqual([]);
  });

  for (const fault of [
    { kind: 'status' },
    { kind: 'html', status: 200 },
    { kind: 'status', withEffect: true },
  ] as const) {
    test(`deletes the key though the second block fails with ${JSON.stringify(fault)}`, async () => {
      await using engine = await engineWithRole();
      await revoke(engine, await engine.issue('team'));
      await engine.clock.asleep();
      engine.litellm.faults.next({ path: '/key/block', ...fault });
      const deleted = engine.litellm.handled('/key/delete');
      engine.clock.advance(0.5);
      await deleted;
      expect(engine.litellm.keys.all()).toEqual([]);
    });
  }

  test('does not believe at once that a young key, which was there, is gone', async () => {
    await using engine = await engineWithRole();
    await revoke(engine, await engine.issue('team'));
    await engine.clock.asleep();
    engine.litellm.faults.next({ path: '/key/block', ...keyNotFound });
    engine.litellm.faults.next({ path: '/key/info', ...keyNotFound });
    const deleted = engine.litellm.handled('/key/delete');
    engine.clock.advance(0.5);
    await engine.clock.asleep();
    engine.clock.advance(0.5);
    await deleted;
    expect(engine.litellm.keys.all()).toEqual([]);
  });

  test('is waited for where 1,024 wait already', async () => {
    const clock = new FakeClock();
    clock.hold();
    const background = new BackgroundWork();
    const abandoned = { remember: async () => 'entry', forget: async () => undefined, abandon: async () => undefined };
    const rounds = new SecondRounds({ abandoned, background, sleep: clock.sleep, logger: { log: () => undefined } });
    const done: string[] = [];
    const start = async (name: string): Promise<void> => {
      const secondRound = async (): Promise<void> => void done.push(name);
      await rounds.start({ ...refused, secondRound }, new AbortController().signal);
    };
    for (let waiting = 0; waiting < 1024; waiting += 1) await start('background');
    let returned = false;
    const last = start('last').then(() => {
      returned = true;
    });
    await clock.asleep(1025);
    expect([returned, done.length]).toEqual([false, 0]);
    clock.advance(0.5);
    await last;
    expect(done).toContain('last');
    await background.settled();
    expect(done).toHaveLength(1025);
  });
});

describe('a mount that goes', () => {
  test('deletes what it has blocked, having remembered it before', async () => {
    await using engine = await engineWithRole();
    for (const one of await issueSeveral(engine, 10)) await revoke(engine, one);
    await engine.clock.asleep(10);
    expect(walKeys(engine)).toEqual([]);
    const remembered = stored(engine, 'put');
    const cleaning = engine.backend.cleanup();
    await remembered;
    expect(engine.litellm.keys.all()).toHaveLength(10);
    engine.clock.advance(0.5);
    await cleaning;
    expect(engine.litellm.keys.all()).toEqual([]);
    expect(walKeys(engine)).toEqual([]);
  });

  test('waits no longer than seconds for a proxy that hangs, and its entry is rolled back later', async () => {
    await using engine = await engineWithRole();
    await revoke(engine, await engine.issue('team'));
    await engine.clock.asleep();
    engine.litellm.faults.next({ path: '/key/block', kind: 'hang', times: 9 });
    engine.clock.advance(0.5);
    await engine.backend.cleanup();
    expect(engine.litellm.keys.all()).toMatchObject([{ blocked: true }]);
    expect(walKeys(engine)).toHaveLength(1);
    engine.litellm.faults.clear();
    engine.clock.flow();
    engine.clock.advance(181);
    await engine.request('rollback', '');
    expect(engine.litellm.keys.all()).toEqual([]);
    expect(walKeys(engine)).toEqual([]);
  });

  test('ends in its time with a storage that hangs too', async () => {
    await using engine = await engineWithRole();
    await revoke(engine, await engine.issue('team'));
    await engine.clock.asleep();
    const { promise, resolve } = Promise.withResolvers<void>();
    engine.storage.intercept = () => promise;
    await engine.backend.cleanup();
    expect(engine.litellm.keys.all()).toMatchObject([{ blocked: true }]);
    resolve();
  });

  test('deletes what it has blocked though its storage is gone', async () => {
    await using engine = await engineWithRole();
    await revoke(engine, await engine.issue('team'));
    await engine.clock.asleep();
    engine.storage.intercept = () => {
      throw new Error('the storage is away');
    };
    const cleaning = engine.backend.cleanup();
    engine.clock.advance(0.5);
    await cleaning;
    expect(engine.litellm.keys.all()).toEqual([]);
    expect(engine.log.join()).toContain('the storage is away');
  });
});
