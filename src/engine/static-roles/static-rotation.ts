import type { Client } from '../../litellm/client.ts';
import { AliasTakenError } from '../../litellm/error.ts';
import type { LastingKey } from '../../litellm/key.ts';
import type { KeyDetails } from '../../litellm/key-details.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Random } from '../../sdk/logical/random.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { ClientSource } from '../config/client-source.ts';
import { type ConfigEntry, configKey } from '../config/config-entry.ts';
import { UserMistake } from '../fault/user-mistake.ts';
import { limitDifferences } from '../roles/limit-differences.ts';
import { requireOwners } from '../roles/require-owners.ts';
import type { KeyRotation } from '../rotation/key-rotation.ts';
import { type RotationPlan, type Successor, SupersededError } from '../rotation/rotation-handler.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { type BudgetWindow, carriedBudget, type CarriedBudget, windowToRemember } from './budget-window.ts';
import { ownersOf, resolvedTerms } from './check-static-role.ts';
import { aliasTaken, detailsToCopy, requireEndless } from './lasting-key.ts';
import { formerAlias, newStaticKey, staticKeyRequest } from './static-key.ts';
import { type CurrentKey, type FormerKey, type StaticRoleEntry, staticRolePrefix } from './static-role-entry.ts';

/** What {@link StaticRotation} needs. */
export interface StaticRotationOptions {
  readonly roles: Pick<EntryStore<StaticRoleEntry>, 'read' | 'change'>;
  readonly configs: Pick<EntryStore<ConfigEntry>, 'read'>;
  readonly clients: ClientSource;
  readonly rotation: Pick<KeyRotation, 'rotate'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly backendUUID: string;
}

/** Where a rotation happens. */
export interface RotationPlace {
  readonly storage: Storage;
  /** Empty if the host does not tell. */
  readonly mountPoint: string;
}

/** A role as it is to be stored with its first key. */
export type NewStaticRole = Omit<
  StaticRoleEntry,
  'current' | 'lastRotation' | 'created' | 'former' | 'budgetWindow' | 'deletionBegan'
>;

/** There is no role to rotate, or it is not due yet. */
export class NothingToRotateError extends Error {
  override readonly name = 'NothingToRotateError';
}

interface Made {
  readonly config: ConfigEntry;
  readonly client: Client;
  readonly successor: Successor;
  lasting?: LastingKey;
  window?: BudgetWindow | undefined;
}

const noConfig = 'there is no configuration yet: write base_url and master_key to config';

/** Makes the keys of static roles, the first and all that follow. */
export class StaticRotation {
  readonly #options: StaticRotationOptions;

  constructor(options: StaticRotationOptions) {
    this.#options = options;
  }

