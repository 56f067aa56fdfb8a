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
import { RequestRejectedError } from '../../../src/litellm/error.ts';
import { sha256 } from '../../../src/litellm/sha256.ts';
import { systemRandom } from '../../../src/sdk/logical/random.ts';
import { decodeStorageEntry, type Storage, storageEntryJSON } from '../../../src/sdk/logical/storage.ts';
import { FakeClock } from '../../harness/fake-clock.ts';
import { fakeSystemView } from '../../harness/fake-system-view.ts';
import { MemoryStorage } from '../../harness/memory-storage.ts';
import { call, Steps, type StepsOfProcess } from './steps.ts';

/** The name of the thing that rotates. */
export const thing: RotatingThing = { kind: 'rotate-role', name: 'billing' };

/** The alias that every key of the thing has. */
export const keyAlias = 'billing-key';

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
  readonly steps = new Steps();
  readonly #options: WorldOptions;
  #made = 0;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
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

  /** Stores something else than what rotates, as a person does. */
  async overwrite(key: string): Promise<void> {
    this.keys.set(sha256(key), keyAlias);
    await this.memory.put(storageEntryJSON(storedAt, { key }));
  }

  /** A process that knows nothing of those before. */
  process(): Process {
    const steps = this.steps.begin(this.memory);
    const { storage } = steps;
    const background = new BackgroundWork();
    const { clock } = this;
    const logger = { log: (...entry: readonly unknown[]) => void this.log.push(JSON.stringify(entry)) };
    const rotation = new KeyRotation({
      background,
      system: fakeSystemView(),
      clock,
      random: systemRandom,
      sleep: clock.sleep,
      logger,
    });
    rotation.handle(this.#handler(steps));
    return {
      ...{ rotation, storage, background },
      plan: () => this.plan(steps),
      rotate: () => rotation.rotate(storage, thing, () => this.plan(steps)),
      recover: () => rotation.recover(storage),
    };
  }

  /** What a rotation is made of. */
  async plan({ onProxy, storage }: StepsOfProcess): Promise<RotationPlan> {
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
        onProxy('make', async () => {
          if (replaces && before !== undefined) {
            if (!this.keys.delete(sha256(before))) throw new RequestRejectedError(call, 404, 'no such key');
          } else if ([...this.keys.values()].includes(alias)) {
            throw new RequestRejectedError(call, 400, 'the alias is taken');
          }
          this.keys.set(tokenId, alias);
        }),
      verify: () => onProxy('verify', async () => undefined),
      commit: async () => {
        const entry = await storage.get(storedAt);
        const found = entry && (decodeStorageEntry(entry) as { readonly key: string }).key;
        if (found !== before) throw new SupersededError('the key was changed meanwhile');
        await storage.put(storageEntryJSON(storedAt, { key }));
      },
    };
  }

  #handler({ onProxy }: StepsOfProcess): RotationHandler {
    const end = async (tokenId: string): Promise<KeyEnd> => (this.keys.delete(tokenId) ? 'ended' : 'already gone');
    return {
      kind: 'rotate-role',
      current: async (storage) => {
        const entry = await storage.get(storedAt);
        return entry && sha256((decodeStorageEntry(entry) as { readonly key: string }).key);
      },
      exists: (_storage, { successor }) => onProxy('exists', async () => this.keys.has(successor.tokenId)),
      rename: (_storage, { predecessor }, alias) =>
        onProxy('rename', async () => {
          const tokenId = predecessor?.tokenId ?? '';
          const taken = [...this.keys].some(([id, other]) => other === alias && id !== tokenId);
          if (taken) throw new RequestRejectedError(call, 400, 'the alias is taken');
          if (this.keys.has(tokenId)) this.keys.set(tokenId, alias);
        }),
      discard: (_storage, { successor }) => onProxy('discard', () => end(successor.tokenId)),
      retire: (_storage, { predecessor }: RotationEntry) =>
        onProxy('retire', async () => void (await end(predecessor?.tokenId ?? ''))),
      adopt: async (storage, { successor }) => {
        await storage.put(storageEntryJSON(storedAt, { key: successor.key }));
      },
    };
  }
}

/** One process of the plugin in a {@link RotatingWorld}. */
export interface Process {
  readonly rotation: KeyRotation;
  readonly storage: Storage;
  readonly background: BackgroundWork;
  plan(): Promise<RotationPlan>;
  rotate(): Promise<readonly string[]>;
  recover(): Promise<void>;
}
