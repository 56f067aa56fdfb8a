import { randomUUID } from 'node:crypto';
import { type LiteLLMServer, startLiteLLMServer } from '../litellm-server.ts';
import type { HeldCall, HeldCalls, HoldPoint } from '../litellm/held-calls.ts';
import { isStored, type MountAnswer, type MountUnderTest } from './mount-under-test.ts';
import { type Operation, operations } from './operations.ts';

/** A mount to disturb, and what a test can see of it that no client does. */
export interface CrashMount extends MountUnderTest {
  /** How many write-ahead entries of rotations are stored. */
  openEntries(): Promise<number>;
  /** Makes all of them so old that LiteLLM must be through with what it was asked. */
  ageEntries(): Promise<void>;
}

/** Where mounts are, and what can be done to all of them at once. */
export interface CrashWorld {
  /** A new mount for a LiteLLM. */
  mount(litellm: LiteLLMServer): Promise<CrashMount>;
  /** Kills what is to be killed and brings it back. */
  crash(): Promise<void>;
  /** Makes all mounts look for what was left, without a restart where that can be done. */
  lookAgain(): Promise<void>;
  /** Makes all mounts begin anew, with what is stored and nothing else. */
  restart(): Promise<void>;
}

/** What is held: calls to LiteLLM, or writes to the storage. */
export interface Steps {
  readonly log: readonly { readonly method: string; readonly path: string }[];
  readonly held: HeldCalls;
}

/** What happens at a step. */
export interface Disturbance {
  readonly point: HoldPoint;
  /** Whether a call that was held is carried out, or answered, when nobody waits for it any more. */
  readonly late?: boolean;
  /** Whether LiteLLM does nothing after it either, until the request has been answered. */
  readonly down?: boolean;
}

/** One operation, and the one step of it at which something happens. */
export interface CrashCase extends Disturbance {
  readonly operation: Operation;
  /** From 0. */
  readonly step: number;
  /** What it is: a method and a path, or the key of an entry. */
  readonly what: string;
}

