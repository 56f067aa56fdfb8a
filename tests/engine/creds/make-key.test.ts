import { describe, expect, test } from 'bun:test';
import { type KeyLedger, type MadeKey, makeKey, type NewKey } from '../../../src/engine/creds/make-key.ts';
import type { LeasedKey } from '../../../src/engine/lease/leased-key.ts';
import {
  AnswerBrokenOffError,
  ConnectionError,
  DatabaseUnavailableError,
  NoTurnError,
  RateLimitedError,
  RequestAbortedError,
  RequestRejectedError,
  RequestTimeoutError,
} from '../../../src/litellm/error.ts';
import { HedgeGate } from '../../../src/litellm/hedge.ts';
import type { GeneratedKey, GenerateKeyRequest, GenerateOptions } from '../../../src/litellm/key.ts';

const call = { method: 'POST', url: 'http://litellm.test/key/generate' };
const lost = new ConnectionError(call, { reason: 'lost', sent: true, lost: true, cause: undefined });
const lostUnsent = new ConnectionError(call, { reason: 'lost', sent: false, lost: true, cause: undefined });
const unreachable = new ConnectionError(call, { reason: 'refused', sent: false, lost: false, cause: undefined });

function keyOfNumber(number: number): NewKey {
  const alias = `key-${number}`;
  const leased: LeasedKey = {
    tokenId: `token-${number}`,
    keyAlias: alias,
    role: 'team',
    proxy: 'http://litellm.test',
    roleTTL: 0,
    roleMaxTTL: 0,
    latestExpiry: new Date(0),
  };
  const request: GenerateKeyRequest = {
    key: `sk-test-not-a-real-key-${number}`,
    keyAlias: alias,
    duration: 60,
    metadata: {},
    params: {},
  };
  return { request, leased };
}

/** A request for a key that a test answers. */
interface Asked {
  readonly alias: string;
  readonly fresh: boolean | undefined;
  readonly extra: boolean | undefined;
  readonly send: () => void;
  readonly signal: AbortSignal | undefined;
  readonly make: () => void;
  readonly fail: (error: unknown) => void;
}

/** A making of a key, and all that came of it. */
class Making {
  readonly asked: Asked[] = [];
  readonly abandoned: string[] = [];
  readonly written: string[] = [];
  readonly caller = new AbortController();
  readonly made: Promise<MadeKey>;
  readonly #queued: boolean;
  #number = 0;
  #askedSoFar = Promise.withResolvers<void>();

