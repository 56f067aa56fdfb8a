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
}

describe('bounds', () => {
  test('are asked for when there are none, once for all who wait', async () => {
    const world = new World();
    const [one, other] = await Promise.all([world.bounds.known(), world.bounds.known()]);
    expect(one).toEqual({ defaultLeaseTTL: 600, maxLeaseTTL: 7200 });
    expect(other).toBe(one);
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

  test('are asked for again, at most twenty times a second', async () => {
    const world = new World();
    await world.bounds.known();
    world.now += 49;
    expect(world.bounds.askAgain()).toBeUndefined();
    world.now += 1;
    world.system.values.maxLeaseTTL = 100;
    const asking = world.bounds.askAgain();
    expect(world.bounds.askAgain()).toBeUndefined();
    expect((await world.bounds.known()).maxLeaseTTL).toBe(7200);
    expect((await asking)?.maxLeaseTTL).toBe(100);
    expect((await world.bounds.known()).maxLeaseTTL).toBe(100);
    expect(world.asked).toBe(2);
  });

  test('stay as they were when the host does not answer, and are asked for again at once', async () => {
    const world = new World();
    await world.bounds.known();
    world.now += 100;
    world.system.failure = new Error('the host is away');
    await expect(world.bounds.askAgain()).rejects.toThrow('the host is away');
    expect((await world.bounds.known()).maxLeaseTTL).toBe(7200);
    world.system.failure = undefined;
    expect((await world.bounds.askAgain())?.maxLeaseTTL).toBe(7200);
  });

  test('are asked for again when the first answer failed', async () => {
    const world = new World();
    world.system.failure = new Error('the host is away');
    await expect(world.bounds.known()).rejects.toThrow('the host is away');
    world.system.failure = undefined;
    expect((await world.bounds.known()).maxLeaseTTL).toBe(7200);
  });
});
