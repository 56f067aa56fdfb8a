import type { Request } from '../../sdk/logical/request.ts';
import { sha256 } from '../../litellm/sha256.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import type { OwnKey } from '../config/own-key.ts';
import { translateFault } from '../fault/translate-fault.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { adminName, ensureAdmin, newSuccessor, rootMetadata, verifiedOwnKey } from './root-key.ts';
import { type RootHandler, rootThing, superseded } from './root-handler.ts';
import type { RootRotationOptions } from './root-rotation.ts';

/** See `OwnKeys.bootstrap`. */
export async function bootstrapRoot(
  req: Request,
  asked: ConfigEntry,
  commit: (own: ConfigEntry) => Promise<boolean>,
  options: RootRotationOptions & { readonly handler: RootHandler },
): Promise<OwnKey> {
  refuseOtherKeys(asked);
  const { clients, configs, rotation, random, clock, backendUUID, handler } = options;
  const userId = adminName(req.mountPoint, backendUUID);
  const successor = newSuccessor(random, userId);
  const { key, keyAlias, tokenId } = successor;
  let own: ConfigEntry = { ...asked, masterKey: key };
  try {
    const warnings = await rotation.rotate(req.storage, rootThing, async () => {
      req.signal.throwIfAborted();
      const before = await configs.read(req.storage, configKey).catch(() => undefined);
      const client = clients.clientExactly(asked);
      // A key that this mount made before is known to nobody else, and ends.
      const ours = before?.madeAt !== undefined && before.baseURL === asked.baseURL ? before : undefined;
      if (ours !== undefined) handler.leaves(ours, tokenId);
      return {
        ...{ config: asked, successor, details: { connection: own } },
        ...(ours && { predecessor: { tokenId: sha256(ours.masterKey), keyAlias: ours.verified?.alias, ours: true } }),
        make: async (signal) => {
          await ensureAdmin(client, userId, signal);
          const params = { user_id: userId, key_type: 'management' };
          const metadata = rootMetadata(req.mountPoint, backendUUID);
          await client.generateLastingKey({ key, keyAlias, params, metadata }, signal);
        },
        verify: async (signal) => {
          const verified = await verifiedOwnKey(own, { alias: keyAlias, userId }, options, signal);
          own = { ...verified, madeAt: clock.now().toISOString(), madeTokenId: tokenId };
        },
        commit: async () => {
          if (!(await commit(own))) throw superseded();
        },
      };
    });
    options.logger.log('info', 'the mount has made a key of its own', { key_alias: keyAlias, token_id: tokenId });
    return { keyAlias, tokenId, userId, config: own, warnings };
  } catch (error) {
    handler.stays(tokenId);
    throw translateFault(error);
  }
}

function refuseOtherKeys({ verified }: ConfigEntry): void {
  if (verified?.kind === 'master key') return;
  if (verified?.kind === 'virtual key') {
    throw new UserMistake(
      "nothing was stored: bootstrap=true is for the proxy's own master key, and the key in master_key is a virtual key. Leave " +
        'bootstrap out to use that one, which rotate-root can rotate',
    );
  }
  throw new UserMistake(
    "nothing was stored: LiteLLM did not tell whether the key in master_key is its own master key, which bootstrap=true needs. Check that LiteLLM's /key/info answers, and write it again",
  );
}