  constructor({
    delay,
    ledger = {},
    gate = new HedgeGate(),
    queued = false,
  }: {
    readonly queued?: boolean;
    readonly delay?: number;
    readonly ledger?: Partial<KeyLedger>;
    readonly gate?: HedgeGate;
  } = {}) {
    this.#queued = queued;
    this.made = makeKey({
      client: { hedgeDelay: () => delay, generateKey: async (...args) => this.#generate(...args) },
      gate,
      ledger: {
        forget: async (entry) => void this.written.push(`forget ${entry}`),
        abandon: async ({ keyAlias }, entry) =>
          void this.abandoned.push(entry === undefined ? keyAlias : `${keyAlias} ${entry}`),
        ...ledger,
      },
      signal: this.caller.signal,
      newKey: () => keyOfNumber((this.#number += 1)),
    });
    this.made.catch(() => undefined);
  }

  /** The request of a number, once it is there. */
  async request(number: number): Promise<Asked> {
    for (;;) {
      const asked = this.asked[number - 1];
      if (asked !== undefined) return asked;
      await this.#askedSoFar.promise;
    }
  }

  async #generate(
    { key, keyAlias }: GenerateKeyRequest,
    signal?: AbortSignal,
    { fresh, extra, onSent }: GenerateOptions = {},
  ): Promise<GeneratedKey> {
    const { promise, resolve, reject } = Promise.withResolvers<GeneratedKey>();
    signal?.addEventListener('abort', () => reject(new RequestAbortedError(call, true)));
    const expires = new Date(0);
    const make = (): void =>
      resolve({ tokenId: `token of ${key}`, keyAlias, models: [], expires, lifetime: 60, told: {} });
    const send = (): void => onSent?.();
    if (!this.#queued) send();
    this.asked.push({ alias: keyAlias, fresh, extra, send, signal, make, fail: reject });
    this.#askedSoFar.resolve();
    this.#askedSoFar = Promise.withResolvers();
    return await promise;
  }
}

describe('a key', () => {
  test('is asked for once where all goes well', async () => {
    const making = new Making({ delay: 60_000 });
    (await making.request(1)).make();
    expect((await making.made).generated.keyAlias).toBe('key-1');
    expect(making.asked.map(({ fresh }) => fresh)).toEqual([false]);
    expect(making.abandoned).toEqual([]);
  });

  for (const [name, error, abandoned] of [
    ['lost', lost, ['key-1']],
    ['broken off', new AnswerBrokenOffError(call, 200, undefined), ['key-1']],
    ['lost before anything was sent', lostUnsent, []],
  ] as const) {
    test(`whose answer was ${name} is followed by another on a fresh connection`, async () => {
      const making = new Making();
      (await making.request(1)).fail(error);
      (await making.request(2)).make();
      const { request, leased, generated } = await making.made;
      expect([request.keyAlias, leased.keyAlias, generated.keyAlias]).toEqual(['key-2', 'key-2', 'key-2']);
      expect(making.asked.map(({ fresh }) => fresh)).toEqual([false, true]);
      expect(making.abandoned).toEqual([...abandoned]);
    });
  }

  test('whose answer was lost is abandoned once, while the other is being made', async () => {
    const making = new Making();
    (await making.request(1)).fail(lost);
    const other = await making.request(2);
    // What has been decided so far is done.
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(making.abandoned).toEqual(['key-1']);
    other.make();
    await making.made;
    expect(making.abandoned).toEqual(['key-1']);
  });

  test('whose answer was lost twice is not asked for a third time', async () => {
    const making = new Making();
    (await making.request(1)).fail(lost);
    (await making.request(2)).fail(lost);
    await expect(making.made).rejects.toBe(lost);
    expect(making.abandoned).toEqual(['key-1', 'key-2']);
    expect(making.asked).toHaveLength(2);
  });

  for (const [error, abandoned] of [
    [new RequestRejectedError(call, 400, 'no'), []],
    [new RateLimitedError(call, 'slow down', 1), []],
    [new NoTurnError(call, 1, 8), []],
    [unreachable, []],
    [new RequestTimeoutError(call, 1, 'answer'), ['key-1']],
    [new DatabaseUnavailableError(call, 500, 'no database'), ['key-1']],
    [new Error('something else'), ['key-1']],
  ] as const) {
    test(`is not asked for again after ${error.name} (${error.message.slice(-30)})`, async () => {
      const making = new Making();
      (await making.request(1)).fail(error);
      await expect(making.made).rejects.toBe(error);
      expect(making.asked).toHaveLength(1);
      expect(making.abandoned).toEqual([...abandoned]);
    });
  }
});

describe('a request that stays silent', () => {
  test('is given up when another is answered', async () => {
    const making = new Making({ delay: 1 });
    const first = await making.request(1);
    const second = await making.request(2);
    expect([first.fresh, second.fresh]).toEqual([false, true]);
    second.make();
    expect((await making.made).leased.keyAlias).toBe('key-2');
    expect(first.signal?.aborted).toBe(true);
    expect(making.abandoned).toEqual(['key-1']);
  });

  test('wins when it is answered first', async () => {
    const making = new Making({ delay: 1 });
    const first = await making.request(1);
    const second = await making.request(2);
    first.make();
    expect((await making.made).leased.keyAlias).toBe('key-1');
    expect(second.signal?.aborted).toBe(true);
    expect(making.abandoned).toEqual(['key-2']);
  });

  test('leaves no second key where both are made at once', async () => {
    const making = new Making({ delay: 1 });
    const first = await making.request(1);
    const second = await making.request(2);
    second.make();
    first.make();
    const { leased } = await making.made;
    expect([leased.keyAlias, ...making.abandoned].toSorted()).toEqual(['key-1', 'key-2']);
  });

  test('is waited for when the other is lost', async () => {
    const making = new Making({ delay: 1 });
    const first = await making.request(1);
    (await making.request(2)).fail(lost);
    await Bun.sleep(0);
    expect(making.abandoned).toEqual(['key-2']);
    first.make();
    expect((await making.made).leased.keyAlias).toBe('key-1');
    expect([making.asked.length, making.abandoned]).toEqual([2, ['key-2']]);
  });

  test('is not silent while it waits for its turn', async () => {
    const making = new Making({ delay: 1, queued: true });
    const first = await making.request(1);
    await Bun.sleep(5);
    expect(making.asked).toHaveLength(1);
    first.send();
    const second = await making.request(2);
    // The first holds the turn of both.
    expect([first.extra, second.extra]).toEqual([undefined, true]);
    second.make();
    expect((await making.made).leased.keyAlias).toBe('key-2');
  });

  test('is refused when it is refused first', async () => {
    const making = new Making({ delay: 1 });
    const refused = new RequestRejectedError(call, 400, 'no');
    const first = await making.request(1);
    await making.request(2);
    first.fail(refused);
    await expect(making.made).rejects.toBe(refused);
    expect(making.abandoned).toEqual(['key-2']);
  });

  test('waits for its turn to be sent again', async () => {
    const gate = new HedgeGate();
    const one = new Making({ delay: 1, gate });
    await one.request(2);
    const other = new Making({ delay: 1, gate });
    const first = await other.request(1);
    await Bun.sleep(5);
    expect(other.asked).toHaveLength(1);
    (await one.request(2)).make();
    await one.made;
    await other.request(2);
    first.make();
    await other.made;
  });
});

describe('a caller who goes', () => {
  test('leaves no key behind', async () => {
    const making = new Making({ delay: 1 });
    await making.request(1);
    await making.request(2);
    making.caller.abort();
    await expect(making.made).rejects.toThrow('the caller gave the request up');
    expect(making.abandoned.toSorted()).toEqual(['key-1', 'key-2']);
  });

  test('and had gone before asks for none', async () => {
    const caller = AbortSignal.abort(new Error('gone'));
    const client = {
      hedgeDelay: () => undefined,
      generateKey: async () => Promise.reject(new Error('must not be asked')),
    };
    const ledger = { forget: async () => undefined, abandon: async () => Promise.reject(new Error('no key')) };
    const making = makeKey({ client, gate: new HedgeGate(), ledger, signal: caller, newKey: () => keyOfNumber(1) });
    await expect(making).rejects.toThrow('gone');
  });
});

describe('a write-ahead entry', () => {
  const remembering = (log: string[]): Partial<KeyLedger> => ({
    remember: async ({ keyAlias }) => {
      log.push(`remember ${keyAlias}`);
      return `entry of ${keyAlias}`;
    },
  });

  test('is written before LiteLLM is asked, and comes back with the key', async () => {
    const log: string[] = [];
    const making = new Making({ ledger: remembering(log) });
    expect(making.asked).toEqual([]);
    const first = await making.request(1);
    expect(log).toEqual(['remember key-1']);
    first.make();
    expect((await making.made).entry).toBe('entry of key-1');
    expect(making.written).toEqual([]);
  });

  test('is removed after a refusal, and stays with a key that may exist', async () => {
    const refused = new Making({ ledger: remembering([]) });
    (await refused.request(1)).fail(new RequestRejectedError(call, 400, 'no'));
    await expect(refused.made).rejects.toThrow('rejected');
    expect(refused.written).toEqual(['forget entry of key-1']);
    expect(refused.abandoned).toEqual([]);

    const twice = new Making({ ledger: remembering([]) });
    (await twice.request(1)).fail(lost);
    (await twice.request(2)).make();
    expect((await twice.made).entry).toBe('entry of key-2');
    expect(twice.abandoned).toEqual(['key-1 entry of key-1']);
    expect(twice.written).toEqual([]);
  });

  test('that cannot be written lets nothing be sent', async () => {
    const making = new Making({ ledger: { remember: async () => Promise.reject(new Error('the storage is away')) } });
    await expect(making.made).rejects.toThrow('the storage is away');
    expect([making.asked.length, making.abandoned.length, making.written.length]).toEqual([0, 0, 0]);
  });

  test('goes with a caller who went while it was written', async () => {
    const writing = Promise.withResolvers<string>();
    const making = new Making({ ledger: { remember: async () => writing.promise } });
    making.caller.abort();
    writing.resolve('entry');
    await expect(making.made).rejects.toThrow();
    expect(making.asked).toEqual([]);
    expect(making.written).toEqual(['forget entry']);
    expect(making.abandoned).toEqual([]);
  });
});
