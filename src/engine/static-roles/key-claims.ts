import * as v from 'valibot';
import { sha256 } from '../../litellm/sha256.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { Turns } from '../rotation/turns.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { type StaticRoleEntry, staticRolePrefix } from './static-role-entry.ts';

/** Which role's key an alias is. */
export interface ClaimEntry {
  readonly role: string;
}

/** The stored form of {@link ClaimEntry}. */
export const claimEntrySchema: v.GenericSchema<unknown, ClaimEntry> = v.object({ role: v.string() });

/** Where claims are stored, below the mount, by the sha256 of the alias: no storage takes every alias. */
export const claimPrefix = 'static-keys/';

/** What {@link KeyClaims} needs. */
export interface KeyClaimsOptions {
  readonly claims: Pick<EntryStore<ClaimEntry>, 'read' | 'change' | 'delete'>;
  readonly roles: Pick<EntryStore<StaticRoleEntry>, 'read' | 'exists'>;
}

/**
 * Which role owns which key, so that no two own the same. The alias identifies the key: a stored entry says which role
 * has it, and is written before the role. LiteLLM keeps aliases unique too, but not while a rotation has freed one for
 * a moment, and it does not know who adopted a key. One node of a cluster writes, so it is enough that nothing else in
 * this process claims the same.
 */
export class KeyClaims {
  readonly #options: KeyClaimsOptions;
  readonly #turns = new Turns();

  constructor(options: KeyClaimsOptions) {
    this.#options = options;
  }

  /** Runs one piece of work at a time for one thing: an alias, or a key. */
  async inTurn<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    return await this.#turns.run(what, work);
  }

  /**
   * Claims an alias for a role, and does the work that makes the role. If that fails and there is no such role, nothing
   * is claimed. Throws `UserMistake` if another role has the alias.
   */
  async claimed<Result>(
    storage: Storage,
    keyAlias: string,
    role: string,
    work: () => Promise<Result>,
  ): Promise<Result> {
    return await this.inTurn(`alias ${keyAlias}`, async () => {
      const owner = await this.ownerOf(storage, keyAlias);
      if (owner !== undefined && owner !== role) {
        throw new UserMistake(
          `nothing was stored, since the static role "${owner}" has the key of this alias already, and a key has one owner: ` +
            `write another key_alias, or delete static-roles/${owner} first`,
        );
      }
      const key = claimKey(keyAlias);
      await this.#options.claims.change(
        storage,
        key,
        () => ({ role }),
        () => ({ role }),
      );
      try {
        return await work();
      } catch (error) {
        // If the claim stays, it is found out of date.
        await this.#unclaimUnlessThere(storage, key, role).catch(() => undefined);
        throw error;
      }
    });
  }

  /** The role that has the key with this alias. A claim of a role that is gone, or has another key, does not count. */
  async ownerOf(storage: Storage, keyAlias: string): Promise<string | undefined> {
    const { claims, roles } = this.#options;
    const claim = await claims.read(storage, claimKey(keyAlias));
    if (claim === undefined) return undefined;
    const role = await roles.read(storage, staticRolePrefix + claim.role);
    return role?.keyAlias === keyAlias ? claim.role : undefined;
  }

  /** Gives up the claim of a role that is gone. */
  async release(storage: Storage, keyAlias: string, role: string): Promise<void> {
    await this.inTurn(`alias ${keyAlias}`, () => this.#unclaimUnlessThere(storage, claimKey(keyAlias), role));
  }

  async #unclaimUnlessThere(storage: Storage, key: string, role: string): Promise<void> {
    const { claims, roles } = this.#options;
    if (await roles.exists(storage, staticRolePrefix + role)) return;
    if ((await claims.read(storage, key))?.role === role) await claims.delete(storage, key);
  }
}

function claimKey(keyAlias: string): string {
  return claimPrefix + sha256(keyAlias);
}
