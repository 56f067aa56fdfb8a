import { describe, expect, test } from 'bun:test';
import { IssuingBounds } from '../../../src/engine/creds/issuing-bounds.ts';
import { type FakeSystemView, fakeSystemView } from '../../harness/fake-system-view.ts';

class World {
  readonly system: FakeSystemView = fakeSystemView({ defaultLeaseTTL: 600, maxLeaseTTL: 7200 });
  now = 5000;
  readonly bounds = new IssuingBounds(this.system, () => this.now);

  get asked(): number {
    return this.system.calls.maxLeaseTTL;
  }

  get askedDefault(): number {
    return this.system.calls.defaultLeaseTTL;
  }
}

describe('bounds', () => {
  test('are asked for when there are none, once for all who wait', async () => {
    const world = new World();
    const both = await Promise.all([world.bounds.known(), world.bounds.known()]);
    const told = { defaultLeaseTTL: 600, maxLeaseTTL: 7200 };
    expect(both).toEqual([told, told]);
    expect(world.asked).toBe(1);
  });

  test('are known at once, however old', async () => {
    const world = new World();
    await world.bounds.known();
    world.system.values.maxLeaseTTL = 100;
    world.now += 1e9;
    expect((await world.bounds.known()).maxLeaseTTL).toBe(7200);
    expect(world.asked).toBe(1);
  });

  test('are asked for again, at most ten times a second', async () => {
    const world = new World();
    await world.bounds.known();
    world.now += 99;
    expect(world.bounds.askAgain({ needsDefault: true })).toBeUndefined();
    world.now += 1;
    world.system.values.maxLeaseTTL = 100;
    const asking = world.bounds.askAgain({ needsDefault: true });
    expect(world.bounds.askAgain({ needsDefault: true })).toBeUndefined();
    expect((await world.bounds.known()).maxLeaseTTL).toBe(7200);
    expect((await asking)?.maxLeaseTTL).toBe(100);
    expect((await world.bounds.known()).maxLeaseTTL).toBe(100);
    expect(world.asked).toBe(2);
  });

  test('are asked for alone where the default one is of no use, which is asked for as soon as it is', async () => {
    const world = new World();
    await world.bounds.known();
    world.now += 100;
    Object.assign(world.system.values, { defaultLeaseTTL: 50, maxLeaseTTL: 100 });
    const own = { needsDefault: false };
    expect(await world.bounds.askAgain(own)).toEqual({ defaultLeaseTTL: 600, maxLeaseTTL: 100 });
    expect([world.asked, world.askedDefault]).toEqual([2, 1]);
    world.now += 1;
    expect(world.bounds.askAgain(own)).toBeUndefined();
    expect(await world.bounds.askAgain({ needsDefault: true })).toEqual({ defaultLeaseTTL: 50, maxLeaseTTL: 100 });
    expect([world.asked, world.askedDefault]).toEqual([2, 2]);
  });

  test('tell when the longest lease was asked for last', async () => {
    const world = new World();
    expect(world.bounds.lastAskedMax).toBeUndefined();
    await world.bounds.known();
    expect(world.bounds.lastAskedMax?.askedAt).toBe(5000);
    world.now += 7;
    world.system.values.maxLeaseTTL = 100;
    expect(await world.bounds.askMax().answer).toBe(100);
    expect(world.bounds.lastAskedMax?.askedAt).toBe(5007);
    expect(await world.bounds.known()).toEqual({ defaultLeaseTTL: 600, maxLeaseTTL: 100 });
    expect([world.asked, world.askedDefault]).toEqual([2, 1]);
  });

  test('of a moment ago are not asked for again, and older ones are', async () => {
    const world = new World();
    const { recent } = world.bounds;
    expect([await recent.maxLeaseTTL(), await recent.defaultLeaseTTL()]).toEqual([7200, 600]);
    world.system.values.maxLeaseTTL = 100;
    world.now += 99;
    expect(await recent.maxLeaseTTL()).toBe(7200);
    expect([world.asked, world.askedDefault]).toEqual([1, 1]);
    world.now += 1;
    expect(await recent.maxLeaseTTL()).toBe(100);
    expect([world.asked, world.askedDefault]).toEqual([2, 1]);
  });

  test('of two questions under way the later one tells', async () => {
    const answers: PromiseWithResolvers<number>[] = [];
    const bounds = new IssuingBounds({
      defaultLeaseTTL: async () => 600,
      maxLeaseTTL: async () => {
        const answer = Promise.withResolvers<number>();
        answers.push(answer);
        return await answer.promise;
      },
    });
    const asked = [bounds.askMax(), bounds.askMax()];
    answers[1]?.resolve(100);
    answers[0]?.resolve(7200);
    await Promise.all(asked.map(({ answer }) => answer));
    expect((await bounds.known()).maxLeaseTTL).toBe(100);
  });

  test('stay as they were when the host does not answer, and are asked for again at once', async () => {
    const world = new World();
    await world.bounds.known();
    world.now += 100;
    world.system.failure = new Error('the host is away');
    await expect(world.bounds.askAgain({ needsDefault: true })).rejects.toThrow('the host is away');
    expect((await world.bounds.known()).maxLeaseTTL).toBe(7200);
    world.system.failure = undefined;
    expect((await world.bounds.askAgain({ needsDefault: true }))?.maxLeaseTTL).toBe(7200);
  });

  test('are asked for again when the first answer failed', async () => {
    const world = new World();
    world.system.failure = new Error('the host is away');
    await expect(world.bounds.known()).rejects.toThrow('the host is away');
    world.system.failure = undefined;
    expect((await world.bounds.known()).maxLeaseTTL).toBe(7200);
  });
});
