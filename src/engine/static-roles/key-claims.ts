import * as v from 'valibot';
import { sha256 } from '../../litellm/sha256.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { Turns } from '../rotation/turns.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { type StaticRoleEntry, staticRolePrefix } from './static-role-entry.ts';

/** Whose key an alias is. */
export interface ClaimEntry {
  readonly role: string;
}

/** The stored form of {@link ClaimEntry}. */
export const claimEntrySchema: v.GenericSchema<unknown, ClaimEntry> = v.object({ role: v.string() });

/** Where claims are stored, below the mount, by the sha256 of the alias: an alias may be what no storage takes. */
export const claimPrefix = 'static-keys/';

/** What {@link KeyClaims} needs. */
export interface KeyClaimsOptions {
  readonly claims: Pick<EntryStore<ClaimEntry>, 'read' | 'change' | 'delete'>;
  readonly roles: Pick<EntryStore<StaticRoleEntry>, 'read' | 'exists'>;
}

/**
 * Which role owns which key, so that two never own the same. The alias is the key's identity: a stored entry says whose it
 * is, and is written before the role is. LiteLLM holds aliases to be unique too, but not while a rotation has freed one for
 * a moment, and it knows nothing of who has adopted a key. One node of a cluster writes: a claim needs no more than that
 * nothing else in this process claims the same.
 */
export class KeyClaims {
  readonly #options: KeyClaimsOptions;
  readonly #turns = new Turns();

  constructor(options: KeyClaimsOptions) {
    this.#options = options;
  }

  /** Lets work on one thing run at a time: on an alias, or on a key. */
  async inTurn<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    return await this.#turns.run(what, work);
  }

  /**
   * Claims an alias for a role, and does the work that makes the role. Where that fails and the role is not there, nothing
   * is claimed. Throws `UserMistake` where another role has the alias.
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
        // A claim that stays is out of date, and so is found.
        await this.#unclaimUnlessThere(storage, key, role).catch(() => undefined);
        throw error;
      }
    });
  }

  /** The role whose key an alias is. A claim of a role that is gone, or has another key, is none. */
  async ownerOf(storage: Storage, keyAlias: string): Promise<string | undefined> {
    const { claims, roles } = this.#options;
    const claim = await claims.read(storage, claimKey(keyAlias));
    if (claim === undefined) return undefined;
    const role = await roles.read(storage, staticRolePrefix + claim.role);
    return role?.keyAlias === keyAlias ? claim.role : undefined;
  }

  /** Gives up what a role that is gone has claimed. */
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
