import { LiteLLMError } from '../../litellm/error.ts';
import { CodedError } from '../../sdk/logical/error.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { ClientSource } from '../config/client-source.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import { translateFault } from '../fault/translate-fault.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { requireOwners } from '../roles/require-owners.ts';
import type { KeyRotation } from '../rotation/key-rotation.ts';
import type { RotationQueue } from '../schedule/rotation-queue.ts';
import type { EntryStore, StoredEntryError } from '../stored/entry-store.ts';
import { adoptableKey, nameKey, tokenIdOf } from './adopt-key.ts';
import { adoptedTerms } from './adopted-terms.ts';
import { nextDuty } from './automatic-rotation.ts';
import { ownersOf } from './check-static-role.ts';
import { deleteStaticRole, type DeleteStaticRoleOptions } from './delete-static-role.ts';
import { withWords } from './fault-words.ts';
import type { KeyClaims } from './key-claims.ts';
import { requireUnowned } from './require-unowned.ts';
import { type StaticRoleEntry, staticRolePrefix } from './static-role-entry.ts';
import type { StaticRoleData } from './static-role-fields.ts';
import { NothingToRotateError, type StaticRotation } from './static-rotation.ts';
import { adoptingStaticRole, newStaticRole } from './written-static-role.ts';

/** What {@link StaticRoles} needs. */
export interface StaticRolesOptions extends Omit<DeleteStaticRoleOptions, 'claims' | 'rotation'> {
  readonly roles: Pick<EntryStore<StaticRoleEntry>, 'read' | 'exists' | 'change' | 'delete'>;
  readonly configs: Pick<EntryStore<ConfigEntry>, 'read'>;
  readonly clients: ClientSource;
  readonly claims: Pick<KeyClaims, 'inTurn' | 'claimed' | 'release'>;
  readonly rotation: Pick<KeyRotation, 'exclusively' | 'letGo' | 'isAbout'>;
  readonly keys: Pick<StaticRotation, 'create' | 'rotate'>;
  readonly queue: Pick<RotationQueue, 'put' | 'remove'>;
  readonly backendUUID: string;
}

/** The static roles of a mount, and what is done to them on request. */
export class StaticRoles {
  readonly #options: StaticRolesOptions;

  constructor(options: StaticRolesOptions) {
    this.#options = options;
  }

  async read(storage: Storage, name: string): Promise<StaticRoleEntry | undefined> {
    return await this.#options.roles.read(storage, staticRolePrefix + name);
  }

  /** Whether there is one, even one that cannot be read. */
  async exists(storage: Storage, name: string): Promise<boolean> {
    return await this.#options.roles.exists(storage, staticRolePrefix + name);
  }

  /** Makes a role, and its key unless it adopts one. Gives warnings. Throws a `UserMistake` or a `CodedError`. */
  async create(req: Request, name: string, data: StaticRoleData): Promise<readonly string[]> {
    const adopt = data.get('adopt');
    const made = adopt === '' ? this.#make(req, name, data) : this.#adopt(req, name, data, adopt);
    const warnings = await made.catch((error: unknown) => {
      throw translateFault(error);
    });
    await this.#requeue(req.storage, name);
    return warnings;
  }

