import { describe, expect, test } from 'bun:test';
import { nextRotation } from '../../../src/engine/schedule/next-rotation.ts';
import type { QueueMoments, Rotating } from '../../../src/engine/schedule/rotating.ts';
import { noRotation, type RotationParams } from '../../../src/engine/schedule/rotation-params.ts';
import { RotationQueue } from '../../../src/engine/schedule/rotation-queue.ts';
import { ReadOnlyError } from '../../../src/sdk/logical/error.ts';
import type { Storage } from '../../../src/sdk/logical/storage.ts';
import { FakeClock } from '../../harness/fake-clock.ts';
import { MemoryStorage } from '../../harness/memory-storage.ts';

const hour = 3600;
const hourly: RotationParams = { ...noRotation, period: hour };

interface Stored {
  readonly params: RotationParams;
  readonly last: Date;
}

/** What rotates, as it would be stored; it outlives a queue, as a storage outlives a process. */
class Rotated implements Rotating {
  readonly what = 'static role';
  readonly stored = new Map<string, Stored>();
  /** The names in the order in which they were rotated. */
  readonly rotations: string[] = [];
  lists = 0;
  reads = 0;
  readsAtOnce = 0;
  mostReadsAtOnce = 0;
  atOnce = 0;
  mostAtOnce = 0;
  onList: () => Promise<void> = async () => undefined;
  onNext: (name: string) => Promise<void> = async () => undefined;
  onRotate: (name: string, signal: AbortSignal) => Promise<void> = async () => undefined;
  /** After it was stored. */
  onRotated: () => void = () => undefined;
  readonly clock: FakeClock;
  readonly #watchers = new Set<() => void>();

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  make(name: string, params: RotationParams = hourly): void {
    this.stored.set(name, { params, last: this.clock.now() });
  }

  /** Resolves when so many rotations are done. */
  async done(count: number): Promise<void> {
    while (this.rotations.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#watchers.add(resolve);
      await promise;
      this.#watchers.delete(resolve);
    }
  }

  async list(): Promise<readonly string[]> {
    this.lists += 1;
    const names = [...this.stored.keys()];
    await this.onList();
    return names;
  }

  async next(_storage: Storage, name: string, moments: QueueMoments): Promise<Date | undefined> {
    this.reads += 1;
    this.mostReadsAtOnce = Math.max(this.mostReadsAtOnce, ++this.readsAtOnce);
    const stored = this.stored.get(name);
    try {
      await this.onNext(name);
    } finally {
      this.readsAtOnce -= 1;
    }
    return stored && nextRotation(stored.params, { last: stored.last, ...moments });
  }

  async rotate(_storage: Storage, name: string, _moments: QueueMoments, signal: AbortSignal): Promise<void> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    try {
      await this.onRotate(name, signal);
      const stored = this.stored.get(name);
      if (stored === undefined) throw new Error('rotated what is not there');
      this.stored.set(name, { ...stored, last: this.clock.now() });
      this.rotations.push(name);
      this.onRotated();
      for (const watcher of this.#watchers) watcher();
    } finally {
      this.atOnce -= 1;
    }
  }
}

interface Log {
  readonly level: string;
  readonly message: string;
}

/** A mount with names that rotate; `restart` gives it a queue anew. */
class Mount {
  readonly clock = new FakeClock();
  readonly storage = new MemoryStorage();
  readonly rotated = new Rotated(this.clock);
  readonly logs: Log[] = [];
  readonly sleeps: number[] = [];
  active = true;
  queue = this.restart();

  restart(): RotationQueue {
    this.queue = new RotationQueue({
      rotating: this.rotated,
      isActive: async () => this.active,
      clock: this.clock,
      sleep: async (milliseconds, signal) => {
        this.sleeps.push(milliseconds);
        await this.clock.sleep(milliseconds, signal);
      },
      logger: { log: (level, message) => void this.logs.push({ level, message }) },
    });
    return this.queue;
  }

  /** A mount whose queue knows all of these. */
  static async with(...names: readonly string[]): Promise<Mount> {
    const mount = new Mount();
    for (const name of names) mount.rotated.make(name);
    await mount.started();
    return mount;
  }

