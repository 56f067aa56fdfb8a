import { describe, expect, test } from 'bun:test';
import { type ConfigEntry, configDefaults } from '../../../src/engine/config/config-entry.ts';
import { IssuedKeys } from '../../../src/engine/creds/issued-keys.ts';
import type { Asked, IssuingBounds } from '../../../src/engine/creds/issuing-bounds.ts';
import type { Client } from '../../../src/litellm/client.ts';
import { KeyNotFoundError } from '../../../src/litellm/error.ts';

const config: ConfigEntry = {
  baseURL: 'http://litellm.test',
  masterKey: 'sk-test-not-a-real-master-key',
  caCert: '',
  ...configDefaults,
};
const notFound = new KeyNotFoundError({ method: 'POST', url: 'http://litellm.test/key/update' }, 404, 'no such key');

/** Issued keys with a host, a LiteLLM and a time that a test moves by hand. */
class World {
  now = 0;
  max = 7200;
  asked = 0;
  readonly updates: string[] = [];
  readonly log: string[] = [];
  /** What LiteLLM does next. */
  update: (tokenId: string, signal?: AbortSignal) => Promise<void> = async () => undefined;
  ask: () => Promise<void> = async () => undefined;
  #timer: { readonly act: () => void; readonly milliseconds: number; readonly due: number } | undefined;
  /** The latest question for the longest lease. */
  #asked: Asked | undefined;
  readonly keys = new IssuedKeys({
    bounds: this.#boundsOf(),
    clients: { clientOf: () => this.#client },
    logger: { log: (level, message) => void this.log.push(`${level}: ${message}`) },
    now: () => this.now,
    later: (act, milliseconds) => {
      if (this.#timer !== undefined) throw new Error('two timers at once');
      this.#timer = { act, milliseconds, due: this.now + milliseconds };
      return () => (this.#timer = undefined);
    },
  });

  // The one call that is made of it.
  readonly #client = {
    updateKey: async (tokenId, { duration }, signal) => {
      await this.update(tokenId, signal);
      this.updates.push(`${tokenId} ${duration}`);
      return { expires: new Date(0), lifetime: duration };
    },
  } satisfies Pick<Client, 'updateKey'> as unknown as Client;

  add(tokenId: string, ttl: number, age?: number): void {
    const key = { tokenId, keyAlias: `alias of ${tokenId}`, config, ttl };
    this.keys.add(age === undefined ? key : { ...key, age });
  }

  #boundsOf(): Pick<IssuingBounds, 'lastAskedMax' | 'askMax'> {
    const lastAsked = (): Asked | undefined => this.#asked;
    return {
      get lastAskedMax() {
        return lastAsked();
      },
      askMax: () => this.askMax(),
    };
  }

  /** Asks the host, as a read does, too. */
  askMax(): Asked {
    this.asked += 1;
    const { max } = this;
    const answer = this.ask().then(() => max);
    answer.catch(() => (this.#asked = undefined));
    return (this.#asked = { askedAt: this.now, answer });
  }

  /** How long the timer waits; undefined where there is none. */
  get waits(): number | undefined {
    return this.#timer?.milliseconds;
  }

  /** Lets the timer's time pass, and what it does happen. */
  async tick(): Promise<void> {
    const timer = this.#timer;
    if (timer === undefined) throw new Error('no timer');
    this.#timer = undefined;
    this.now = Math.max(this.now, timer.due);
    timer.act();
    await Bun.sleep(0);
  }
}

describe('keys of the last moment', () => {
  test('are left alone where the mount allows them, and then forgotten', async () => {
    const world = new World();
    world.add('one', 7200);
    expect(world.waits).toBe(100);
    await world.tick();
    expect([world.asked, world.updates.length, world.waits]).toEqual([1, 0, undefined]);
  });

  test('are shortened to what the mount allows now, with the grace', async () => {
    const world = new World();
    world.add('long', 7200);
    world.add('short', 50);
    world.max = 200;
    await world.tick();
    expect(world.updates).toEqual(['long 290']);
    expect(world.waits).toBeUndefined();
  });

  test('are shortened to what is left of what the mount allows, where they were renewed', async () => {
    const world = new World();
    world.add('half-way', 100, 150);
    world.add('in-time', 50, 150);
    world.add('too-old', 100, 300);
    world.max = 200;
    await world.tick();
    expect(world.updates).toEqual(['half-way 140', 'too-old 91']);
    expect(world.waits).toBeUndefined();
  });

  test('are judged by what the host told first after them, not by what is tuned later', async () => {
    const world = new World();
    world.add('early', 7200);
    world.now += 80;
    world.add('late', 7200);
    await world.tick();
    world.max = 200;
    expect(world.waits).toBeUndefined();
    world.add('next', 7200);
    await world.tick();
    expect(world.updates).toEqual(['next 290']);
  });

  test('are judged by what a read asked after them, and nothing is asked for them then', async () => {
    const world = new World();
    world.add('early', 7200);
    world.now += 60;
    world.add('middle', 7200);
    world.now += 30;
    world.max = 200;
    world.askMax();
    world.max = 100;
    await world.tick();
    expect(world.updates).toEqual(['early 290', 'middle 290']);
    expect([world.asked, world.waits]).toEqual([1, undefined]);
  });

  test('are not judged by what was asked before their lease was made', async () => {
    const world = new World();
    world.add('early', 7200);
    world.now += 95;
    world.add('late', 7200);
    await world.tick();
    expect(world.asked).toBe(1);
    world.max = 200;
    expect(world.waits).toBe(95);
    await world.tick();
    expect(world.updates).toEqual(['late 290']);
    expect(world.asked).toBe(2);
  });

  test('that wait to be tried again do so whatever is issued meanwhile', async () => {
    const world = new World();
    world.add('failing', 7200);
    world.max = 200;
    let tries = 0;
    world.update = async () => {
      tries += 1;
      throw new Error('LiteLLM is away');
    };
    for (let count = 0; count < 20; count++) {
      world.add(`short ${count}`, 100);
      await world.tick();
    }
    // After 100, 300, 700 and 1500 ms.
    expect([world.now, tries]).toEqual([2000, 4]);
  });

  test('are tried again with what the host told first', async () => {
    const world = new World();
    world.add('long', 7200);
    world.max = 200;
    world.update = async () => Promise.reject(new Error('LiteLLM is away'));
    await world.tick();
    world.update = async () => undefined;
    world.max = 100;
    await world.tick();
    expect(world.updates).toEqual(['long 290']);
    expect(world.asked).toBe(1);
  });

  test('are tried again, ever more seldom, while LiteLLM fails', async () => {
    const world = new World();
    world.add('long', 7200);
    world.max = 200;
    world.update = async () => Promise.reject(new Error('LiteLLM is away'));
    const waits: (number | undefined)[] = [];
    while (world.waits !== undefined) {
      waits.push(world.waits);
      await world.tick();
    }
    expect(waits.slice(0, 4)).toEqual([100, 200, 400, 800]);
    expect(Math.max(...waits.map(Number))).toBe(30_000);
    expect(waits).toHaveLength(15);
    expect(world.log.at(-1)).toBe('warn: cannot shorten a key to what its mount allows now');
  });

  test('are tried again when the host does not answer', async () => {
    const world = new World();
    world.add('long', 7200);
    world.max = 200;
    world.ask = async () => Promise.reject(new Error('the host is away'));
    await world.tick();
    world.ask = async () => undefined;
    await world.tick();
    expect(world.updates).toEqual(['long 290']);
    expect(world.waits).toBeUndefined();
  });

  test('that are young and not found are tried again', async () => {
    const world = new World();
    world.add('lagging', 7200);
    world.max = 200;
    world.update = async () => Promise.reject(notFound);
    await world.tick();
    world.update = async () => undefined;
    await world.tick();
    expect(world.updates).toEqual(['lagging 290']);
    expect(world.waits).toBeUndefined();
  });

  test('that are gone are forgotten', async () => {
    const world = new World();
    world.add('revoked', 7200);
    world.max = 200;
    world.update = async () => Promise.reject(notFound);
    while (world.now < 60_000) await world.tick();
    expect(world.waits).toBeUndefined();
    expect(world.log.filter((line) => line.startsWith('warn'))).toEqual([]);
  });

  test('are as many as are issued in a moment, and no more', async () => {
    const world = new World();
    for (let index = 0; index < 5000; index++) world.add(`${index}`, 7200);
    world.max = 200;
    await world.tick();
    expect(world.updates).toHaveLength(4096);
    expect(world.updates[0]).toBe('904 290');
  });
});

describe('at the end of a mount', () => {
  test('no timer is left, and none begins', async () => {
    const world = new World();
    world.add('one', 7200);
    await world.keys.stop();
    expect(world.waits).toBeUndefined();
    world.add('other', 7200);
    expect(world.waits).toBeUndefined();
    await world.keys.stop();
  });

  test('what is under way is given up and waited for', async () => {
    const world = new World();
    world.add('long', 7200);
    world.max = 200;
    const given = Promise.withResolvers<void>();
    world.update = async (_tokenId, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          given.resolve();
          reject(new Error('given up'));
        });
      });
    await world.tick();
    await world.keys.stop();
    await given.promise;
    expect([world.waits, world.log.length]).toEqual([undefined, 0]);
  });
});
