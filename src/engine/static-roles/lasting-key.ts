import type { Client } from '../../litellm/client.ts';
import { type AliasTakenError, KeyNotFoundError } from '../../litellm/error.ts';
import type { LastingKey } from '../../litellm/key.ts';
import type { KeyDetails } from '../../litellm/key-details.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { isDeleted } from '../lease/key-on-proxy.ts';
import { isYoung } from '../lease/young-key.ts';
import type { StaticRoleEntry } from './static-role-entry.ts';

/**
 * What LiteLLM tells of a role's key; undefined if the key is gone, so that a new one takes its place. Throws
 * `UserMistake` if nobody ever knew the value of that key: there is nothing to go on with.
 */
export async function detailsToCopy(
  name: string,
  role: StaticRoleEntry,
  client: Pick<Client, 'keyDetails' | 'keyInfo'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<KeyDetails | undefined> {
  try {
    return await client.keyDetails(role.current.tokenId, signal);
  } catch (error) {
    if (!(error instanceof KeyNotFoundError)) throw error;
    // One that was made a moment ago may only not be found yet.
    if (isYoung(role.lastRotation, clock) && !(await isDeleted(client, role.current.tokenId, false, signal)))
      throw error;
  }
  if (role.current.key !== undefined) return undefined;
  throw new UserMistake(
    `the key that the static role "${name}" has adopted is gone from LiteLLM, and nobody has told its value yet: delete the ` +
      'role with retain=true, and write it again without adopt, which makes a key',
  );
}

/**
 * Takes away the end that LiteLLM's own settings may give every key, since nobody renews this one. `told` is LiteLLM's
 * answer to its making, if that came. Throws `UserMistake` if the end stays.
 */
export async function requireEndless(
  client: Pick<Client, 'keyInfo' | 'clearExpiry'>,
  tokenId: string,
  told: LastingKey | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { expires } = told ?? (await client.keyInfo(tokenId, signal));
  if (expires === undefined) return;
  try {
    await client.clearExpiry(tokenId, signal);
  } catch (error) {
    throw new UserMistake(
      `nothing was stored, since LiteLLM gives every key an end, this one at ${expires.toISOString()}, and the key of a static ` +
        'role has none: take duration out of upperbound_key_generate_params and default_key_generate_params in the litellm_settings ' +
        `of LiteLLM, or use roles/, whose keys have a lease (${error instanceof Error ? error.message : String(error)})`,
      { cause: error },
    );
  }
}

/** Says what to do if another key has a role's alias. */
export function aliasTaken(name: string, cause: AliasTakenError): UserMistake {
  return new UserMistake(
    `nothing was stored, since another key of LiteLLM has the alias that the static role "${name}" has for its key: rename or ` +
      `delete that key in LiteLLM, adopt it in a new role (adopt), or write a new role with another key_alias (${cause.message})`,
    { cause },
  );
}
