import type { Client } from '../../litellm/client.ts';
import { KeyNotFoundError, LiteLLMError } from '../../litellm/error.ts';
import type { KeyDetails } from '../../litellm/key-details.ts';
import type { Random } from '../../sdk/logical/random.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { HeldBack } from '../config/client-source.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import { translateFault } from '../fault/translate-fault.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import type { KeyRotation } from './key-rotation.ts';
import { RootHandler, type RootHandlerOptions, rootThing } from './root-handler.ts';
import { adminName, lifetimeOf, masterKeyAdvice, newSuccessor, rootMetadata, verifiedOwnKey } from './root-key.ts';
import type { Predecessor, RotationPlan } from './rotation-handler.ts';

/** What {@link RootRotation} needs. */
export interface RootRotationOptions extends RootHandlerOptions {
  readonly rotation: KeyRotation;
  readonly random: Random;
  readonly backendUUID: string;
}

/** A key that replaced the mount's own. */
export interface RotatedRoot {
  readonly keyAlias: string;
  readonly tokenId: string;
  readonly rotatedAt: string;
  readonly warnings: readonly string[];
}

/** What a rotation of the mount's own key needs of a request. */
export type RootRequest = Pick<Request, 'storage' | 'mountPoint' | 'signal'>;

/** Rotates the mount's own key, which `config` holds. */
export class RootRotation {
  readonly handler: RootHandler;
  readonly #options: RootRotationOptions;

  constructor(options: RootRotationOptions) {
    this.#options = options;
    this.handler = new RootHandler(options);
    options.rotation.handle(this.handler);
  }

  /**
   * Rotates it. If `isWanted` says no to what is stored when its turn comes, it does nothing and gives nothing. Throws
   * a `UserMistake` or a `CodedError`, and what the storage throws.
   */
  async rotate(req: RootRequest): Promise<RotatedRoot>;
  async rotate(req: RootRequest, isWanted: (config: ConfigEntry) => boolean): Promise<RotatedRoot | undefined>;
  async rotate(req: RootRequest, isWanted?: (config: ConfigEntry) => boolean): Promise<RotatedRoot | undefined> {
    const { rotation, logger } = this.#options;
    let former: string | undefined;
    let rotated: RotatedRoot | undefined;
    let held: HeldBack | undefined;
    try {
      const warnings = await rotation.rotate(req.storage, rootThing, async (signal) => {
        const asking = AbortSignal.any([signal, req.signal]);
        const { config, client, details } = await this.#present(req, asking);
        if (isWanted?.(config) === false) throw new NotWantedError();
        const replaces = (await edition(client, asking)) === 'enterprise';
        const { predecessor, successor } = this.#keys(req, config, details, replaces);
        former = successor.tokenId;
        this.handler.leaves(config, former);
        let learned: ConfigEntry = { ...config, masterKey: successor.key };
        return {
          ...{ config, successor, predecessor, replaces },
          // If config leads elsewhere by then, the successor ends itself.
          details: { connection: learned },
          make: async (making) => {
            if (replaces) {
              held = await this.#options.clients.holdBack(config);
              await held.client.regenerateKey(details.tokenId, successor.key, making);
            } else await this.#make(req, client, details, successor, making);
          },
          verify: async (verifying) => {
            const lifetime = replaces ? undefined : lifetimeOf(details);
            if (lifetime !== undefined) await client.updateKey(successor.tokenId, { duration: lifetime }, verifying);
            const known = { alias: successor.keyAlias, userId: details.userId };
            learned = await verifiedOwnKey(learned, known, this.#options, verifying);
          },
          commit: async () => {
            const rotatedAt = await this.handler.store(req.storage, config, learned);
            const { keyAlias, tokenId } = successor;
            rotated = { keyAlias, tokenId, rotatedAt, warnings: differenceWarnings(details, learned) };
          },
        } satisfies RotationPlan;
      });
      if (rotated === undefined) throw new Error('the key was rotated, and nobody knows when');
      logger.log('info', 'the key in config was rotated', { key_alias: rotated.keyAlias, token_id: rotated.tokenId });
      return { ...rotated, warnings: [...rotated.warnings, ...warnings] };
    } catch (error) {
      if (former !== undefined) this.handler.stays(former);
      if (error instanceof NotWantedError) return undefined;
      throw translateFault(error);
    } finally {
      held?.release();
    }
  }

  /** The stored connection and its key. Throws if there is none, or none that can be rotated. */
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
}

async function edition(client: Client, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await client.edition(signal);
  } catch (error) {
    if (error instanceof LiteLLMError) return undefined;
    throw error;
  }
}

/** How the new key differs from its predecessor. */
function differenceWarnings({ lost, expires }: KeyDetails, { verified }: ConfigEntry): readonly string[] {
  const warnings: string[] = [];
  if (lost.length > 0) {
    warnings.push(
      `The former key had ${lost.join(', ')}, which LiteLLM gives no new key: set it there if you need it.`,
    );
  }
  if (expires === undefined && verified?.expires !== undefined) {
    warnings.push(
      `LiteLLM gave the new key an end, at ${verified.expires}, and the former one had none (upperbound_key_generate_params): rotate it before then.`,
    );
  }
  return warnings;
}

/** It was rotated already. */
class NotWantedError extends Error {}
