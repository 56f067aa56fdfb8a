import { LiteLLMError } from '../../litellm/error.ts';
import { CodedError } from '../../sdk/logical/error.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import { betweenRoundsMs, KeyOutOfReachError, type SecondRound } from '../lease/end-key.ts';
import type { KeyEnd } from '../lease/key-on-proxy.ts';
import type { Sleep } from '../lease/sleep.ts';
import type { KeyRotation } from '../rotation/key-rotation.ts';
import { type EntryStore, StoredEntryError } from '../stored/entry-store.ts';
import { withWords } from './fault-words.ts';
import type { FormerKeys } from './former-keys.ts';
import type { KeyClaims } from './key-claims.ts';
import { type StaticRoleEntry, staticRolePrefix } from './static-role-entry.ts';
import type { StaticRoleHandler } from './static-role-handler.ts';

/** What {@link deleteStaticRole} needs. */
export interface DeleteStaticRoleOptions {
  readonly roles: Pick<EntryStore<StaticRoleEntry>, 'read' | 'change' | 'delete'>;
  readonly handler: Pick<StaticRoleHandler, 'end' | 'refuse' | 'mayBeRefused'>;
  readonly formerKeys: Pick<FormerKeys, 'end'>;
  readonly claims: Pick<KeyClaims, 'release'>;
  readonly rotation: Pick<KeyRotation, 'exclusively' | 'letGo'>;
  readonly clock: Clock;
  readonly sleep: Sleep;
}

/**
 * Ends the keys of a role, and then forgets it; with `retain` it only forgets it. Does nothing if there is none. Throws
 * a `UserMistake` or a `CodedError` if a key cannot be ended, and says what became of the role.
 */
export async function deleteStaticRole(
  storage: Storage,
  name: string,
  retain: boolean,
  options: DeleteStaticRoleOptions,
): Promise<void> {
  const { roles, rotation, claims } = options;
  const key = staticRolePrefix + name;
  const thing = { kind: 'rotate-role', name } as const;
  const keyAlias = await rotation.exclusively(storage, thing, async (signal) => {
    const role = await readable(() => roles.read(storage, key), retain);
    if (role !== undefined && retain) await rotation.letGo(storage, thing, role.current.tokenId);
    else if (role !== undefined) await endKeys(storage, name, role, signal, options);
    await roles.delete(storage, key);
    return role?.keyAlias;
  });
  // If the claim stays, it is found out of date.
  if (keyAlias !== undefined) await claims.release(storage, keyAlias, name).catch(() => undefined);
}

async function endKeys(
  storage: Storage,
  name: string,
  role: StaticRoleEntry,
  signal: AbortSignal,
  { roles, handler, formerKeys, clock, sleep }: DeleteStaticRoleOptions,
): Promise<void> {
  const mark = async (deletionBegan: Date | undefined): Promise<void> => {
    await roles.change(storage, staticRolePrefix + name, (existing) => existing && { ...existing, deletionBegan });
  };
  try {
    await formerKeys.end(storage, name, role.former, signal);
  } catch (error) {
    throw withWords(error, `the static role "${name}" was not deleted, and works as before`);
  }
  // From here on its key may be refused, and whoever reads the role must know.
  await mark(clock.now());
  const key = { ...role.current, keyAlias: role.keyAlias };
  let begun: KeyEnd | SecondRound | undefined;
  try {
    begun = await handler.refuse(storage, key, signal);
    if (typeof begun === 'string') return;
    await sleep(betweenRoundsMs, signal);
    await begun(signal);
  } catch (error) {
    const works = begun === undefined && hasDoneNothing(error) && !(await handler.mayBeRefused(storage, key, signal));
    if (works && role.deletionBegan === undefined) {
      await mark(undefined);
      throw withWords(error, `the static role "${name}" was not deleted, and works as before`);
    }
    throw withWords(
      error,
      `the static role "${name}" is half deleted, and its key may be refused already: delete it again once LiteLLM answers, ` +
        `or with retain=true, which leaves the key to LiteLLM; rotate-role/${name} gives it a new key`,
    );
  }
}

/** Whether what failed was certainly not carried out; earlier calls may have been. */
function hasDoneNothing(error: unknown): boolean {
  return error instanceof KeyOutOfReachError || (error instanceof LiteLLMError && !error.outcomeUnknown);
}

/** Undefined for an entry that cannot be read, if nobody has to know it. */
async function readable<Entry>(read: () => Promise<Entry>, retain: boolean): Promise<Entry | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof StoredEntryError)) throw error;
    if (retain) return undefined;
    throw new CodedError(
      error.code,
      `${error.message}. Its key is not known, so it cannot be ended: with retain=true the role is deleted all the same, and the key stays in LiteLLM`,
      { cause: error },
    );
  }
}