  async started(): Promise<void> {
    this.queue.start(this.storage);
    await this.queue.idle();
  }

  /** What the host does about once a minute. */
  async tick(): Promise<void> {
    await this.queue.run(this.storage);
    await this.queue.idle();
  }

  /** Lets so many seconds go by, a minute at a time. */
  async pass(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 60) {
      this.clock.advance(Math.min(left, 60));
      await this.tick();
    }
  }
}

const many = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `role-${index}`);

describe('a queue', () => {
  test('is filled in the background, a few reads at a time', async () => {
    const mount = new Mount();
    for (const name of many(100)) mount.rotated.make(name);
    mount.queue.start(mount.storage);
    expect(mount.queue.size).toBe(0);
    await mount.queue.idle();
    expect(mount.queue.size).toBe(100);
    expect(mount.rotated.mostReadsAtOnce).toBe(4);
  });

  test('rotates what is due and nothing else, the longest due first', async () => {
    const mount = await Mount.with('third', 'fourth');
    mount.rotated.stored.set('second', { params: hourly, last: new Date(mount.clock.now().getTime() - 1000_000) });
    mount.rotated.stored.set('first', { params: hourly, last: new Date(mount.clock.now().getTime() - 2000_000) });
    mount.rotated.make('later', { ...hourly, period: 2 * hour });
    mount.rotated.make('never', noRotation);
    mount.restart();
    await mount.started();
    expect(mount.queue.size).toBe(5);
    mount.clock.advance(hour);
    await mount.tick();
    expect(mount.rotated.rotations).toEqual(['first', 'second', 'third', 'fourth']);
    await mount.pass(hour - 60);
    expect(mount.rotated.rotations).toHaveLength(4);
    await mount.pass(60);
    expect(mount.rotated.rotations).toHaveLength(9);
  });

  test('asks the storage nothing while nothing is due', async () => {
    const mount = await Mount.with(...many(50));
    const { reads } = mount.rotated;
    await mount.pass(hour - 60);
    expect(mount.rotated.reads).toBe(reads);
    expect(mount.rotated.lists).toBe(1);
  });

  test('may have one name alone', async () => {
    const mount = await Mount.with('config');
    await mount.pass(3 * hour);
    expect(mount.rotated.rotations).toEqual(['config', 'config', 'config']);
  });

  test('learns of what is made, changed and removed', async () => {
    const mount = await Mount.with();
    mount.rotated.make('a');
    mount.queue.put('a', new Date(mount.clock.now().getTime() + hour * 1000));
    await mount.pass(hour);
    expect(mount.rotated.rotations).toEqual(['a']);
    mount.rotated.make('a', { ...hourly, period: 120 });
    mount.queue.put('a', new Date(mount.clock.now().getTime() + 120_000));
    await mount.pass(120);
    expect(mount.rotated.rotations).toEqual(['a', 'a']);
    mount.queue.put('a', undefined);
    await mount.pass(hour);
    expect(mount.rotated.rotations).toHaveLength(2);
    expect(mount.queue.size).toBe(0);
  });

  test('waits a minute at least, where a rotation takes longer than its period', async () => {
    const mount = await Mount.with();
    mount.rotated.onRotated = () => mount.clock.advance(5);
    mount.rotated.make('a', { ...hourly, period: 1 });
    mount.restart();
    await mount.started();
    mount.clock.advance(60);
    await mount.tick();
    mount.clock.advance(59);
    await mount.tick();
    expect(mount.rotated.rotations).toEqual(['a']);
    mount.clock.advance(1);
    await mount.tick();
    expect(mount.rotated.rotations).toEqual(['a', 'a']);
  });

  test('keeps the moment of what comes soon after something else was done', async () => {
    const mount = await Mount.with();
    mount.rotated.make('a', { ...hourly, period: 20 });
    mount.restart();
    await mount.started();
    mount.clock.advance(20);
    await mount.tick();
    mount.clock.advance(20);
    await mount.tick();
    expect(mount.rotated.rotations).toEqual(['a', 'a']);
  });
});

