import { describe, expect, test } from 'bun:test';
import {
  type CrashMount,
  type CrashRun,
  everyCase,
  faultsOfCrash,
  faultsOfFailure,
} from '../harness/rotation/crash-cases.ts';
import { HostMount, HostWorld } from '../harness/rotation/host-world.ts';

// Each write to the storage that making, rotating or deleting a key consists of, and what happens just before and just after
// it. An undisturbed run tells which writes there are. `e2e/rotation-crashes.test.ts` does so with the calls to LiteLLM.

const points = [
  { point: 'before', late: false },
  { point: 'after', late: false },
] as const;

function stepsOf(mount: CrashMount) {
  if (!(mount instanceof HostMount)) throw new TypeError('a mount of another world');
  const { writes, held } = mount.storage;
  return { log: writes, held };
}

for (const transactional of [false, true]) {
  describe(`with a storage ${transactional ? 'that has transactions' : 'without transactions'}`, () => {
    test('a kill -9 at any write leaves one value that works and no other key', async () => {
      await using world = await HostWorld.start({ transactional });
      const run: CrashRun = { world, stepsOf, config: { request_timeout: 60 } };
      expect(await faultsOfCrash(run, await everyCase(run, points))).toEqual([]);
    }, 120_000);

    test('a write that fails, with or without its effect, leaves one value that works and no other key', async () => {
      await using world = await HostWorld.start({ transactional });
      const run: CrashRun = { world, stepsOf, config: { request_timeout: 60 } };
      expect(await faultsOfFailure(run, await everyCase(run, points), { down: false })).toEqual([]);
    }, 120_000);
  });
}