/** What a set of cases is run with. */
export interface CrashRun {
  readonly world: CrashWorld;
  readonly stepsOf: (mount: CrashMount) => Steps;
  /** The fields of every `config`. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** How long something may take that needs a moment: milliseconds. */
const patienceMs = 30_000;
const pollMs = 50;
/** A recovery that has not asked anything by then has nothing to ask: milliseconds. */
const recoveryMs = 3_000;

/**
 * Cases for every step of every operation: each is done once undisturbed, which tells its steps. What only asks is the same
 * before and after, and late.
 */
export async function everyCase(
  { world, stepsOf, config }: CrashRun,
  disturbances: readonly Disturbance[],
  which: readonly Operation[] = operations,
): Promise<readonly CrashCase[]> {
  const cases = await inParallel(which, async (operation) =>
    withMount(world, operation, async (mount) => {
      await operation.prepare(mount, config);
      const { log } = stepsOf(mount);
      const before = log.length;
      const answer = await operation.act(mount, config);
      if (!answer.ok) throw new Error(`${operation.name} fails undisturbed: ${answer.message}`);
      const steps = log.slice(before);
      await nothingOpen(mount, operation);
      return steps.flatMap(({ method, path }, step) =>
        disturbances
          .filter(({ point, late = false }) => method !== 'GET' || (point === 'before' && !late))
          .map((disturbance) => ({ operation, step, what: `${method} ${path}`, ...disturbance })),
      );
    }),
  );
  return cases.flat();
}

/** Whether an operation that nobody disturbs leaves nothing. */
async function nothingOpen(mount: CrashMount, operation: Operation): Promise<void> {
  const faults = [...(await operation.faultsOfStored(mount)), ...(await operation.leftovers(mount))];
  if (faults.length > 0) throw new Error(`${operation.name}, undisturbed: ${faults.join('; ')}`);
}

interface RunningCase {
  readonly about: CrashCase;
  readonly mount: CrashMount;
  readonly faults: string[];
  held?: HeldCall | undefined;
  answer?: Promise<MountAnswer>;
}

/**
 * Kills the process when all cases are at their step, and gives what is wrong in the end: nothing, where all is well. It is
 * killed `again` so many times while it recovers.
 */
export async function faultsOfCrash(
  run: CrashRun,
  cases: readonly CrashCase[],
  { again = 0 }: { readonly again?: number } = {},
): Promise<readonly string[]> {
  return await withCases(run, cases, async (running) => {
    await reachSteps(run, running);
    for (const { about, held } of running) if (!about.late && about.point === 'before') held?.drop();
    await run.world.crash();
    for (const { about, held } of running) if (!about.late) held?.drop();
    await Promise.all(running.map(({ answer }) => answer));
    for (let time = 0; time < again; time++) await crashRecovery(run, running);
    await untilSettled(run, running);
  });
}

/** Kills the process once more, at the next step of each recovery; one that has none is let be. */
async function crashRecovery({ world, stepsOf }: CrashRun, running: readonly RunningCase[]): Promise<void> {
  const reached = running.map(({ mount }) => {
    const { log, held } = stepsOf(mount);
    return held.hold(log.length, 'after');
  });
  await inEach(running, async ({ mount }) => {
    // A plugin that was killed is started for a request.
    await answered(async () => {
      await isStored(mount, 'config');
      return [];
    });
  });
  const quiet = Bun.sleep(recoveryMs).then(() => undefined);
  const held = await Promise.all(reached.map((one) => Promise.race([one, quiet])));
  await world.crash();
  for (const one of held) one?.drop();
  for (const { mount } of running) stepsOf(mount).held.clear();
}

/** Lets the step of each case fail: its connection is closed, or with `late` it is left to whoever gives up first. */
export async function faultsOfFailure(run: CrashRun, cases: readonly CrashCase[]): Promise<readonly string[]> {
  return await withCases(run, cases, async (running) => {
    await reachSteps(run, running);
    for (const { about, held, mount } of running) {
      if (about.down) mount.litellm.faults.next({ kind: 'drop-before', times: Number.POSITIVE_INFINITY });
      if (!about.late) held?.drop();
    }
    await Promise.all(running.map(({ answer }) => answer));
    for (const { mount } of running) mount.litellm.faults.clear();
    // What is stored works before anything was mended.
    await look(running.filter(({ about: { operation } }) => operation.replaces !== true));
    await run.world.lookAgain();
    await untilSettled(run, running);
  });
}

async function reachSteps({ stepsOf, config }: CrashRun, running: readonly RunningCase[]): Promise<void> {
  await inParallel(
    running,
    async (one) => {
      const { log, held } = stepsOf(one.mount);
      const reached = held.hold(log.length + one.about.step, one.about.point);
      one.answer = one.about.operation.act(one.mount, config);
      // Where it ends before it was there, it has other steps than undisturbed.
      one.held = await Promise.race([reached, one.answer.then(() => undefined)]);
      if (one.held === undefined) one.faults.push(`was never there; it said: ${(await one.answer).message}`);
    },
    Number.POSITIVE_INFINITY,
  );
}

/** What is stored works at once; what is left is seen to; then it can be done again. */
async function untilSettled({ world }: CrashRun, running: readonly RunningCase[]): Promise<void> {
  const untilClean = async (): Promise<void> =>
    inEach(running, async ({ about: { operation }, mount, faults }) => {
      faults.push(...(await untilNone(() => operation.leftovers(mount))));
    });

  await look(running);
  await untilClean();
  for (const { about, held } of running) if (about.late) held?.release();
  // What LiteLLM may still do is waited for; then it must be over.
  for (const { mount } of running) await mount.ageEntries();
  await world.restart();
  await inEach(running, async ({ mount, faults }) => {
    faults.push(
      ...(await untilNone(async () => {
        const open = await mount.openEntries();
        return open === 0 ? [] : [`${open} write-ahead entries are left`];
      })),
    );
  });
  await untilClean();
  await look(running);
  await inEach(running, async ({ about: { operation }, mount, faults }) => {
    faults.push(...(await operation.faultsOfRepetition(mount)));
  });
}

async function look(running: readonly RunningCase[]): Promise<void> {
  await inEach(running, async ({ about: { operation }, mount, faults }) => {
    const stored = (): Promise<readonly string[]> => operation.faultsOfStored(mount);
    faults.push(...(await (operation.replaces === true ? untilNone(stored) : answered(stored))));
  });
}

/** For those in which nothing was wrong so far. */
async function inEach(running: readonly RunningCase[], work: (one: RunningCase) => Promise<void>): Promise<void> {
  await inParallel(
    running.filter(({ faults }) => faults.length === 0),
    async (one) => {
      try {
        await work(one);
      } catch (error) {
        one.faults.push(error instanceof Error ? error.message : String(error));
      }
    },
  );
}

async function withCases(
  { world, config }: CrashRun,
  cases: readonly CrashCase[],
  work: (running: readonly RunningCase[]) => Promise<void>,
): Promise<readonly string[]> {
  const servers: LiteLLMServer[] = [];
  try {
    const running = await inParallel(cases, async (about): Promise<RunningCase> => {
      const litellm = await startStandIn(about.operation);
      servers.push(litellm);
      const mount = await world.mount(litellm);
      await about.operation.prepare(mount, config);
      return { about, mount, faults: [] };
    });
    await work(running);
    return running.flatMap(({ about, faults }) => faults.slice(0, 3).map((fault) => `${nameOf(about)}: ${fault}`));
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/**
 * With a master key of its own: a mount of an earlier case, whose stand-in has gone, may find this one at the same port, and
 * must not make keys here.
 */
async function startStandIn({ litellm }: Operation): Promise<LiteLLMServer> {
  return await startLiteLLMServer({ ...litellm, masterKey: `sk-test-not-a-real-master-key-${randomUUID()}` });
}

async function withMount<Result>(
  world: CrashWorld,
  operation: Operation,
  work: (mount: CrashMount) => Promise<Result>,
): Promise<Result> {
  const litellm = await startStandIn(operation);
  try {
    return await work(await world.mount(litellm));
  } finally {
    await litellm.stop();
  }
}

function nameOf({ operation, step, what, point, late, down }: CrashCase): string {
  const then = late ? ', which comes late' : down ? ', where LiteLLM goes down' : '';
  return `${operation.name}, ${point} step ${step + 1} (${what})${then}`;
}

/** What a look finds in the end, which is nothing where it finds nothing once. */
async function untilNone(look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const found = await look().catch((error: unknown) => [String(error)]);
    if (found.length === 0 || performance.now() > end) return found;
    await Bun.sleep(pollMs);
  }
}

/** What a look finds, as soon as it can look: a plugin that was killed is not back at once. */
async function answered(look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > end) throw error;
      await Bun.sleep(pollMs);
    }
  }
}

/** Does something for each, for `most` at a time; waits for all before it throws what one has thrown. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  most = 16,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await work(next[1]);
  };
  const workers = Array.from({ length: Math.min(most, items.length) }, worker);
  const [failed] = (await Promise.allSettled(workers)).filter((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results;
}