describe('between two ticks of the host', () => {
  /** One that is due every hour, and a host that ticks half a minute before and after. */
  async function halfAMinuteBefore(): Promise<Mount> {
    const mount = await Mount.with('a');
    mount.clock.advance(hour - 30);
    mount.clock.hold();
    await mount.queue.run(mount.storage);
    await mount.clock.asleep();
    return mount;
  }

  test('what becomes due is rotated at its moment', async () => {
    const mount = await halfAMinuteBefore();
    mount.clock.advance(29);
    await mount.queue.idle();
    expect(mount.rotated.rotations).toEqual([]);
    mount.clock.advance(1.01);
    await mount.rotated.done(1);
    await mount.queue.idle();
    await mount.tick();
    expect(mount.rotated.rotations).toEqual(['a']);
    await mount.queue.stop();
  });

  test('what is put for an earlier moment is rotated then', async () => {
    const mount = await halfAMinuteBefore();
    mount.rotated.stored.set('b', { params: hourly, last: new Date(mount.clock.now().getTime() - (hour - 10) * 1000) });
    mount.queue.put('b', new Date(mount.clock.now().getTime() + 10_000));
    mount.clock.advance(10.01);
    await mount.rotated.done(1);
    expect(mount.rotated.rotations).toEqual(['b']);
    mount.clock.advance(20);
    await mount.rotated.done(2);
    expect(mount.rotated.rotations).toEqual(['b', 'a']);
    await mount.queue.stop();
  });

  test('nothing is rotated by a mount that goes, or a node that rotates no more', async () => {
    for (const end of [
      (mount: Mount) => mount.queue.stop(),
      async (mount: Mount) => {
        mount.active = false;
        await mount.tick();
      },
    ]) {
      const mount = await halfAMinuteBefore();
      await end(mount);
      mount.clock.advance(60);
      mount.clock.flow();
      await mount.queue.idle();
      expect(mount.rotated.rotations).toEqual([]);
    }
  });
});

describe('what is due at once', () => {
  test('is spread over a minute, a few at a time', async () => {
    const mount = await Mount.with(...many(1000));
    mount.clock.advance(hour);
    await mount.tick();
    expect(new Set(mount.rotated.rotations).size).toBe(1000);
    expect(mount.sleeps).toEqual(Array.from({ length: 999 }, () => 60));
  });

  test('takes longer, where there is much more of it', async () => {
    const mount = await Mount.with(...many(4000));
    mount.clock.advance(hour);
    await mount.tick();
    expect(new Set(mount.sleeps)).toEqual(new Set([50]));
  });

  test('begins at once, and goes on in a quarter of a second', async () => {
    const mount = await Mount.with('a', 'b', 'c');
    mount.clock.hold();
    mount.clock.advance(hour);
    await mount.queue.run(mount.storage);
    await Promise.all([mount.clock.asleep(), mount.rotated.done(1)]);
    expect(mount.rotated.rotations).toEqual(['a']);
    mount.clock.flow();
    await mount.queue.idle();
    expect(mount.rotated.rotations).toEqual(['a', 'b', 'c']);
    expect(mount.sleeps).toEqual([250, 250]);
  });

  test('is four at a time, however long they take, and each once', async () => {
    const mount = await Mount.with(...many(20));
    const gates: (() => void)[] = [];
    const begun = Promise.withResolvers<void>();
    mount.rotated.onRotate = async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gates.push(resolve);
      if (mount.rotated.atOnce === 4) begun.resolve();
      await promise;
    };
    mount.clock.advance(hour);
    await mount.queue.run(mount.storage);
    await begun.promise;
    // The host does not wait either.
    await mount.queue.run(mount.storage);
    await mount.queue.run(mount.storage);
    expect(mount.rotated.atOnce).toBe(4);
    mount.rotated.onRotate = async () => undefined;
    for (const open of gates) open();
    await mount.queue.idle();
    expect(mount.rotated.mostAtOnce).toBe(4);
    expect(mount.rotated.rotations.toSorted()).toEqual([...many(20)].toSorted());
  });

  test('does not wait for one that hangs', async () => {
    const mount = await Mount.with('hangs');
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    mount.rotated.onRotate = async (name) => {
      if (name !== 'hangs') return;
      begun.resolve();
      await gate.promise;
    };
    mount.clock.advance(hour);
    await mount.queue.run(mount.storage);
    await begun.promise;
    mount.rotated.make('other', { ...hourly, period: 60 });
    mount.queue.put('other', new Date(mount.clock.now().getTime() + 60_000));
    mount.clock.advance(60);
    const other = Promise.withResolvers<void>();
    mount.rotated.onRotate = async () => other.resolve();
    await mount.queue.run(mount.storage);
    await other.promise;
    gate.resolve();
    await mount.queue.idle();
    expect(mount.rotated.rotations).toEqual(['other', 'hangs']);
  });
});

