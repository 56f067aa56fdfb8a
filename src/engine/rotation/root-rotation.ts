import * as v from 'valibot';
import type { Client } from '../../litellm/client.ts';
import { KeyNotFoundError, LiteLLMError, MasterKeyRefusedError, NotAdminError } from '../../litellm/error.ts';
import type { KeyDetails } from '../../litellm/key-details.ts';
import { sha256 } from '../../litellm/sha256.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Random } from '../../sdk/logical/random.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { HeldBack, MountClients } from '../config/client-source.ts';
import { type ConfigEntry, configEntrySchema, configKey } from '../config/config-entry.ts';
import { rotatesByItself } from '../config/own-key.ts';
import { translateFault } from '../fault/litellm-fault.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { endKey, KeyOutOfReachError, type KeyToEnd } from '../lease/end-key.ts';
import type { KeyEnd } from '../lease/key-on-proxy.ts';
import type { Sleep } from '../lease/sleep.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import type { KeyRotation } from './key-rotation.ts';
import { adminName, lifetimeOf, masterKeyAdvice, newSuccessor, rootMetadata, verifiedOwnKey } from './root-key.ts';
import {
  type Predecessor,
  type RotatingThing,
  type RotationEntry,
  type RotationHandler,
  type RotationPlan,
  SupersededError,
} from './rotation-handler.ts';

/** What {@link RootRotation} needs. */
export interface RootRotationOptions {
  readonly configs: Pick<EntryStore<ConfigEntry>, 'read' | 'change'>;
  readonly clients: MountClients;
  readonly rotation: KeyRotation;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
  readonly logger: Logger;
  readonly backendUUID: string;
}

/** A key that has taken the place of the mount's own. */
export interface RotatedRoot {
  readonly keyAlias: string;
  readonly tokenId: string;
  readonly rotatedAt: string;
  readonly warnings: readonly string[];
}

/** The parts of a request that a rotation of the mount's own key takes. */
export type RootRequest = Pick<Request, 'storage' | 'mountPoint' | 'signal'>;

/** The mount's own key, of which there is one. */
export const rootThing: RotatingThing = { kind: 'rotate-root', name: '' };

/** How the mount's own key is rotated: the one that stands in `config`. */
export class RootRotation implements RotationHandler {
  readonly kind = rootThing.kind;
  readonly #options: RootRotationOptions;
  /** The connections that this process has given up, by their successors' token ids. */
  readonly #former = new Map<string, ConfigEntry>();

  constructor(options: RootRotationOptions) {
    this.#options = options;
    options.rotation.handle(this);
  }

