import { describe, expect, test } from 'bun:test';
import { type CrashRun, everyCase, faultsOfCrash, faultsOfFailure } from '../tests/harness/rotation/crash-cases.ts';
import { startStandIn } from './harness/litellm.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { EngineWorld, type Victim } from './rotation-crashes/engine-world.ts';

// Each call to LiteLLM that making, rotating or deleting a key consists of, and what happens just then: whatever it is, one
// value is stored and works, and in the end LiteLLM has no other key. An undisturbed run tells which calls there are. All
// cases of a test are mounts of one process, each with a LiteLLM of its own, so that one kill meets them all.

const before = { point: 'before', late: false } as const;
const after = { point: 'after', late: false } as const;
const beforeLate = { point: 'before', late: true } as const;

describeEngines((engine) => {
  const suite = useSuite(engine, { storage: 'raft', litellm: startStandIn });
  const server = () => suite().server;

  function runWith(victim: Victim, requestTimeout: number): CrashRun {
    return {
      world: new EngineWorld(server, victim),
      stepsOf: ({ litellm: { requests, held } }) => ({ log: requests, held }),
      config: { request_timeout: requestTimeout },
    };
  }

  describe('whatever step a kill -9 meets', () => {
    for (const victim of ['plugin', 'engine'] as const) {
      test(`of the ${victim}, one value works and no key is left`, async () => {
        const run = runWith(victim, 60);
        expect(await faultsOfCrash(run, await everyCase(run, [before, after, beforeLate]))).toEqual([]);
      }, 180_000);
    }
  });

  describe('whatever step LiteLLM', () => {
    const run = runWith('plugin', 60);
    const impatient = runWith('plugin', 1);

    test('does not answer, one value works and no key is left', async () => {
      expect(await faultsOfFailure(run, await everyCase(run, [before, after]), { down: false })).toEqual([]);
    }, 180_000);

    test('answers or does late, one value works and no key is left', async () => {
      const cases = await everyCase(impatient, [beforeLate, { point: 'after', late: true }]);
      expect(await faultsOfFailure(impatient, cases, { down: false })).toEqual([]);
    }, 180_000);

    test('goes down at, one value works and no key is left', async () => {
      expect(await faultsOfFailure(run, await everyCase(run, [before, after]), { down: true })).toEqual([]);
    }, 180_000);
  });
});