describe('nothing is rotated', () => {
  test('twice after a restart', async () => {
    const mount = await Mount.with('a', 'b');
    await mount.pass(hour);
    expect(mount.rotated.rotations).toEqual(['a', 'b']);
    mount.restart();
    await mount.started();
    await mount.tick();
    await mount.pass(hour - 60);
    expect(mount.rotated.rotations).toHaveLength(2);
    await mount.pass(60);
    expect(mount.rotated.rotations).toHaveLength(4);
  });

  test('on a standby, and by one that becomes the active node once', async () => {
    const mount = await Mount.with('a');
    const active = mount.queue;
    mount.active = false;
    const standby = mount.restart();
    standby.start(mount.storage);
    await standby.idle();
    expect(standby.size).toBe(0);
    mount.clock.advance(hour);
    await mount.tick();
    expect(mount.rotated.rotations).toEqual([]);
    // The one node rotates, and is not active any more; the other is.
    mount.active = true;
    await active.run(mount.storage);
    await active.idle();
    await mount.tick();
    expect(mount.rotated.rotations).toEqual(['a']);
    mount.active = false;
    await active.run(mount.storage);
    expect(active.size).toBe(0);
    mount.active = true;
    await mount.pass(hour - 60);
    expect(mount.rotated.rotations).toEqual(['a']);
    await mount.pass(60);
    await active.run(mount.storage);
    await active.idle();
    expect(mount.rotated.rotations).toEqual(['a', 'a']);
  });

  test('that was deleted while it waited', async () => {
    const mount = await Mount.with(...many(10));
    mount.clock.hold();
    mount.clock.advance(hour);
    await mount.queue.run(mount.storage);
    await mount.clock.asleep();
    // By another way than this queue's.
    mount.rotated.stored.delete('role-5');
    mount.rotated.stored.delete('role-7');
    mount.queue.remove('role-7');
    mount.clock.flow();
    await mount.queue.idle();
    expect(mount.rotated.rotations).toEqual(many(10).filter((name) => !['role-5', 'role-7'].includes(name)));
    expect(mount.queue.size).toBe(8);
  });

  test('that was rotated by hand while it waited', async () => {
    const mount = await Mount.with(...many(3));
    mount.clock.hold();
    mount.clock.advance(hour);
    await mount.queue.run(mount.storage);
    await mount.clock.asleep();
    mount.rotated.make('role-1');
    mount.clock.flow();
    await mount.queue.idle();
    expect(mount.rotated.rotations).toEqual(['role-0', 'role-2']);
    await mount.pass(hour);
    expect(mount.rotated.rotations).toHaveLength(5);
  });

  test('in a window that was missed, but in the next', async () => {
    const mount = await Mount.with();
    // The clock begins at midnight.
    mount.rotated.make('a', { ...noRotation, schedule: '0 3 * * *', window: hour });
    await mount.tick();
    mount.clock.advance(5 * hour);
    mount.restart();
    await mount.started();
    await mount.pass(21 * hour);
    expect(mount.rotated.rotations).toEqual([]);
    await mount.pass(hour);
    expect(mount.rotated.rotations).toEqual(['a']);
    expect(mount.rotated.stored.get('a')?.last).toEqual(new Date('2030-01-02T03:00:00Z'));
  });
});

