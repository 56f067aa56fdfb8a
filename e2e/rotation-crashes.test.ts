import { describe, expect, test } from 'bun:test';
import {
  type CrashRun,
  type Disturbance,
  everyCase,
  faultsOfCrash,
  faultsOfFailure,
} from '../tests/harness/rotation/crash-cases.ts';
import { mainOperations } from '../tests/harness/rotation/operations.ts';
import { startStandIn } from './harness/litellm.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { engineWorld, killEngine, killPlugin } from './rotation-crashes/engine-world.ts';
import type { EngineServer } from './harness/engine-server.ts';

// Each call to LiteLLM that making, rotating or deleting a key consists of, and what happens just then: whatever it is, one
// value is stored and works, and in the end LiteLLM has no other key. An undisturbed run tells which calls there are. All
// cases of a test are mounts of one process, each with a LiteLLM of its own, so that one kill meets them all.

const before: Disturbance = { point: 'before' };
const after: Disturbance = { point: 'after' };
const beforeLate: Disturbance = { point: 'before', late: true };

describeEngines((engine) => {
  const cases = (run: CrashRun, disturbances: readonly Disturbance[]) => everyCase(run, disturbances, mainOperations);

  function runIn(
    suite: ReturnType<typeof useSuite>,
    kill: (server: EngineServer) => Promise<void>,
    requestTimeout: number,
  ): CrashRun {
    const server = (): EngineServer => suite().server;
    return {
      world: engineWorld(server, () => kill(server())),
      stepsOf: ({ litellm: { requests, held } }) => ({ log: requests, held }),
      config: { request_timeout: requestTimeout },
    };
  }

  // A server each: the mounts of one test are not the next one's.
  for (const { victim, kill } of [
    { victim: 'plugin', kill: killPlugin },
    { victim: 'engine', kill: killEngine },
  ]) {
    describe(`at any call to LiteLLM a kill -9 of the ${victim}`, () => {
      const suite = useSuite(engine, { storage: 'raft', litellm: startStandIn });

      test('loses no key and leaves none', async () => {
        const run = runIn(suite, kill, 60);
        expect(await faultsOfCrash(run, await cases(run, [before, after, beforeLate]))).toEqual([]);
      }, 240_000);
    });
  }

  describe('at any call to LiteLLM', () => {
    const suite = useSuite(engine, { storage: 'raft', litellm: startStandIn });

    test('an answer that is lost, a call that is carried out late, and a LiteLLM that goes down lose no key and leave none', async () => {
      // Longer than a call takes that nobody holds, on a busy machine too.
      const run = runIn(suite, killPlugin, 5);
      expect(await faultsOfFailure(run, await cases(run, [after, beforeLate, { ...before, down: true }]))).toEqual([]);
    }, 240_000);
  });
});
