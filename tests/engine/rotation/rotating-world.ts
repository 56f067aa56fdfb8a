import { BackgroundWork } from '../../../src/engine/lease/background-work.ts';
import { KeyRotation } from '../../../src/engine/rotation/key-rotation.ts';
import {
  type RotatingThing,
  type RotationEntry,
  type RotationHandler,
  type RotationPlan,
  SupersededError,
} from '../../../src/engine/rotation/rotation-handler.ts';
import type { KeyEnd } from '../../../src/engine/lease/key-on-proxy.ts';
import { ConnectionError, RequestRejectedError } from '../../../src/litellm/error.ts';
import { sha256 } from '../../../src/litellm/sha256.ts';
import { systemRandom } from '../../../src/sdk/logical/random.ts';
import { decodeStorageEntry, type Storage, storageEntryJSON } from '../../../src/sdk/logical/storage.ts';
import { FakeClock } from '../../harness/fake-clock.ts';
import { MemoryStorage } from '../../harness/memory-storage.ts';

/**
 * What becomes of one step, a call of the storage or of the proxy: the process dies before or after it; it fails without
 * effect, with it, or takes effect later; the proxy turns it down.
 */
export const stepFates = ['dies before', 'dies after', 'fails', 'is lost', 'comes late', 'is refused'] as const;

/** One of {@link stepFates}. */
export type StepFate = (typeof stepFates)[number];

/** The name of the thing that rotates. */
export const thing: RotatingThing = { kind: 'rotate-role', name: 'billing' };

/** The alias that every key of the thing has. */
export const keyAlias = 'billing-key';

const call = { method: 'POST', url: 'http://litellm.example.com/key' };
const storedAt = 'thing/billing';

/** How the rotations of a world are done. */
export interface WorldOptions {
  /** Whether LiteLLM puts the new value in the place of the old one by itself. */
  readonly replaces?: boolean;
  /** Whether the former key gets another alias, and the new one its own. */
  readonly renames?: boolean;
}