describe('a clock that is set back', () => {
  const days = 86_400;

  for (const back of [40, 2 * hour, 30 * days]) {
    test(`by ${back} seconds rotates nothing twice, and all in time`, async () => {
      const mount = await Mount.with('a');
      await mount.pass(hour);
      expect(mount.rotated.rotations).toEqual(['a']);
      mount.clock.advance(-back);
      await mount.tick();
      await mount.pass(hour - 60);
      expect(mount.rotated.rotations).toEqual(['a']);
      await mount.pass(120);
      expect(mount.rotated.rotations).toEqual(['a', 'a']);
      await mount.pass(hour);
      expect(mount.rotated.rotations).toEqual(['a', 'a', 'a']);
    });

    test(`by ${back} seconds while the plugin does not run does neither`, async () => {
      const mount = await Mount.with('a');
      await mount.pass(hour);
      mount.clock.advance(-back);
      mount.restart();
      await mount.started();
      await mount.pass(hour - 60);
      expect(mount.rotated.rotations).toEqual(['a']);
      await mount.pass(120);
      expect(mount.rotated.rotations).toEqual(['a', 'a']);
    });
  }
});

describe('what fails', () => {
  const failing = async (): Promise<Mount> => {
    const mount = await Mount.with('a', 'b');
    mount.rotated.onRotate = async (name) => {
      if (name === 'a') throw new Error('LiteLLM is down');
    };
    return mount;
  };

  test('is tried again after a minute, then less and less often, up to an hour', async () => {
    const mount = await failing();
    mount.clock.advance(hour);
    const start = mount.clock.now().getTime();
    const tries: number[] = [];
    mount.rotated.onRotate = async (name) => {
      if (name !== 'a') return;
      tries.push((mount.clock.now().getTime() - start) / 60_000);
      throw new Error('LiteLLM is down');
    };
    await mount.tick();
    await mount.pass(5 * hour);
    expect(tries).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
    expect(mount.rotated.rotations).toEqual(['b', 'b', 'b', 'b', 'b', 'b']);
  });

  test('tells why and since when, until it is rotated', async () => {
    const mount = await failing();
    expect(mount.queue.failure('a')).toBeUndefined();
    mount.clock.advance(hour);
    const since = mount.clock.now();
    await mount.tick();
    await mount.pass(60);
    expect(mount.queue.failure('b')).toBeUndefined();
    expect(mount.queue.failure('a')).toEqual({
      ...{ since, attempts: 2, message: 'LiteLLM is down' },
      nextTry: new Date(since.getTime() + 180_000),
    });
    expect(mount.logs.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'cannot rotate a static role',
      'cannot rotate a static role',
    ]);
    mount.rotated.onRotate = async () => undefined;
    await mount.pass(120);
    expect(mount.queue.failure('a')).toBeUndefined();
    expect(mount.rotated.rotations).toEqual(['b', 'a']);
  });

  test('is over when it is put anew, or is gone', async () => {
    const mount = await failing();
    mount.clock.advance(hour);
    await mount.tick();
    mount.queue.put('a', mount.clock.now());
    expect(mount.queue.failure('a')).toBeUndefined();
    await mount.tick();
    expect(mount.queue.failure('a')?.attempts).toBe(1);
    mount.queue.remove('a');
    expect(mount.queue.failure('a')).toBeUndefined();
  });

  test('is also one that cannot be read, and holds nobody up', async () => {
    const mount = new Mount();
    mount.rotated.make('a');
    mount.rotated.make('b');
    mount.rotated.onNext = async (name) => {
      if (name === 'a') throw new Error('the stored entry is not of the form');
    };
    await mount.started();
    expect(mount.queue.failure('a')?.message).toBe('the stored entry is not of the form');
    await mount.pass(hour);
    expect(mount.rotated.rotations).toEqual(['b']);
    mount.rotated.onNext = async () => undefined;
    await mount.pass(hour);
    expect(mount.rotated.rotations.toSorted()).toEqual(['a', 'b', 'b']);
    expect(mount.queue.failure('a')).toBeUndefined();
  });

  test('before anything is known is tried again at the next tick', async () => {
    const mount = new Mount();
    mount.rotated.make('a');
    mount.rotated.onList = async () => {
      throw new Error('the storage is away');
    };
    await mount.started();
    expect(mount.logs).toEqual([{ level: 'warn', message: 'cannot find out when to rotate, and will try again' }]);
    mount.clock.advance(hour);
    await mount.tick();
    mount.rotated.onList = async () => undefined;
    expect(mount.rotated.rotations).toEqual([]);
    await mount.tick();
    expect(mount.rotated.rotations).toEqual(['a']);
  });
});

