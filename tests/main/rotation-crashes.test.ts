import { describe, expect, test } from 'bun:test';
import {
  type CrashMount,
  type Disturbance,
  everyCase,
  faultsOfCrash,
  faultsOfFailure,
  type Steps,
} from '../harness/rotation/crash-cases.ts';
import { HostMount, HostWorld } from '../harness/rotation/host-world.ts';

// Each write to the storage and each call to LiteLLM that making, rotating or deleting a key consists of, and what happens just
// before and just after it: whatever it is, one value is stored and works, and in the end LiteLLM has no other key. An
// undisturbed run tells which steps there are. `e2e/rotation-crashes.test.ts` kills in real engines.

const before: Disturbance = { point: 'before' };
const after: Disturbance = { point: 'after' };
const beforeLate: Disturbance = { point: 'before', late: true };
const config = { request_timeout: 60 };

function storageSteps(mount: CrashMount): Steps {
  if (!(mount instanceof HostMount)) throw new TypeError('a mount of another world');
  return { log: mount.storage.writes, held: mount.storage.held };
}

const litellmSteps = ({ litellm: { requests, held } }: CrashMount): Steps => ({ log: requests, held });

for (const transactional of [false, true]) {
  describe(`with a storage ${transactional ? 'that has transactions' : 'without transactions'}`, () => {
    test('a kill -9 at any write loses no key and leaves none', async () => {
      await using world = await HostWorld.start({ transactional });
      const run = { world, stepsOf: storageSteps, config };
      expect(await faultsOfCrash(run, await everyCase(run, [before, after]))).toEqual([]);
    }, 120_000);

    test('a write that fails, with or without its effect, loses no key and leaves none', async () => {
      await using world = await HostWorld.start({ transactional });
      const run = { world, stepsOf: storageSteps, config };
      expect(await faultsOfFailure(run, await everyCase(run, [before, after]))).toEqual([]);
    }, 120_000);
  });
}

describe('at any call to LiteLLM', () => {
  test('a kill -9, and another one while that is mended, loses no key and leaves none', async () => {
    await using world = await HostWorld.start();
    const run = { world, stepsOf: litellmSteps, config };
    const cases = await everyCase(run, [before, after, beforeLate]);
    expect(await faultsOfCrash(run, cases, { again: 1 })).toEqual([]);
  }, 120_000);

  // What waits for LiteLLM must not keep a mount: it would for the minute that a call may take.
  test('a mount that goes loses no key and leaves none', async () => {
    await using world = await HostWorld.start({ end: 'cleanup' });
    const run = { world, stepsOf: litellmSteps, config: { request_timeout: 3600 } };
    expect(await faultsOfCrash(run, await everyCase(run, [before, after, beforeLate]))).toEqual([]);
  }, 120_000);

  test('LiteLLM that loses it or its answer, or goes down, loses no key and leaves none', async () => {
    await using world = await HostWorld.start();
    const run = { world, stepsOf: litellmSteps, config };
    const cases = await everyCase(run, [before, after, { ...before, down: true }, { ...after, down: true }]);
    expect(await faultsOfFailure(run, cases)).toEqual([]);
  }, 120_000);

  test('LiteLLM that answers or does it late loses no key and leaves none', async () => {
    await using world = await HostWorld.start();
    // Longer than a call takes that nobody holds, on a busy machine too.
    const run = { world, stepsOf: litellmSteps, config: { request_timeout: 3 } };
    expect(await faultsOfFailure(run, await everyCase(run, [beforeLate, { ...after, late: true }]))).toEqual([]);
  }, 120_000);
});
