import { describe, expect, test } from 'bun:test';
import { createFactory } from '../../../src/engine/backend.ts';
import type { Backend } from '../../../src/sdk/logical/backend.ts';
import { nullLogger } from '../../../src/sdk/logical/logger.ts';
import { systemRandom } from '../../../src/sdk/logical/random.ts';
import type { TestEngine } from '../../harness/engine.ts';
import { fakeSystemView } from '../../harness/fake-system-view.ts';
import { logicalRequest } from '../../harness/logical-request.ts';
import { hashKey } from '../../harness/litellm/stored-key.ts';
import {
  aliases,
  create,
  engineWithStaticRole,
  hourly,
  remove,
  rotate,
  settled,
  staticEngine,
} from './static-engine.ts';

// A process that dies at each of its calls in turn, to the storage and to LiteLLM, before the call takes effect and after it.

/** What a dead process says to whoever still waits for it. */
class Dead extends Error {}

interface Death {
  /** Of all calls of the process, from 0 on. */
  readonly at: number;
  readonly afterEffect: boolean;
}

/** Counts the calls of an engine's process, and lets it die at one of them. */
function dying(engine: TestEngine, { at, afterEffect }: Death): () => number {
  let calls = 0;
  let dead = false;
  engine.storage.intercept = () => {
    if (dead) throw new Dead();
    calls += 1;
    if (calls - 1 !== at) return;
    dead = true;
    // What the storage does after this is what takes effect.
    if (!afterEffect) throw new Dead();
  };
  const push = engine.litellm.faults.take.bind(engine.litellm.faults);
  engine.litellm.faults.take = (path) => {
    if (dead) return { kind: 'drop-before' };
    calls += 1;
    if (calls - 1 !== at) return push(path);
    dead = true;
    return { kind: afterEffect ? 'drop-after-effect' : 'drop-before' };
  };
  return () => calls;
}

function revive(engine: TestEngine): void {
  engine.storage.intercept = undefined;
  Reflect.deleteProperty(engine.litellm.faults, 'take');
}

/** Another process, which comes when the requests of the dead one are over, and does what the host asks once a minute. */
async function recovered(engine: TestEngine): Promise<Backend> {
  revive(engine);
  const { clock, storage } = engine;
  clock.advance(600);
  const factory = createFactory({ version: 'v0.0.0-test', clock, random: systemRandom, sleep: clock.sleep });
  const backendUUID = '00000000-0000-4000-8000-000000000001';
  const backend = await factory({ storage, system: fakeSystemView(), logger: nullLogger, config: {}, backendUUID });
  await backend.initialize({ storage });
  for (let minute = 0; minute < 2; minute += 1) {
    await backend.handleRequest(logicalRequest({ operation: 'rollback', storage }));
    await settled();
    clock.advance(60);
  }
  return backend;
}

const read = (engine: TestEngine, backend: Backend, path: string) =>
  backend.handleRequest(logicalRequest({ operation: 'read', path, storage: engine.storage }));

/** What must hold in the end: one value that works, or no role and no key at all. */
async function expectWhole(engine: TestEngine, backend: Backend): Promise<void> {
  expect(engine.storage.keys.filter((key) => key.startsWith('wal/'))).toEqual([]);
  const role = await read(engine, backend, 'static-roles/app');
  if (role === undefined) {
    expect(aliases(engine)).toEqual([]);
    return;
  }
  const creds = await read(engine, backend, 'static-creds/app');
  const stored = engine.litellm.keys.find(hashKey(String(creds?.data?.['key'])));
  expect(stored).toMatchObject({ keyAlias: 'vault-app', blocked: null, expires: null });
  expect(aliases(engine)).toEqual(['vault-app']);
}

interface Act {
  readonly what: string;
  readonly start: () => Promise<TestEngine>;
  readonly act: (engine: TestEngine) => Promise<unknown>;
}

const acts: readonly Act[] = [
  { what: 'a creation', start: () => staticEngine(), act: (engine) => create(engine) },
  { what: 'a rotation', start: () => engineWithStaticRole(), act: (engine) => rotate(engine) },
  {
    what: 'a rotation with an overlap',
    start: () => engineWithStaticRole({ ...hourly, rotation_overlap: 300 }),
    act: (engine) => rotate(engine),
  },
];

for (const { what, start, act } of acts) {
  describe(`${what} whose process dies`, () => {
    test('at any of its calls leaves one value that works, or nothing', async () => {
      await using trial = await start();
      const count = dying(trial, { at: -1, afterEffect: false });
      await act(trial);
      await settled();
      const calls = count();
      revive(trial);
      expect(calls).toBeGreaterThan(8);
      for (let at = 0; at < calls; at += 1) {
        for (const afterEffect of [false, true]) {
          await using engine = await start();
          dying(engine, { at, afterEffect });
          await act(engine).catch(() => undefined);
          await settled();
          const backend = await recovered(engine);
          try {
            await expectWhole(engine, backend);
          } catch (error) {
            throw new Error(`died at call ${at} of ${calls}, ${afterEffect ? 'after' : 'before'} its effect`, {
              cause: error,
            });
          } finally {
            await backend.cleanup();
          }
        }
      }
    }, 120_000);
  });
}

describe('a deletion whose process dies', () => {
  test('at any of its calls leaves the role, or nothing, or a role that says so and can be deleted', async () => {
    await using trial = await engineWithStaticRole();
    const count = dying(trial, { at: -1, afterEffect: false });
    await remove(trial);
    const calls = count();
    revive(trial);
    for (let at = 0; at < calls; at += 1) {
      for (const afterEffect of [false, true]) {
        await using engine = await engineWithStaticRole();
        dying(engine, { at, afterEffect });
        await remove(engine).catch(() => undefined);
        await settled();
        const backend = await recovered(engine);
        const creds = await read(engine, backend, 'static-creds/app');
        const error = creds?.data?.['error'];
        const stored = engine.litellm.keys.find(hashKey(String(creds?.data?.['key'])));
        if (error === undefined) expect(stored).toMatchObject({ blocked: null });
        else expect(error).toMatch(/half deleted|there is no static role/);
        const request = logicalRequest({ operation: 'delete', path: 'static-roles/app', storage: engine.storage });
        expect(await backend.handleRequest(request)).toBeUndefined();
        expect(aliases(engine)).toEqual([]);
        expect(engine.storage.keys.filter((key) => key.startsWith('static-roles/'))).toEqual([]);
        await backend.cleanup();
      }
    }
  }, 120_000);
});
