import * as v from 'valibot';
import type { Client } from '../../litellm/client.ts';
import { KeyNotFoundError, MasterKeyRefusedError, NotAdminError } from '../../litellm/error.ts';
import { sha256 } from '../../litellm/sha256.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { MountClients } from '../config/client-source.ts';
import { type ConfigEntry, configEntrySchema, configKey } from '../config/config-entry.ts';
import { rotatesByItself } from '../config/own-key.ts';
import { endKey, KeyOutOfReachError, type KeyToEnd } from '../lease/end-key.ts';
import type { KeyEnd } from '../lease/key-on-proxy.ts';
import type { Sleep } from '../lease/sleep.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { verifiedOwnKey } from './root-key.ts';
import { type RotatingThing, type RotationEntry, type RotationHandler, SupersededError } from './rotation-handler.ts';

/** What {@link RootHandler} needs. */
export interface RootHandlerOptions {
  readonly configs: Pick<EntryStore<ConfigEntry>, 'read' | 'change'>;
  readonly clients: MountClients;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly logger: Logger;
}

/** The mount's own key, of which there is one. */
export const rootThing: RotatingThing = { kind: 'rotate-root', name: '' };

/** Keeps and ends the mount's own key, which `config` holds. */
export class RootHandler implements RotationHandler {
  readonly kind = rootThing.kind;
  readonly #options: RootHandlerOptions;
  /** The connections that this process gave up, by their successors' token ids. */
  readonly #former = new Map<string, ConfigEntry>();

  constructor(options: RootHandlerOptions) {
    this.#options = options;
  }

  /** Takes the connection that ends with a rotation; its callers then go on with the next. */
  leaves(config: ConfigEntry, successorTokenId: string): void {
    this.#former.set(successorTokenId, config);
  }

  /** The connection did not end. */
  stays(successorTokenId: string): void {
    this.#former.delete(successorTokenId);
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
        // The stored key is no longer an administrator's. Its successor is.
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
      // Calls under way with the predecessor are let through.
      await unlessAborted(clients.handOver(former, config), signal);
    }
    if (predecessor !== undefined && !replaces) await endKey(toEnd(predecessor, entry), config, this.#options, signal);
    this.#former.delete(successor.tokenId);
  }

  async adopt(storage: Storage, entry: RotationEntry, signal: AbortSignal): Promise<void> {
    const config = await this.#options.configs.read(storage, configKey);
    if (config === undefined) return;
    const next = { ...config, masterKey: entry.successor.key };
    // A key that replaced another has that one's user and alias.
    const known = config.verified ?? {};
    const learned = await verifiedOwnKey(next, known, this.#options, signal).catch(() => next);
    await this.store(storage, config, learned);
  }

  /** Replaces the stored key of `former`, and gives the time that was stored. */
  async store(storage: Storage, former: ConfigEntry, { masterKey, verified }: ConfigEntry): Promise<string> {
    const { configs, clock } = this.#options;
    const now = clock.now().toISOString();
    await configs.change(storage, configKey, (existing) => {
      if (existing?.baseURL !== former.baseURL || existing.masterKey !== former.masterKey) throw superseded();
      return {
        ...existing,
        ...{ masterKey, verified, madeAt: now, madeTokenId: sha256(masterKey) },
        rotationFrom: rotatesByItself(existing) ? now : undefined,
      };
    });
    return now;
  }

  /** A client that calls with the successor itself. */
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

/** What is stored is no longer what the rotation started from. */
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