describe('a storage that takes no writes', () => {
  const readOnly = async (): Promise<void> => {
    throw new ReadOnlyError();
  };

  test('ends all at once, without a failure, until it does', async () => {
    const mount = await Mount.with(...many(10));
    mount.clock.advance(hour);
    mount.rotated.onRotate = readOnly;
    await mount.tick();
    expect(mount.queue.size).toBe(0);
    expect(mount.logs.filter(({ level }) => level === 'warn')).toEqual([]);
    mount.rotated.onRotate = async () => undefined;
    await mount.tick();
    expect(mount.rotated.rotations.toSorted()).toEqual([...many(10)].toSorted());
  });

  test('or that is not there to be listed or read fills nothing, and says nothing', async () => {
    for (const call of ['onList', 'onNext'] as const) {
      const mount = new Mount();
      mount.rotated.make('a');
      mount.rotated[call] = readOnly;
      await mount.started();
      await mount.tick();
      expect(mount.queue.size).toBe(0);
      expect(mount.logs).toEqual([]);
      mount.rotated[call] = async () => undefined;
      await mount.pass(hour + 60);
      expect(mount.rotated.rotations).toEqual(['a']);
    }
  });
});

describe('while the queue is filled', () => {
  test('what is made meanwhile stays, and what is removed is found gone', async () => {
    const mount = new Mount();
    mount.rotated.make('stays');
    mount.rotated.make('goes');
    mount.rotated.onList = async () => {
      mount.rotated.make('new');
      mount.queue.put('new', new Date(mount.clock.now().getTime() + hour * 1000));
    };
    mount.rotated.onNext = async (name) => {
      if (name !== 'goes') return;
      mount.rotated.stored.delete(name);
      mount.queue.remove(name);
    };
    await mount.started();
    mount.rotated.onNext = async () => undefined;
    await mount.pass(hour);
    expect(mount.rotated.rotations.toSorted()).toEqual(['new', 'stays']);
    expect(mount.queue.size).toBe(2);
  });

  test('what is put meanwhile counts, and not what was read before', async () => {
    const mount = new Mount();
    mount.rotated.make('a', { ...hourly, period: 100 * hour });
    mount.rotated.onNext = async () => {
      mount.rotated.onNext = async () => undefined;
      mount.rotated.make('a');
      mount.queue.put('a', new Date(mount.clock.now().getTime() + hour * 1000));
    };
    await mount.started();
    await mount.pass(hour);
    expect(mount.rotated.rotations).toEqual(['a']);
  });

  test('one that was dropped meanwhile is filled anew', async () => {
    const mount = new Mount();
    for (const name of many(20)) mount.rotated.make(name);
    mount.rotated.onNext = async (name) => {
      if (name !== 'role-10') return;
      mount.rotated.onNext = async () => undefined;
      mount.active = false;
      await mount.queue.run(mount.storage);
      mount.active = true;
    };
    await mount.started();
    await mount.tick();
    expect(mount.queue.size).toBe(20);
  });
});

