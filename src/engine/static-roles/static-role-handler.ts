import type { Client } from '../../litellm/client.ts';
import { KeyNotFoundError } from '../../litellm/error.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { beginEndOfKey, endKey, type EndKeyOptions, type KeyToEnd, type SecondRound } from '../lease/end-key.ts';
import type { KeyEnd } from '../lease/key-on-proxy.ts';
import type { RotationEntry, RotationHandler } from '../rotation/rotation-handler.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { type StaticRoleEntry, staticRolePrefix } from './static-role-entry.ts';

/** What {@link StaticRoleHandler} needs. */
export interface StaticRoleHandlerOptions extends EndKeyOptions {
  readonly roles: Pick<EntryStore<StaticRoleEntry>, 'read'>;
  readonly configs: Pick<EntryStore<ConfigEntry>, 'read'>;
}

/** Keeps the keys of static roles: what finishing and undoing a rotation needs. */
export class StaticRoleHandler implements RotationHandler {
  readonly kind = 'rotate-role';
  readonly #options: StaticRoleHandlerOptions;

  constructor(options: StaticRoleHandlerOptions) {
    this.#options = options;
  }

  async current(storage: Storage, name: string): Promise<string | undefined> {
    return (await this.#options.roles.read(storage, staticRolePrefix + name))?.current.tokenId;
  }

  async exists(storage: Storage, { successor }: RotationEntry, signal: AbortSignal): Promise<boolean> {
    try {
      return (await (await this.#client(storage)).keyInfo(successor.tokenId, signal)).status !== 'deleted';
    } catch (error) {
      if (error instanceof KeyNotFoundError) return false;
      throw error;
    }
  }

  async rename(storage: Storage, entry: RotationEntry, keyAlias: string, signal: AbortSignal): Promise<void> {
    if (entry.predecessor === undefined) return;
    await (await this.#client(storage)).renameKey(entry.predecessor.tokenId, keyAlias, signal);
  }

  async discard(storage: Storage, { successor, proxy }: RotationEntry, signal: AbortSignal): Promise<KeyEnd> {
    return await this.end(storage, { ...successor, proxy }, signal);
  }

  /** As the role says: a former key that is listed there has its overlap, any other is ended. */
  async retire(storage: Storage, entry: RotationEntry, signal: AbortSignal): Promise<void> {
    const { name, predecessor, proxy } = entry;
    if (predecessor === undefined) return;
    const { tokenId, renamedTo, keyAlias = '' } = predecessor;
    const role = await this.#options.roles.read(storage, staticRolePrefix + name);
    const former = role?.former.find((key) => key.tokenId === tokenId);
    const left = former === undefined ? 0 : (former.ends.getTime() - this.#options.clock.now().getTime()) / 1000;
    if (left <= 0) {
      await this.end(storage, { tokenId, keyAlias: renamedTo ?? keyAlias, proxy }, signal);
      return;
    }
    try {
      await (await this.#client(storage)).updateKey(tokenId, { duration: Math.ceil(left) }, signal);
    } catch (error) {
      // It has ended already, whoever did it.
      if (!(error instanceof KeyNotFoundError)) throw error;
    }
  }

  /** Ends a key of a role in both rounds. Throws if it is not certain that LiteLLM refuses it. */
  async end(storage: Storage, key: KeyToEnd, signal: AbortSignal): Promise<KeyEnd> {
    const config = await this.#options.configs.read(storage, configKey);
    return await endKey(key, config, this.#options, signal);
  }

  /**
   * The first round alone: from then on LiteLLM refuses the key. Gives the second, if one is left. Throws if that is
   * not certain; see {@link mayBeRefused}.
   */
  async refuse(storage: Storage, key: KeyToEnd, signal: AbortSignal): Promise<KeyEnd | SecondRound> {
    const config = await this.#options.configs.read(storage, configKey);
    return await beginEndOfKey(key, config, this.#options, { signal });
  }

  /** Whether LiteLLM says that it refuses a key: a failed attempt to end the key may have had that effect. */
  async mayBeRefused(storage: Storage, { tokenId }: KeyToEnd, signal: AbortSignal): Promise<boolean> {
    try {
      const { blocked, status } = await (await this.#client(storage)).keyInfo(tokenId, signal);
      return blocked || status === 'deleted';
    } catch (error) {
      return error instanceof KeyNotFoundError;
    }
  }

  async #client(storage: Storage): Promise<Client> {
    return this.#options.clients.clientFor(await this.#config(storage));
  }

  async #config(storage: Storage): Promise<ConfigEntry> {
    const config = await this.#options.configs.read(storage, configKey);
    if (config === undefined) {
      throw new UserMistake('there is no configuration to reach LiteLLM with: write base_url and master_key to config');
    }
    return config;
  }
}