/** A storage and a proxy that outlive the processes which rotate a key there. */
export class RotatingWorld {
  readonly clock = new FakeClock();
  readonly memory = new MemoryStorage();
  /** The keys on the proxy: their aliases by their token ids. */
  readonly keys = new Map<string, string>();
  readonly log: string[] = [];
  /** What was done, in order. */
  readonly steps: string[] = [];
  /** What takes effect later. */
  readonly late: (() => Promise<void>)[] = [];
  readonly #options: WorldOptions;
  #made = 0;
  #fate: { readonly at: number; readonly fate: StepFate } | undefined;
  #dead = false;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
  }

  /** From now on the step of this number, from 0, has this fate. */
  fate(at: number, fate: StepFate): void {
    this.steps.length = 0;
    this.#fate = { at, fate };
  }

  /** From now on nothing fails. */
  spare(): void {
    this.#fate = undefined;
  }

  /** The value that is stored. */
  stored(): string | undefined {
    const entry = this.memory.peek(storedAt) as { readonly key: string } | undefined;
    return entry?.key;
  }

  /** The write-ahead entries. */
  get entries(): readonly string[] {
    return this.memory.keys.filter((key) => key.startsWith('wal/'));
  }

  /** Whether the process has died. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Stores something else than what rotates, as a person does. */
  async overwrite(key: string): Promise<void> {
    this.keys.set(sha256(key), keyAlias);
    await this.memory.put(storageEntryJSON(storedAt, { key }));
  }

  /** What is late takes effect. */
  async catchUp(): Promise<void> {
    for (const act of this.late.splice(0)) await act().catch(() => undefined);
  }

  /** A process that knows nothing of those before. */
  process(): Process {
    this.#dead = false;
    const background = new BackgroundWork();
    const { clock } = this;
    const logger = { log: (...entry: readonly unknown[]) => void this.log.push(JSON.stringify(entry)) };
    const rotation = new KeyRotation({ background, clock, random: systemRandom, sleep: clock.sleep, logger });
    rotation.handle(this.#handler());
    const storage = this.#storage();
    return {
      ...{ rotation, storage, background },
      rotate: () => rotation.rotate(storage, thing, () => this.plan(storage)),
      recover: () => rotation.recover(storage),
    };
  }

  /** What a rotation is made of. */
  async plan(storage: Storage): Promise<RotationPlan> {
    const { replaces = false, renames = false } = this.#options;
    const before = this.stored();
    this.#made += 1;
    const key = `sk-made-up-${this.#made}`;
    const tokenId = sha256(key);
    const alias = renames || replaces ? keyAlias : `${keyAlias}-${this.#made}`;
    return {
      config: { baseURL: 'http://litellm.example.com', requestTimeout: 30 },
      successor: { key, tokenId, keyAlias: alias },
      replaces,
      ...(before === undefined
        ? {}
        : {
            predecessor: {
              tokenId: sha256(before),
              keyAlias: this.keys.get(sha256(before)) ?? '',
              ...(renames ? { renamedTo: `${keyAlias}-replaced-${this.#made}` } : {}),
              ours: true,
            },
          }),
      make: () =>
        this.#call('make', async () => {
          if (replaces && before !== undefined) {
            if (!this.keys.delete(sha256(before))) throw new RequestRejectedError(call, 404, 'no such key');
          } else if ([...this.keys.values()].includes(alias)) {
            throw new RequestRejectedError(call, 400, 'the alias is taken');
          }
          this.keys.set(tokenId, alias);
        }),
      verify: () => this.#call('verify', async () => undefined),
      commit: async () => {
        const entry = await storage.get(storedAt);
        const found = entry && (decodeStorageEntry(entry) as { readonly key: string }).key;
        if (found !== before) throw new SupersededError('the key was changed meanwhile');
        await storage.put(storageEntryJSON(storedAt, { key }));
      },
    };
  }

  #handler(): RotationHandler {
    const end = async (tokenId: string): Promise<KeyEnd> => (this.keys.delete(tokenId) ? 'ended' : 'already gone');
    return {
      kind: 'rotate-role',
      current: async (storage) => {
        const entry = await storage.get(storedAt);
        return entry && sha256((decodeStorageEntry(entry) as { readonly key: string }).key);
      },
      exists: (_storage, { successor }) => this.#call('exists', async () => this.keys.has(successor.tokenId)),
      rename: (_storage, { predecessor }, alias) =>
        this.#call('rename', async () => {
          const tokenId = predecessor?.tokenId ?? '';
          const taken = [...this.keys].some(([id, other]) => other === alias && id !== tokenId);
          if (taken) throw new RequestRejectedError(call, 400, 'the alias is taken');
          if (this.keys.has(tokenId)) this.keys.set(tokenId, alias);
        }),
      discard: (_storage, { successor }) => this.#call('discard', () => end(successor.tokenId)),
      retire: (_storage, { predecessor }: RotationEntry) =>
        this.#call('retire', async () => void (await end(predecessor?.tokenId ?? ''))),
      adopt: async (storage, { successor }) => {
        await storage.put(storageEntryJSON(storedAt, { key: successor.key }));
      },
    };
  }

  async #call<Result>(name: string, act: () => Promise<Result>): Promise<Result> {
    return await this.#step(
      name,
      act,
      () => new ConnectionError(call, { reason: 'lost', sent: true, lost: true, cause: undefined }),
    );
  }

  #storage(): Storage {
    const { memory } = this;
    const step = <Result>(name: string, act: () => Promise<Result>): Promise<Result> =>
      this.#step(name, act, () => new Error('the storage is away'));
    return {
      list: (prefix) => step(`list ${prefix}`, () => memory.list(prefix)),
      listPage: (prefix, after, limit) => step(`list ${prefix}`, () => memory.listPage(prefix, after, limit)),
      get: (key) => step(`get ${plain(key)}`, () => memory.get(key)),
      put: (entry) => step(`put ${plain(entry.key)}`, () => memory.put(entry)),
      delete: (key) => step(`delete ${plain(key)}`, () => memory.delete(key)),
      beginTx: async () => undefined,
    };
  }

  async #step<Result>(name: string, act: () => Promise<Result>, fault: () => Error): Promise<Result> {
    const never = new Promise<never>(() => undefined);
    if (this.#dead) return await never;
    const at = this.steps.length;
    this.steps.push(name);
    if (this.#fate?.at !== at) return await act();
    const { fate } = this.#fate;
    this.#fate = undefined;
    switch (fate) {
      case 'dies before':
        this.#dead = true;
        return await never;
      case 'dies after':
        await act();
        this.#dead = true;
        return await never;
      case 'is lost':
        await act();
        throw fault();
      case 'comes late':
        this.late.push(async () => void (await act()));
        throw fault();
      case 'is refused':
        throw new RequestRejectedError(call, 400, 'no');
      case 'fails':
        throw fault();
    }
  }
}

/** One process of the plugin in a {@link RotatingWorld}. */
export interface Process {
  readonly rotation: KeyRotation;
  readonly storage: Storage;
  readonly background: BackgroundWork;
  rotate(): Promise<readonly string[]>;
  recover(): Promise<void>;
}

function plain(key: string): string {
  return key.startsWith('wal/') ? 'wal' : key;
}