describe('what is put counts', () => {
  const inSeconds = (mount: Mount, seconds: number): Date => new Date(mount.clock.now().getTime() + seconds * 1000);

  test('and not a read that was under way', async () => {
    const mount = await Mount.with('a');
    mount.clock.advance(hour);
    mount.rotated.onRotate = async () => {
      mount.rotated.onNext = async () => {
        mount.rotated.onNext = async () => undefined;
        mount.rotated.make('a', { ...hourly, period: 120 });
        mount.queue.put('a', inSeconds(mount, 120));
      };
    };
    await mount.tick();
    mount.rotated.onRotate = async () => undefined;
    await mount.pass(120);
    expect(mount.rotated.rotations).toEqual(['a', 'a']);
  });

  test('and not a rotation that failed after it', async () => {
    const mount = await Mount.with('a');
    mount.clock.advance(hour);
    mount.rotated.onRotate = async () => {
      mount.queue.put('a', inSeconds(mount, 60));
      throw new Error('LiteLLM is down');
    };
    await mount.tick();
    expect(mount.queue.failure('a')).toBeUndefined();
  });

  test('and not a reading that failed after it', async () => {
    const mount = new Mount();
    mount.rotated.make('a');
    mount.rotated.onNext = async () => {
      mount.queue.put('a', inSeconds(mount, 60));
      throw new Error('the storage is away');
    };
    await mount.started();
    expect(mount.queue.failure('a')).toBeUndefined();
  });

  test('and not a list that was made before it', async () => {
    const mount = await Mount.with('a');
    mount.rotated.stored.delete('a');
    mount.rotated.onList = async () => {
      mount.rotated.make('a');
      mount.queue.put('a', inSeconds(mount, hour));
    };
    mount.clock.advance(-hour);
    await mount.tick();
    expect(mount.queue.size).toBe(1);
    await mount.pass(hour);
    expect(mount.rotated.rotations).toEqual(['a']);
  });

  test('and the storage is not asked for what was removed', async () => {
    const mount = await Mount.with('a', 'b');
    mount.clock.hold();
    mount.clock.advance(hour);
    await mount.queue.run(mount.storage);
    await Promise.all([mount.clock.asleep(), mount.rotated.done(1)]);
    mount.queue.remove('b');
    mount.clock.flow();
    await mount.queue.idle();
    expect(mount.rotated.reads).toBe(4);
  });
});

describe('when the mount goes', () => {
  test('what is under way is waited for, and nothing more begins', async () => {
    const mount = await Mount.with(...many(10));
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    let aborted = false;
    mount.rotated.onRotate = async (_name, signal) => {
      if (mount.rotated.atOnce === 4) begun.resolve();
      await gate.promise;
      aborted = signal.aborted;
    };
    mount.clock.advance(hour);
    await mount.queue.run(mount.storage);
    await begun.promise;
    let stopped = false;
    const stopping = mount.queue.stop().then(() => {
      stopped = true;
    });
    await Promise.resolve();
    expect(stopped).toBeFalse();
    gate.resolve();
    await stopping;
    expect(aborted).toBeTrue();
    expect(mount.rotated.rotations).toHaveLength(4);
    const { reads, lists } = mount.rotated;
    // Ten to fill it, and before and after each rotation one.
    expect(reads).toBe(18);
    await mount.tick();
    await mount.started();
    expect(mount.rotated).toMatchObject({ reads, lists });
    expect(mount.rotated.rotations).toHaveLength(4);
  });

  test('what is being looked up is not rotated', async () => {
    const mount = await Mount.with('a');
    const asked = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    mount.rotated.onNext = async () => {
      asked.resolve();
      await gate.promise;
    };
    mount.clock.advance(hour);
    await mount.queue.run(mount.storage);
    await asked.promise;
    const stopping = mount.queue.stop();
    gate.resolve();
    await stopping;
    expect(mount.rotated.rotations).toEqual([]);
  });

  test('nobody sleeps on', async () => {
    const mount = await Mount.with(...many(10));
    mount.clock.hold();
    mount.clock.advance(hour);
    await mount.queue.run(mount.storage);
    await mount.clock.asleep();
    await mount.queue.stop();
    expect(mount.rotated.rotations).toEqual(['role-0']);
  });

  test('what fails since the mount goes is no failure', async () => {
    const mount = await Mount.with('a');
    const begun = Promise.withResolvers<void>();
    mount.rotated.onRotate = async (_name, signal) => {
      begun.resolve();
      const { promise, reject } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => reject(signal.reason));
      await promise;
    };
    mount.clock.advance(hour);
    await mount.queue.run(mount.storage);
    await begun.promise;
    await mount.queue.stop();
    expect(mount.logs.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('the filling ends', async () => {
    const mount = new Mount();
    for (const name of many(100)) mount.rotated.make(name);
    mount.rotated.onNext = async () => {
      void mount.queue.stop();
    };
    await mount.started();
    expect(mount.rotated.reads).toBe(1);
    expect(mount.queue.size).toBe(0);
  });
});
