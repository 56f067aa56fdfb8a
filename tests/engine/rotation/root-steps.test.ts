import { describe, expect, test } from 'bun:test';
import { createClientSource } from '../../../src/engine/config/client-source.ts';
import {
  configDefaults,
  type ConfigEntry,
  configEntrySchema,
  configKey,
} from '../../../src/engine/config/config-entry.ts';
import { BackgroundWork } from '../../../src/engine/lease/background-work.ts';
import { bootstrapRoot } from '../../../src/engine/rotation/bootstrap-root.ts';
import { KeyRotation } from '../../../src/engine/rotation/key-rotation.ts';
import { RootRotation } from '../../../src/engine/rotation/root-rotation.ts';
import { EntryStore } from '../../../src/engine/stored/entry-store.ts';
import { createClient } from '../../../src/litellm/client.ts';
import { nullLogger } from '../../../src/sdk/logical/logger.ts';
import { systemRandom } from '../../../src/sdk/logical/random.ts';
import { storageEntryJSON } from '../../../src/sdk/logical/storage.ts';
import { FakeClock } from '../../harness/fake-clock.ts';
import { fakeSystemView } from '../../harness/fake-system-view.ts';
import { hashKey } from '../../harness/litellm/stored-key.ts';
import { type LiteLLMServer, startLiteLLMServer } from '../../harness/litellm-server.ts';
import { logicalRequest } from '../../harness/logical-request.ts';
import { MemoryStorage } from '../../harness/memory-storage.ts';
import { type StepFate, stepFates, Steps, type StepsOfProcess } from './steps.ts';

// A rotation of the mount's own key, and its making, against the stand-in: each step fails in each way.

const adminUser = 'made-up-admin';
const adminKey = 'sk-test-not-a-real-admin-key';
const backendUUID = '00000000-0000-4000-8000-000000000001';

interface Scene {
  readonly name: string;
  readonly licenseType?: string;
  readonly keyType?: string;
  /** Whether nothing is stored yet, and the master key makes the first. */
  readonly bootstrap?: boolean;
}

const scenes: readonly Scene[] = [
  { name: 'a rotation', keyType: 'management' },
  { name: 'a rotation with a licence', licenseType: 'enterprise', keyType: 'default' },
  { name: 'a bootstrap', bootstrap: true },
];

/** A storage and a LiteLLM that outlive processes. */
class RootWorld implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly memory = new MemoryStorage();
  readonly steps = new Steps();
  readonly litellm: LiteLLMServer;
  readonly scene: Scene;

  private constructor(scene: Scene, litellm: LiteLLMServer) {
    this.scene = scene;
    this.litellm = litellm;
  }

  static async start(scene: Scene): Promise<RootWorld> {
    let now = (): Date => new Date();
    const { licenseType = 'community' } = scene;
    const litellm = await startLiteLLMServer({ adminUserIds: [adminUser], licenseType, now: () => now() });
    const world = new RootWorld(scene, litellm);
    now = () => world.clock.now();
    if (scene.bootstrap === true) return world;
    const body = { key: adminKey, user_id: adminUser, key_alias: 'made-by-hand', key_type: scene.keyType };
    await createClient({ baseURL: litellm.url, masterKey: litellm.masterKey, requestTimeout: 5 }).generateLastingKey({
      ...{ key: adminKey, keyAlias: 'made-by-hand', metadata: {} },
      params: { user_id: body.user_id, key_type: body.key_type },
    });
    await world.memory.put(storageEntryJSON(configKey, world.#config(adminKey)));
    return world;
  }

  process() {
    const steps = this.steps.begin(this.memory);
    const { clock } = this;
    const { storage } = steps;
    const background = new BackgroundWork();
    const configs = new EntryStore({ schema: configEntrySchema, sealWrap: true, clock });
    const clients = createClientSource({ create: (options) => stepped(createClient(options), steps), clock });
    const shared = { clock, random: systemRandom, sleep: clock.sleep, logger: nullLogger };
    const rotation = new KeyRotation({ background, system: fakeSystemView(), ...shared });
    const options = { configs, clients, rotation, backendUUID, ...shared };
    const root = new RootRotation(options);
    const request = { ...logicalRequest({ operation: 'update', path: 'config' }), storage, mountPoint: 'litellm/' };
    const asked: ConfigEntry = { ...this.#config(this.litellm.masterKey), verified: { at: '', kind: 'master key' } };
    const commit = async (own: ConfigEntry): Promise<boolean> =>
      await configs.change(storage, configKey, (existing) => (existing === undefined ? own : undefined));
    return {
      rotation,
      recover: () => rotation.recover(storage),
      rotate: async (): Promise<unknown> => await root.rotate(request),
      begin: async (): Promise<unknown> =>
        this.scene.bootstrap === true
          ? await bootstrapRoot(request, asked, commit, { ...options, handler: root.handler })
          : await root.rotate(request),
    };
  }

  /** The value that is stored. */
  stored(): string | undefined {
    return (this.memory.peek(configKey) as ConfigEntry | undefined)?.masterKey;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.litellm.stop();
  }

  #config(masterKey: string): ConfigEntry {
    return { ...configDefaults, baseURL: this.litellm.url, masterKey, caCert: '', requestTimeout: 5 };
  }
}

/** A client whose calls are steps. */
function stepped(client: ReturnType<typeof createClient>, { onProxy }: StepsOfProcess): typeof client {
  return new Proxy(client, {
    get: (target, name): unknown => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function' || name === 'hedgeDelay') return member;
      const act = (args: readonly unknown[]) => async (): Promise<unknown> =>
        (await Reflect.apply(member, target, args)) as unknown;
      return (...args: readonly unknown[]) => onProxy(String(name), act(args));
    },
  });
}