  /** Rotates it. Throws a `UserMistake` or a `CodedError`, and what the storage throws. */
  async rotate(req: RootRequest): Promise<RotatedRoot> {
    const { rotation, logger } = this.#options;
    let rotated: RotatedRoot | undefined;
    let held: HeldBack | undefined;
    try {
      const warnings = await rotation.rotate(req.storage, rootThing, async (signal) => {
        const asking = AbortSignal.any([signal, req.signal]);
        const { config, client, details } = await this.#present(req, asking);
        const replaces = (await edition(client, asking)) === 'enterprise';
        const { predecessor, successor } = this.#keys(req, config, details, replaces);
        this.#former.set(successor.tokenId, config);
        let learned: ConfigEntry = { ...config, masterKey: successor.key };
        return {
          ...{ config, successor, predecessor, replaces },
          make: async (making) => {
            if (replaces) {
              held = await this.#options.clients.holdBack(config);
              await held.client.regenerateKey(details.tokenId, successor.key, making);
            } else await this.#make(req, client, details, successor, making);
          },
          verify: async (verifying) => {
            const lifetime = replaces ? undefined : lifetimeOf(details);
            if (lifetime !== undefined) await client.updateKey(successor.tokenId, { duration: lifetime }, verifying);
            learned = await verifiedOwnKey(learned, this.#options, verifying);
          },
          commit: async () => {
            const rotatedAt = await this.#store(req.storage, config, learned);
            const { keyAlias, tokenId } = successor;
            rotated = { keyAlias, tokenId, rotatedAt, warnings: lostWarnings(details) };
          },
        } satisfies RotationPlan;
      });
      if (rotated === undefined) throw new Error('the key was rotated, and nobody knows when');
      logger.log('info', 'the key in config was rotated', { key_alias: rotated.keyAlias, token_id: rotated.tokenId });
      return { ...rotated, warnings: [...rotated.warnings, ...warnings] };
    } catch (error) {
      throw translateFault(error);
    } finally {
      held?.release();
    }
  }

  /** Takes the connection that ends with a rotation, whose callers then go on with the next. */
  leaves(config: ConfigEntry, successorTokenId: string): void {
    this.#former.set(successorTokenId, config);
  }

  async current(storage: Storage): Promise<string | undefined> {
    const config = await this.#options.configs.read(storage, configKey);
    return config && sha256(config.masterKey);
  }

  async exists(storage: Storage, entry: RotationEntry, signal: AbortSignal): Promise<boolean> {
    const client = await this.#successorsOwn(storage, entry);
    try {
      return (await client.keyInfo(entry.successor.tokenId, signal)).status !== 'deleted';
    } catch (error) {
      if (error instanceof KeyNotFoundError || error instanceof MasterKeyRefusedError) return false;
      throw error;
    }
  }

  async discard(storage: Storage, entry: RotationEntry, signal: AbortSignal): Promise<KeyEnd> {
    this.#former.delete(entry.successor.tokenId);
    const config = await this.#options.configs.read(storage, configKey);
    if (config?.baseURL === entry.proxy) {
      try {
        return await endKey(toEnd(entry.successor, entry), config, this.#options, signal);
      } catch (error) {
        // The stored key is no administrator's any more. Its successor is.
        if (!(error instanceof MasterKeyRefusedError) && !(error instanceof NotAdminError)) throw error;
      }
    }
    const client = await this.#successorsOwn(storage, entry);
    try {
      // Blocked, it could not delete itself; and nobody has ever used it.
      await client.deleteKey(entry.successor.tokenId, signal);
      return 'ended';
    } catch (error) {
      if (error instanceof KeyNotFoundError || error instanceof MasterKeyRefusedError) return 'already gone';
      throw error;
    }
  }

  async retire(storage: Storage, entry: RotationEntry, signal: AbortSignal): Promise<void> {
    const { configs, clients } = this.#options;
    const { successor, predecessor, replaces } = entry;
    const config = await configs.read(storage, configKey);
    const former = this.#former.get(successor.tokenId);
    if (former !== undefined && config !== undefined) {
      // Calls that are under way with the predecessor are let through.
      await unlessAborted(clients.handOver(former, config), signal);
    }
    if (predecessor !== undefined && !replaces) await endKey(toEnd(predecessor, entry), config, this.#options, signal);
    this.#former.delete(successor.tokenId);
  }

  async adopt(storage: Storage, entry: RotationEntry, signal: AbortSignal): Promise<void> {
    const config = await this.#options.configs.read(storage, configKey);
    if (config === undefined) return;
    const next = { ...config, masterKey: entry.successor.key };
    const learned = await verifiedOwnKey(next, this.#options, signal).catch(() => next);
    await this.#store(storage, config, learned);
  }

  /** The stored connection and its key. Throws where there is none, or none that can be rotated. */
  async #present(
    { storage, mountPoint }: RootRequest,
    signal: AbortSignal,
  ): Promise<{ readonly config: ConfigEntry; readonly client: Client; readonly details: KeyDetails }> {
    const { configs, clients, backendUUID } = this.#options;
    const config = await configs.read(storage, configKey);
    if (config === undefined) {
      throw new UserMistake('there is no configuration yet: write base_url and master_key to config');
    }
    const client = clients.clientFor(config);
    try {
      return { config, client, details: await client.keyDetails(undefined, signal) };
    } catch (error) {
      if (!(error instanceof KeyNotFoundError)) throw error;
      throw new UserMistake(masterKeyAdvice(config, adminName(mountPoint, backendUUID)), { cause: error });
    }
  }

  #keys({ mountPoint }: RootRequest, config: ConfigEntry, details: KeyDetails, replaces: boolean) {
    const { random, backendUUID } = this.#options;
    const predecessor: Predecessor = {
      tokenId: details.tokenId,
      keyAlias: details.alias,
      ours: config.madeAt !== undefined,
    };
    const successor = newSuccessor(random, adminName(mountPoint, backendUUID));
    return { predecessor, successor: replaces ? { ...successor, keyAlias: details.alias ?? '' } : successor };
  }

  async #make(
    { mountPoint }: RootRequest,
    client: Client,
    { params, metadata }: KeyDetails,
    { key, keyAlias }: { readonly key: string; readonly keyAlias: string },
    signal: AbortSignal,
  ): Promise<void> {
    const own = rootMetadata(mountPoint, this.#options.backendUUID, metadata);
    await client.generateLastingKey({ key, keyAlias, params, metadata: own }, signal);
  }

  /** Stores a key in the place of that of `former`, and gives the time that was stored. */
  async #store(storage: Storage, former: ConfigEntry, { masterKey, verified }: ConfigEntry): Promise<string> {
    const { configs, clock } = this.#options;
    const now = clock.now().toISOString();
    await configs.change(storage, configKey, (existing) => {
      if (existing?.baseURL !== former.baseURL || existing.masterKey !== former.masterKey) throw superseded();
      return {
        ...existing,
        ...{ masterKey, verified, madeAt: now },
        rotationFrom: rotatesByItself(existing) ? now : undefined,
      };
    });
    return now;
  }

  /** A client of the successor itself. */
  async #successorsOwn(storage: Storage, { successor, proxy, details }: RotationEntry): Promise<Client> {
    const { configs, clients } = this.#options;
    const stored = await configs.read(storage, configKey);
    const kept = v.safeParse(configEntrySchema, details['connection']);
    const config = stored?.baseURL === proxy ? stored : kept.success ? kept.output : undefined;
    if (config === undefined) {
      throw new KeyOutOfReachError(
        `the key "${successor.keyAlias}" may live on ${proxy}, which config does not name any more: delete it there`,
      );
    }
    return clients.clientExactly({ ...config, masterKey: successor.key });
  }
}

/** What is stored is no more what a rotation began with. */
export function superseded(): SupersededError {
  return new SupersededError(
    'config was changed while its key was rotated: the rotation is undone, and what was written to config stands. Rotate again if that is still wanted',
  );
}

function toEnd(
  { tokenId, keyAlias }: { readonly tokenId: string; readonly keyAlias?: string | undefined },
  { proxy }: RotationEntry,
): KeyToEnd {
  return { tokenId, keyAlias: keyAlias ?? tokenId, proxy };
}

async function edition(client: Client, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await client.edition(signal);
  } catch (error) {
    if (error instanceof LiteLLMError) return undefined;
    throw error;
  }
}

function lostWarnings({ lost }: KeyDetails): readonly string[] {
  if (lost.length === 0) return [];
  return [`The former key had ${lost.join(', ')}, which LiteLLM gives to no new key: set it there if it is needed.`];
}

async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const gone = (): void => reject(signal.reason);
  signal.addEventListener('abort', gone, { once: true });
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', gone);
  }
}