  /**
   * Stores what `change` makes of an existing role; its key stays the same until it rotates. Gives the role as it was
   * and as it is; undefined if there is none. Throws what `change` throws.
   */
  async change(
    storage: Storage,
    name: string,
    change: (existing: StaticRoleEntry) => StaticRoleEntry,
  ): Promise<{ readonly before: StaticRoleEntry; readonly after: StaticRoleEntry } | undefined> {
    let result: { readonly before: StaticRoleEntry; readonly after: StaticRoleEntry } | undefined;
    await this.#options.roles.change(
      storage,
      staticRolePrefix + name,
      (existing) => {
        result = existing && { before: existing, after: change(existing) };
        return result?.after;
      },
      (unreadable) => {
        throw cannotBeRead(name, unreadable);
      },
    );
    if (result !== undefined) this.#enqueue(name, result.after);
    return result;
  }

  /**
   * Rotates the key of a role now. Gives warnings; undefined if there is no such role. Throws a `UserMistake` or a
   * `CodedError`.
   */
  async rotate({ storage, mountPoint }: Request, name: string): Promise<readonly string[] | undefined> {
    try {
      const warnings = await this.#options.keys.rotate({ storage, mountPoint }, name);
      await this.#requeue(storage, name);
      return warnings;
    } catch (error) {
      if (error instanceof NothingToRotateError) return undefined;
      if (!(error instanceof LiteLLMError)) throw error;
      throw withWords(error, `the key of the static role "${name}" was not rotated, and stays as it was`);
    }
  }

  /**
   * Ends the keys of a role, unless they are to be retained, and forgets it. Throws a `UserMistake` or a `CodedError`.
   */
  async delete(storage: Storage, name: string, retain: boolean): Promise<void> {
    try {
      await deleteStaticRole(storage, name, retain, this.#options);
    } catch (error) {
      await this.#requeue(storage, name).catch(() => undefined);
      throw translateFault(error);
    }
    this.#options.queue.remove(name);
  }

  async #make({ storage, mountPoint }: Request, name: string, data: StaticRoleData): Promise<readonly string[]> {
    const { claims, keys } = this.#options;
    const role = newStaticRole(name, data);
    return await claims.claimed(storage, role.keyAlias, name, () => keys.create({ storage, mountPoint }, name, role));
  }

  async #adopt(req: Request, name: string, data: StaticRoleData, adopt: string): Promise<readonly string[]> {
    const { storage, signal } = req;
    const { configs, clients, claims, roles, rotation, clock, backendUUID } = this.#options;
    const config = await configs.read(storage, configKey);
    if (config === undefined) {
      throw new UserMistake('there is no configuration yet: write base_url and master_key to config');
    }
    const place = { client: clients.clientFor(config), config, backendUUID, signal };
    const tokenId = await tokenIdOf(adopt, place);
    return await claims.inTurn(`key ${tokenId}`, async () => {
      const details = await adoptableKey(tokenId, place);
      const role = adoptingStaticRole(name, data, { ...adoptedTerms(details), alias: details.alias });
      await requireOwners(place.client, ownersOf(name, role), { undone: 'nothing was stored' }, signal);
      await claims.claimed(storage, role.keyAlias, name, () =>
        rotation.exclusively(storage, { kind: 'rotate-role', name }, async () => {
          await requireUnowned(storage, details, this.#options);
          // Its role may have been deleted while this waited for its turn.
          await adoptableKey(tokenId, place);
          if (details.alias === undefined) await nameKey(details, role.keyAlias, place);
          await roles.change(storage, staticRolePrefix + name, (existing) => {
            signal.throwIfAborted();
            if (existing !== undefined) {
              throw new UserMistake(`another write has made the static role "${name}" meanwhile: write it again`);
            }
            return { ...role, current: { tokenId, proxy: config.baseURL }, created: clock.now(), former: [] };
          });
        }),
      );
      return adoptionWarnings(name, details.lost);
    });
  }

  async #requeue(storage: Storage, name: string): Promise<void> {
    const role = await this.read(storage, name);
    if (role === undefined) this.#options.queue.remove(name);
    else this.#enqueue(name, role);
  }

  #enqueue(name: string, role: StaticRoleEntry): void {
    this.#options.queue.put(name, nextDuty(role, { now: this.#options.clock.now() }));
  }
}

/** Only the entry identifies the key, so nothing is written over it. */
function cannotBeRead(name: string, { message, code }: StoredEntryError): CodedError {
  return new CodedError(
    code,
    `nothing was stored, since what is stored of the static role "${name}" cannot be read, and nothing else identifies its key: go ` +
      `back to the version that wrote it, or delete the role with retain=true, which leaves its key in LiteLLM (${message})`,
  );
}

function adoptionWarnings(name: string, lost: readonly string[]): readonly string[] {
  const unknown = `The value of the adopted key is not known, so static-creds/${name} answers none before the first rotation: write rotate-role/${name} for one now, which ends the value that is in use.`;
  if (lost.length === 0) return [unknown];
  return [
    unknown,
    `The adopted key has what no new key can get, so its successors will not have it: ${lost.join(', ')}.`,
  ];
}