/** One value is stored, it works, and there is no other; of a bootstrap that was undone there is none. */
function expectOne(world: RootWorld, mayBeNone: boolean): void {
  const stored = world.stored();
  const keys = world.litellm.keys.all().map(({ tokenId }) => tokenId);
  expect(world.memory.keys.filter((key) => key.startsWith('wal/'))).toEqual([]);
  if (mayBeNone && stored === undefined) expect(keys).toEqual([]);
  else expect(keys).toEqual([hashKey(stored ?? '')]);
  for (const { blocked } of world.litellm.keys.all()) expect(blocked).not.toBe(true);
}

async function endsWell(scene: Scene, at: number, fate: StepFate, next: 'the same' | 'another'): Promise<void> {
  await using world = await RootWorld.start(scene);
  const first = world.process();
  world.steps.fate(at, fate);
  await world.steps.untilOver(first.begin());
  world.steps.spare();
  const second = next === 'another' ? world.process() : first;
  if (next === 'the same') await second.recover();
  await world.steps.catchUp();
  await second.recover();
  world.clock.advance(3600);
  await second.recover();
  await rollBackRest(world, second.rotation);
  expectOne(world, scene.bootstrap === true);
  if (world.stored() === undefined) await second.begin();
  else await second.rotate();
  expectOne(world, false);
}

async function rollBackRest(world: RootWorld, rotation: KeyRotation): Promise<void> {
  for (const key of world.memory.keys.filter((name) => name.startsWith('wal/'))) {
    const { data } = world.memory.peek(key) as { readonly data: unknown };
    const request = { data: {}, storage: world.memory, signal: new AbortController().signal };
    await rotation.rollback(request, 'rotate-root', data);
    await world.memory.delete(key);
  }
}

async function stepsOf(scene: Scene): Promise<readonly string[]> {
  await using world = await RootWorld.start(scene);
  await world.process().begin();
  return [...world.steps.done];
}

const walks = await Promise.all(scenes.map(async (scene) => ({ scene, steps: await stepsOf(scene) })));

for (const { scene, steps } of walks) {
  describe(scene.name, () => {
    test('takes steps', () => {
      expect(steps).toContain(scene.licenseType === undefined ? 'generateLastingKey' : 'regenerateKey');
      expect(steps.at(-1)).toBe('delete wal');
    });
    for (const [at, step] of steps.entries()) {
      for (const fate of stepFates) {
        for (const next of ['the same', 'another'] as const) {
          if (next === 'the same' && fate.startsWith('dies')) continue;
          test(`whose step ${at} (${step}) ${fate} leaves one key to ${next} process`, () =>
            endsWell(scene, at, fate, next));
        }
      }
    }
  });
}
