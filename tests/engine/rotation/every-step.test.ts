import { describe, expect, test } from 'bun:test';
import { sha256 } from '../../../src/litellm/sha256.ts';
import { keyAlias, RotatingWorld, type WorldOptions } from './rotating-world.ts';
import { type StepFate, stepFates } from './steps.ts';

const worlds: readonly { readonly name: string; readonly options: WorldOptions }[] = [
  { name: 'with aliases of their own', options: {} },
  { name: 'with one alias', options: { renames: true } },
  { name: 'by replacing', options: { replaces: true } },
];

async function rotatedOnce(options: WorldOptions): Promise<RotatingWorld> {
  const world = new RotatingWorld(options);
  await world.process().rotate();
  return world;
}

/** The steps of a rotation of which nothing fails. */
async function stepsOf(options: WorldOptions): Promise<readonly string[]> {
  const world = await rotatedOnce(options);
  world.steps.done.length = 0;
  await world.process().rotate();
  return [...world.steps.done];
}

function expectOne(world: RotatingWorld, renames: boolean): void {
  const stored = world.stored() ?? '';
  expect([...world.keys.keys()]).toEqual([sha256(stored)]);
  if (renames) expect([...world.keys.values()]).toEqual([keyAlias]);
  expect(world.entries).toEqual([]);
}

const scenes = await Promise.all(worlds.map(async (world) => ({ ...world, steps: await stepsOf(world.options) })));

for (const { name, options, steps } of scenes) {
  describe(`a rotation of keys ${name}`, () => {
    const { renames = false } = options;

    test('goes in this order', () => {
      expect(steps.filter((step) => !step.startsWith('get') && !step.startsWith('list'))).toEqual([
        'put wal',
        ...(renames ? ['rename'] : []),
        ...['make', 'verify', 'put thing/billing', 'retire', 'delete wal'],
      ]);
    });

    for (const [at, step] of steps.entries()) {
      for (const fate of stepFates) {
        for (const next of ['the same', 'another'] as const) {
          if (next === 'the same' && fate.startsWith('dies')) continue;
          test(`whose step ${at} (${step}) ${fate} leaves one key to ${next} process`, async () => {
            await endsWell(options, at, fate, next);
          });
        }
      }
    }
  });
}

/** What went wrong before the recovery, by the name of the step. */
const before: readonly { readonly step: string; readonly fate: StepFate }[] = [
  { step: 'make', fate: 'dies before' },
  { step: 'make', fate: 'dies after' },
  { step: 'make', fate: 'is lost' },
  { step: 'make', fate: 'comes late' },
  { step: 'verify', fate: 'is refused' },
  { step: 'verify', fate: 'dies after' },
  { step: 'put thing/billing', fate: 'fails' },
  { step: 'put thing/billing', fate: 'dies after' },
  { step: 'put thing/billing', fate: 'comes late' },
  { step: 'retire', fate: 'fails' },
];
/** More than any recovery takes. */
const mostSteps = 10;

for (const { name, options, steps } of scenes) {
  describe(`the recovery of a rotation of keys ${name}`, () => {
    for (const { step, fate } of before) {
      for (const then of stepFates) {
        test(`whose ${step} ${fate} bears that each of its own steps ${then}`, async () => {
          for (let at = 0; at < mostSteps; at++)
            await endsWell(options, steps.indexOf(step), fate, 'another', { at, fate: then });
        });
      }
    }
  });
}

async function endsWell(
  options: WorldOptions,
  at: number,
  fate: StepFate,
  next: 'the same' | 'another',
  then?: { readonly at: number; readonly fate: StepFate },
): Promise<void> {
  const world = await rotatedOnce(options);
  const first = world.process();
  world.steps.fate(at, fate);
  await world.steps.untilOver(first.rotate());
  // At every moment what is stored works, unless its replacement is on record.
  if (options.replaces !== true) expect(world.keys.has(sha256(world.stored() ?? ''))).toBe(true);
  if (then !== undefined) {
    const between = world.process();
    world.steps.fate(then.at, then.fate);
    await world.steps.untilOver(between.recover());
    world.steps.spare();
  }

  const second = next === 'another' ? world.process() : first;
  // What is late comes between two looks.
  if (next === 'the same') await second.recover();
  await world.steps.catchUp();
  await second.recover();
  world.clock.advance(3600);
  await second.recover();
  // A write whose entry is not known to this process is the host's to find.
  await rollBackRest(world, second.rotation);
  expectOne(world, options.renames === true);

  await second.rotate();
  expectOne(world, options.renames === true);
}

async function rollBackRest(
  world: RotatingWorld,
  rotation: ReturnType<RotatingWorld['process']>['rotation'],
): Promise<void> {
  for (const key of world.entries) {
    const { data } = world.memory.peek(key) as { readonly data: unknown };
    const request = { data: {}, storage: world.memory, signal: new AbortController().signal };
    await rotation.rollback(request, 'rotate-role', data);
    await world.memory.delete(key);
  }
}