  /**
   * Makes the first key of a role, and stores the role with it. Gives warnings. Throws a `UserMistake` or a
   * `LiteLLMError`.
   */
  async create(place: RotationPlace, name: string, role: NewStaticRole): Promise<readonly string[]> {
    const { roles, random, clock } = this.#options;
    const warnings: string[] = [];
    const madeMeanwhile = (): SupersededError =>
      new SupersededError(`another write has made the static role "${name}" meanwhile: write it again`);
    const left = await this.#options.rotation.rotate(place.storage, { kind: 'rotate-role', name }, async () => {
      if ((await roles.read(place.storage, staticRolePrefix + name)) !== undefined) throw madeMeanwhile();
      const made = await this.#begin(place, newStaticKey(role.keyAlias, random));
      return {
        ...this.#planOf(made, place, name, role, { budget: { spend: 0 }, blocked: false }, warnings),
        commit: async () => {
          await roles.change(place.storage, staticRolePrefix + name, (existing) => {
            if (existing?.current.tokenId === made.successor.tokenId) return existing;
            if (existing !== undefined) throw madeMeanwhile();
            const now = clock.now();
            return { ...role, current: currentOf(made), created: now, lastRotation: now, former: [] };
          });
        },
      };
    });
    return [...warnings, ...left];
  }

  /**
   * Replaces a role's key when its turn comes, unless `isDue` then says no. Gives warnings. Throws
   * {@link NothingToRotateError}, a `UserMistake` or a `LiteLLMError`; whatever it throws, what is stored works as
   * before.
   */
  async rotate(
    place: RotationPlace,
    name: string,
    isDue: (role: StaticRoleEntry) => boolean = () => true,
  ): Promise<readonly string[]> {
    const { roles, random } = this.#options;
    const warnings: string[] = [];
    const left = await this.#options.rotation.rotate(place.storage, { kind: 'rotate-role', name }, async (signal) => {
      const role = await roles.read(place.storage, staticRolePrefix + name);
      if (role === undefined || !isDue(role)) throw new NothingToRotateError();
      refuseTooManyFormer(name, role);
      const made = await this.#begin(place, newStaticKey(role.keyAlias, random));
      const undone = `the key of the static role "${name}" was not rotated`;
      await requireOwners(made.client, ownersOf(name, role), { undone }, signal);
      const details = await detailsToCopy(name, role, made.client, this.#options.clock, signal);
      if (details === undefined) warnings.push(...this.#tellGone(name, role, made.config));
      return this.#succession(place, name, { role, made, details }, warnings);
    });
    return [...warnings, ...left];
  }

  /** A plan for a key that replaces another, or one that is gone. */
  #succession(
    place: RotationPlace,
    name: string,
    about: { readonly role: StaticRoleEntry; readonly made: Made; readonly details: KeyDetails | undefined },
    warnings: string[],
  ): RotationPlan {
    const { roles, random, clock } = this.#options;
    const { role, made, details } = about;
    const budget = details === undefined ? { spend: 0 } : carriedBudget(details, role.budgetWindow, clock.now());
    const renamedTo = details?.alias === role.keyAlias ? formerAlias(role.keyAlias, random) : undefined;
    // A deletion that did not finish has blocked it.
    const blocked = details?.blocked === true && role.deletionBegan === undefined;
    if (blocked) {
      warnings.push(
        `the key of the static role "${name}" is blocked in LiteLLM, and so is the new one: unblock it there (/key/unblock) if it should work again`,
      );
    }
    return {
      ...this.#planOf(made, place, name, role, { budget, blocked }, warnings),
      ...(details === undefined
        ? {}
        : {
            predecessor: {
              tokenId: role.current.tokenId,
              keyAlias: details.alias,
              renamedTo,
              ours: role.current.key !== undefined,
            },
          }),
      commit: async () => {
        await roles.change(place.storage, staticRolePrefix + name, (existing) => {
          if (existing?.current.tokenId === made.successor.tokenId) return existing;
          if (existing?.current.tokenId !== role.current.tokenId) {
            throw new SupersededError(`the static role "${name}" was deleted or made again while its key was rotated`);
          }
          const alias = renamedTo ?? details?.alias ?? role.keyAlias;
          return this.#committed(existing, made, details && { ...existing.current, keyAlias: alias });
        });
      },
    };
  }

  /** A role with a new key; the former one is listed while it still works. */
  #committed(role: StaticRoleEntry, made: Made, former: Omit<FormerKey, 'ends'> | undefined): StaticRoleEntry {
    const now = this.#options.clock.now();
    const ends = new Date(now.getTime() + role.rotationOverlap * 1000);
    const { tokenId, keyAlias, proxy } = former ?? { tokenId: '', keyAlias: '', proxy: '' };
    return {
      ...role,
      current: currentOf(made),
      lastRotation: now,
      former:
        former === undefined || role.rotationOverlap === 0
          ? role.former
          : [...role.former, { tokenId, keyAlias, proxy, ends }],
      budgetWindow: made.window,
      deletionBegan: undefined,
    };
  }

  #planOf(
    made: Made,
    { mountPoint }: RotationPlace,
    name: string,
    role: NewStaticRole,
    { budget, blocked }: { readonly budget: CarriedBudget; readonly blocked: boolean },
    warnings: string[],
  ): Omit<RotationPlan, 'commit'> {
    const { client, config, successor } = made;
    const { backendUUID } = this.#options;
    return {
      config,
      successor,
      make: async (signal) => {
        const { spend } = budget;
        const request = staticKeyRequest(role, successor, { name, mountPoint, backendUUID, spend, blocked });
        made.lasting = await client.generateLastingKey(request, signal).catch((error: unknown) => {
          throw error instanceof AliasTakenError ? aliasTaken(name, error) : error;
        });
      },
      verify: async (signal) => {
        await requireEndless(made.client, successor.tokenId, made.lasting, signal);
        if (budget.ends !== undefined) {
          const { budgetResetAt } = await made.client.keyDetails(successor.tokenId, signal);
          made.window = windowToRemember(budget, budgetResetAt);
        }
        // What is carried is not in the terms.
        const comparable = !Object.hasOwn(role.carried.params, 'max_budget');
        if (made.lasting !== undefined && comparable) {
          warnings.push(...limitDifferences(resolvedTerms(name, role), made.lasting));
        }
      },
    };
  }

  async #begin({ storage }: RotationPlace, successor: Successor): Promise<Made> {
    const config = await this.#options.configs.read(storage, configKey);
    if (config === undefined) throw new UserMistake(noConfig);
    return { config, client: this.#options.clients.clientFor(config), successor };
  }

  #tellGone(name: string, { keyAlias, current }: StaticRoleEntry, { baseURL }: ConfigEntry): readonly string[] {
    const what =
      current.proxy === baseURL
        ? `the key of the static role "${name}" was deleted in LiteLLM`
        : `the former key of the static role "${name}" is on ${current.proxy}, and ${baseURL}, which config names now, does not know it: delete it there`;
    this.#options.logger.log('warn', `${what}. A new one takes its place`, { key_alias: keyAlias });
    return [`${what}, and a new one has taken its place`];
  }
}

/** The entry of a role holds them all. */
const mostFormer = 100;

function refuseTooManyFormer(name: string, { former, rotationOverlap }: StaticRoleEntry): void {
  if (rotationOverlap === 0 || former.length < mostFormer) return;
  throw new UserMistake(
    `the key of the static role "${name}" was not rotated, since ${former.length} former ones still work for their overlap: ` +
      'shorten rotation_overlap, or rotate less often, and wait until some of them have ended',
  );
}

function currentOf({ successor: { key, tokenId }, config: { baseURL } }: Made): CurrentKey {
  return { key, tokenId, proxy: baseURL };
}
