import type { Clock } from '../../sdk/logical/clock.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { KeyRotation } from '../rotation/key-rotation.ts';
import type { EntryStore } from '../stored/entry-store.ts';
import { type FormerKey, type StaticRoleEntry, staticRolePrefix } from './static-role-entry.ts';
import type { StaticRoleHandler } from './static-role-handler.ts';

/** What {@link FormerKeys} needs. */
export interface FormerKeysOptions {
  readonly roles: Pick<EntryStore<StaticRoleEntry>, 'read' | 'change'>;
  readonly handler: Pick<StaticRoleHandler, 'end'>;
  readonly rotation: Pick<KeyRotation, 'exclusively'>;
  readonly clock: Clock;
}

/** Former keys whose overlap is over. LiteLLM then refuses them by itself, and never deletes them: this does. */
export class FormerKeys {
  readonly #options: FormerKeysOptions;

  constructor(options: FormerKeysOptions) {
    this.#options = options;
  }

  /** When the first former key of a role ends; undefined if it has none. */
  static nextEnd({ former }: Pick<StaticRoleEntry, 'former'>): Date | undefined {
    return former.map(({ ends }) => ends).toSorted((a, b) => a.getTime() - b.getTime())[0];
  }

  /** Deletes those of a role that are over. Throws LiteLLM's errors; what is left is then still listed. */
  async endOver(storage: Storage, name: string): Promise<void> {
    const { rotation, roles, clock } = this.#options;
    const isOver = ({ ends }: FormerKey): boolean => ends <= clock.now();
    await rotation.exclusively(storage, { kind: 'rotate-role', name }, async (signal) => {
      const role = await roles.read(storage, staticRolePrefix + name);
      await this.end(storage, name, role?.former.filter(isOver) ?? [], signal);
    });
  }

  /**
   * Ends keys of a role and takes them off its list, whether they are over or not. For a caller that has the role to
   * itself.
   */
  async end(storage: Storage, name: string, keys: readonly FormerKey[], signal: AbortSignal): Promise<void> {
    if (keys.length === 0) return;
    const { handler, roles } = this.#options;
    const ended = new Set<string>();
    try {
      for (const key of keys) {
        // If config no longer names its proxy, the key's end is all that is known.
        await handler.end(storage, { ...key, latestExpiry: key.ends }, signal);
        ended.add(key.tokenId);
      }
    } finally {
      if (ended.size > 0) {
        await roles.change(storage, staticRolePrefix + name, (role) =>
          role === undefined
            ? undefined
            : { ...role, former: role.former.filter(({ tokenId }) => !ended.has(tokenId)) },
        );
      }
    }
  }
}
