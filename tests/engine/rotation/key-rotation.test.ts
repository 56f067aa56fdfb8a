import { describe, expect, test } from 'bun:test';
import { SupersededError } from '../../../src/engine/rotation/rotation-handler.ts';
import { sha256 } from '../../../src/litellm/sha256.ts';
import { storageEntryJSON } from '../../../src/sdk/logical/storage.ts';
import { RotatingWorld, thing } from './rotating-world.ts';

async function rotatedOnce(): Promise<RotatingWorld> {
  const world = new RotatingWorld();
  await world.process().rotate();
  return world;
}

function living(world: RotatingWorld): readonly string[] {
  return [...world.keys.keys()];
}

describe('a rotation', () => {
  test('waits for its turn, and then is one of its own', async () => {
    const world = await rotatedOnce();
    const process = world.process();
    expect(await Promise.all([process.rotate(), process.rotate()])).toEqual([[], []]);
    expect(world.stored()).toBe('sk-made-up-3');
    expect(living(world)).toEqual([sha256('sk-made-up-3')]);
    expect(world.steps.done.filter((step) => step === 'make')).toHaveLength(3);
  });

  test('of one thing does not wait for another', async () => {
    const world = await rotatedOnce();
    const { rotation, storage, ...process } = world.process();
    const { promise, resolve } = Promise.withResolvers<void>();
    const held = rotation.exclusively(storage, { kind: 'rotate-role', name: 'other' }, () => promise);
    await process.rotate();
    resolve();
    await held;
  });

  test('that cannot be planned changes nothing', async () => {
    const world = await rotatedOnce();
    const process = world.process();
    const { rotation, storage } = process;
    world.steps.done.length = 0;
    const work = rotation.rotate(storage, thing, async () => {
      throw new Error('no plan');
    });
    await expect(work).rejects.toThrow('no plan');
    expect(world.steps.done.filter((step) => !/^(list|get)/.test(step))).toEqual([]);
  });

  test('is undone where what is stored was changed meanwhile', async () => {
    const world = await rotatedOnce();
    const process = world.process();
    const { rotation, storage } = process;
    const work = rotation.rotate(storage, thing, async () => {
      const plan = await process.plan();
      return { ...plan, verify: () => world.overwrite('sk-made-up-by-a-person') };
    });
    await expect(work).rejects.toThrow(SupersededError);
    expect(world.stored()).toBe('sk-made-up-by-a-person');
    // The predecessor was ours: nobody has its value any more.
    expect(living(world)).toEqual([sha256('sk-made-up-by-a-person')]);
    expect(world.entries).toEqual([]);
  });

  test('leaves a predecessor of somebody else alone where another key is stored than the two', async () => {
    const world = await rotatedOnce();
    const { rotation, storage, ...process } = world.process();
    const work = rotation.rotate(storage, thing, async () => {
      const { predecessor = { tokenId: '' }, ...plan } = await process.plan();
      const verify = () => world.overwrite('sk-made-up-by-a-person');
      return { ...plan, predecessor: { ...predecessor, ours: false }, verify };
    });
    await expect(work).rejects.toThrow(SupersededError);
    expect(living(world).toSorted()).toEqual([sha256('sk-made-up-1'), sha256('sk-made-up-by-a-person')].toSorted());
  });

  test('ends both where another key is stored right after its commit', async () => {
    const world = await rotatedOnce();
    const process = world.process();
    const { rotation, storage } = process;
    const warnings = await rotation.rotate(storage, thing, async () => {
      const plan = await process.plan();
      const commit = async (): Promise<void> => {
        await plan.commit();
        await world.overwrite('sk-made-up-by-a-person');
      };
      return { ...plan, predecessor: { tokenId: plan.predecessor?.tokenId ?? '', ours: false }, commit };
    });
    expect(warnings).toEqual([]);
    expect(living(world)).toEqual([sha256('sk-made-up-by-a-person')]);
  });

  test('warns where the predecessor cannot be ended yet, and logs it', async () => {
    const world = await rotatedOnce();
    const process = world.process();
    const steps = ['list wal/', 'put wal', 'make', 'verify', 'get thing/billing', 'put thing/billing'];
    world.steps.fate(steps.length + 1, 'fails');
    expect(await process.rotate()).toEqual([
      expect.stringContaining('The new key is stored. The former one could not be ended yet'),
    ]);
    expect(world.steps.done.at(-1)).toBe('retire');
    expect(world.log.join()).toContain('cannot be settled yet');
    await process.recover();
    expect(living(world)).toEqual([sha256('sk-made-up-2')]);
    expect(world.entries).toEqual([]);
  });

  test('seals what it writes ahead, and logs no value of a key', async () => {
    const world = await rotatedOnce();
    const process = world.process();
    world.steps.fate(2, 'comes late');
    await expect(process.rotate()).rejects.toThrow('lost');
    await process.recover();
    const [entry = ''] = world.entries;
    expect(world.memory.peekEntry(entry)?.sealWrap).toBe(true);
    expect(JSON.stringify(world.memory.peek(entry))).toContain('sk-made-up-2');
    expect(world.log.join()).toContain('LiteLLM may still be working on the key');
    expect(world.log.join()).not.toContain('sk-made-up');
  });

  test('begins no more when the mount goes', async () => {
    const world = await rotatedOnce();
    const process = world.process();
    await process.background.settled();
    await expect(process.rotate()).rejects.toThrow('the mount is closing');
  });

  test('is waited for when the mount goes', async () => {
    const world = await rotatedOnce();
    const process = world.process();
    const { rotation, storage, background } = process;
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const rotated = rotation.rotate(storage, thing, async () => {
      const plan = await process.plan();
      const verify = async (): Promise<void> => {
        begin();
        await Bun.sleep(0);
      };
      return { ...plan, verify };
    });
    await begun;
    await background.settled();
    expect(await rotated).toEqual([]);
    expect(world.stored()).toBe('sk-made-up-2');
  });

  test('decides nothing for a minute where the storage never told whether it stored the successor', async () => {
    const world = await rotatedOnce();
    const { rotation, storage, ...process } = world.process();
    const commits: (() => Promise<void>)[] = [];
    const work = rotation.rotate(storage, thing, async () => {
      const plan = await process.plan();
      const commit = async (): Promise<void> => {
        commits.push(() => plan.commit());
        throw new Error('the leader was lost');
      };
      return { ...plan, commit };
    });
    await expect(work).rejects.toThrow('the leader was lost');
    expect(commits).toHaveLength(3);
    await process.recover();
    await expect(process.rotate()).rejects.toThrow('may store it still: try again in a minute');
    world.clock.advance(59);
    await process.recover();
    expect(living(world)).toHaveLength(2);
    await commits[0]?.();
    await process.recover();
    expect(world.stored()).toBe('sk-made-up-2');
    expect(living(world)).toEqual([sha256('sk-made-up-2')]);
    expect(world.entries).toEqual([]);
  });

  for (const seconds of [61, -3600]) {
    test(`goes back after that minute, and with a clock that was set back: ${seconds} s`, async () => {
      const world = await rotatedOnce();
      const { rotation, storage, ...process } = world.process();
      const work = rotation.rotate(storage, thing, async () => ({
        ...(await process.plan()),
        commit: () => Promise.reject(new Error('the leader was lost')),
      }));
      await expect(work).rejects.toThrow('the leader was lost');
      world.clock.advance(seconds);
      await process.recover();
      expect(living(world)).toEqual([sha256('sk-made-up-1')]);
      await process.rotate();
      expect(living(world)).toEqual([sha256(world.stored() ?? '')]);
    });
  }
});

