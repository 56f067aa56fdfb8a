import type { Client } from '../../litellm/client.ts';
import { AliasTakenError, KeyNotFoundError } from '../../litellm/error.ts';
import type { KeyDetails } from '../../litellm/key-details.ts';
import { sha256 } from '../../litellm/sha256.ts';
import type { ConfigEntry } from '../config/config-entry.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { staticRoleLabel } from './static-key.ts';

const undone = 'nothing was stored';

/** Where an adoption happens. */
export interface AdoptionPlace {
  readonly client: Pick<Client, 'findKey' | 'keyDetails' | 'renameKey'>;
  readonly config: Pick<ConfigEntry, 'masterKey'>;
  readonly backendUUID: string;
  readonly signal: AbortSignal;
}

/** The token id of the key that a write names, by it or by its alias. Throws {@link UserMistake} if there is none. */
export async function tokenIdOf(adopt: string, { client, signal }: AdoptionPlace): Promise<string> {
  // Nothing that was sent is quoted: it may be a key, pasted where its name belongs.
  if (adopt.startsWith('sk-')) {
    throw new UserMistake(`${undone}, since adopt looks like a key: write its alias or its token id`);
  }
  if (/^[0-9a-f]{64}$/i.test(adopt)) return adopt.toLowerCase();
  const tokenId = await client.findKey(adopt, signal);
  if (tokenId !== undefined) return tokenId;
  throw noSuchKey();
}

/** What LiteLLM tells of a key to adopt. Throws {@link UserMistake} for one that must not be adopted. */
export async function adoptableKey(tokenId: string, place: AdoptionPlace): Promise<KeyDetails> {
  const { client, signal } = place;
  const details = await client.keyDetails(tokenId, signal).catch((error: unknown) => {
    throw error instanceof KeyNotFoundError ? noSuchKey(error) : error;
  });
  const refusal = refusalOf(details, place);
  if (refusal !== undefined) throw new UserMistake(`${undone}, since ${refusal}`);
  return details;
}

/** Gives a key without an alias the one by which it will be known. */
export async function nameKey({ tokenId }: KeyDetails, alias: string, place: AdoptionPlace): Promise<void> {
  try {
    await place.client.renameKey(tokenId, alias, place.signal);
  } catch (error) {
    if (!(error instanceof AliasTakenError)) throw error;
    throw new UserMistake(
      `${undone}, since the key has no alias, and another key of LiteLLM has the alias that it would get: write another key_alias`,
      { cause: error },
    );
  }
}

function noSuchKey(cause?: unknown): UserMistake {
  return new UserMistake(
    `${undone}, since LiteLLM has no key of the alias or token id that adopt names: look it up there (/key/list), or leave adopt out, which makes a key`,
    { cause },
  );
}

function refusalOf(
  { tokenId, metadata, expires }: KeyDetails,
  { config, backendUUID }: Pick<AdoptionPlace, 'config' | 'backendUUID'>,
): string | undefined {
  if (tokenId === sha256(config.masterKey)) return 'this is the key that config uses: rotate it by rotate-root';
  if (Object.hasOwn(metadata, 'vault_role')) {
    return 'this key has a lease, which ends it: adopt one that no engine has issued';
  }
  const other = metadata['vault_backend_uuid'];
  if (Object.hasOwn(metadata, staticRoleLabel) && other !== backendUUID) {
    return `another mount made this key for a static role. If that mount is gone, take ${staticRoleLabel} out of the metadata of the key in LiteLLM first`;
  }
  // Its rotation would make it live for ever, which nobody wrote.
  if (expires !== undefined) {
    return `this key ends at ${expires.toISOString()}, and the key of a static role has no end: remove it in LiteLLM first (/key/update with duration -1)`;
  }
  return undefined;
}