describe("the host's rollback", () => {
  async function left(): Promise<{ readonly world: RotatingWorld; readonly data: unknown }> {
    const world = await rotatedOnce();
    world.steps.fate(2, 'comes late');
    await expect(world.process().rotate()).rejects.toThrow('lost');
    const { data } = world.memory.peek(world.entries[0] ?? '') as { readonly data: unknown };
    return { world, data };
  }
  const requestOf = (world: RotatingWorld, data: Readonly<Record<string, unknown>> = {}) => ({
    data,
    storage: world.memory,
    signal: new AbortController().signal,
  });

  test('does not touch what is under way', async () => {
    const { world, data } = await left();
    const process = world.process();
    const { rotation, storage } = process;
    const { promise, resolve } = Promise.withResolvers<void>();
    const held = rotation.exclusively(storage, thing, () => promise);
    await expect(rotation.rollback(requestOf(world), 'rotate-role', data)).rejects.toThrow('a rotation is under way');
    resolve();
    await held;
  });

  test('waits until no change of an alias can come any more, which may have been asked for twice', async () => {
    const world = new RotatingWorld({ renames: true });
    await world.process().rotate();
    const [current = '', alias = ''] = [...world.keys].flat();
    const killed = world.process();
    const reached = Promise.withResolvers<void>();
    void killed.rotation.rotate(killed.storage, thing, async () => ({
      ...(await killed.plan()),
      commit: () => {
        reached.resolve();
        return new Promise(() => undefined);
      },
    }));
    await reached.promise;
    await world.process().recover();
    expect([...world.keys]).toEqual([[current, alias]]);

    world.keys.set(current, 'what-it-was-to-be-called');
    world.clock.advance(300);
    await world.process().recover();
    expect([...world.keys]).toEqual([[current, alias]]);
    expect(world.entries).toEqual([]);
  });

  test('waits until no successor can come any more, unless the mount is removed', async () => {
    const { world, data } = await left();
    const { rotation } = world.process();
    await expect(rotation.rollback(requestOf(world), 'rotate-role', data)).rejects.toThrow('LiteLLM may still be');
    await rotation.rollback(requestOf(world, { immediate: true }), 'rotate-role', data);
  });

  test('lets what is settled be, whatever has come of it', async () => {
    const { world, data } = await left();
    const process = world.process();
    world.clock.advance(3600);
    await process.rotate();
    expect(world.entries).toEqual([]);
    world.steps.done.length = 0;
    await process.rotation.rollback(requestOf(world), 'rotate-role', data);
    expect(world.steps.done).toEqual([]);
  });

  test('says so where it cannot read an entry, and shows nothing of it', async () => {
    const { world } = await left();
    const { rotation } = world.process();
    const data = { key: 'sk-made-up-secret' };
    const work = rotation.rollback(requestOf(world), 'rotate-role', data);
    await expect(work).rejects.toThrow('a write-ahead entry does not tell which rotation it is about (name)');
  });

  test('does not keep others from being found', async () => {
    const { world } = await left();
    const unreadable = { type: 'rotate-role', data: { key: 'sk-made-up-secret' }, created_at: 0 };
    await world.memory.put(storageEntryJSON('wal/0', unreadable));
    world.clock.advance(3600);
    await world.process().recover();
    expect(world.entries).toEqual(['wal/0']);
    expect(world.log.join()).toContain('cannot read what a rotation has left');
    expect(world.log.join()).not.toContain('sk-made-up-secret');
  });
});
