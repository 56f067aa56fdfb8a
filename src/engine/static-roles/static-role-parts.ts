import { createForwarding } from '../../sdk/framework/replication.ts';
import type { Clock } from '../../sdk/logical/clock.ts';
import type { Logger } from '../../sdk/logical/logger.ts';
import type { Random } from '../../sdk/logical/random.ts';
import type { Request } from '../../sdk/logical/request.ts';
import type { Storage } from '../../sdk/logical/storage.ts';
import type { SystemView } from '../../sdk/logical/system-view.ts';
import type { ClientSource } from '../config/client-source.ts';
import type { ConfigEntry } from '../config/config-entry.ts';
import type { Sleep } from '../lease/sleep.ts';
import type { KeyRotation } from '../rotation/key-rotation.ts';
import { RotationQueue } from '../schedule/rotation-queue.ts';
import { EntryStore } from '../stored/entry-store.ts';
import { AutomaticRotation } from './automatic-rotation.ts';
import { FormerKeys } from './former-keys.ts';
import { claimEntrySchema, KeyClaims } from './key-claims.ts';
import { type StaticRoleEntry, staticRoleEntrySchema, staticRolePrefix } from './static-role-entry.ts';
import { StaticRoleHandler } from './static-role-handler.ts';
import { StaticRoles } from './static-roles.ts';
import { StaticRotation } from './static-rotation.ts';

/** What static roles take from their mount. */
export interface StaticRolePartsOptions {
  readonly configs: Pick<EntryStore<ConfigEntry>, 'read'>;
  readonly clients: ClientSource;
  readonly rotation: KeyRotation;
  readonly system: Pick<SystemView, 'replicationState' | 'localMount'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly sleep: Sleep;
  readonly logger: Logger;
  readonly backendUUID: string;
}

/** What a mount has of static roles. */
export interface StaticRoleParts {
  readonly all: StaticRoles;
  /** The same as they are stored. */
  readonly roles: EntryStore<StaticRoleEntry>;
  readonly queue: RotationQueue;
  /** Whether a key is the one that a static role hands out now. */
  readonly isCurrentKey: (storage: Storage, role: string, tokenId: string) => Promise<boolean>;
  /** The storage is usable: starts to learn when to rotate what. */
  initialize(storage: Storage): void;
  /** Starts what is due, and does not wait for it. */
  periodic(req: Request): Promise<void>;
  /** Closes: resolves when nothing is under way. */
  stop(): Promise<void>;
}

/** Where the values of keys are stored, for the seal's extra encryption. */
export const sealWrappedStaticRoles = `${staticRolePrefix}*`;

/** Puts the parts together. */
export function createStaticRoleParts(options: StaticRolePartsOptions): StaticRoleParts {
  const { rotation, system, clock } = options;
  const roles = new EntryStore({ schema: staticRoleEntrySchema, sealWrap: true, clock });
  const claims = new KeyClaims({
    claims: new EntryStore({ schema: claimEntrySchema, sealWrap: false, clock }),
    roles,
  });
  const handler = new StaticRoleHandler({ ...options, roles });
  rotation.handle(handler);
  const keys = new StaticRotation({ ...options, roles });
  const formerKeys = new FormerKeys({ roles, handler, rotation, clock });
  const automatic = new AutomaticRotation({ ...options, roles, formerKeys, rotation: keys });
  const mustForward = createForwarding(system);
  const queue = new RotationQueue({
    ...options,
    rotating: automatic,
    isActive: async () => !(await mustForward({ forwardPerformanceStandby: true, forwardPerformanceSecondary: true })),
  });
  const all = new StaticRoles({ ...options, roles, handler, formerKeys, claims, keys, queue });

  return {
    all,
    roles,
    queue,
    isCurrentKey: async (storage, role, tokenId) => (await all.read(storage, role))?.current.tokenId === tokenId,
    initialize: (storage) => queue.start(storage),
    async periodic(req) {
      // A mount that is being removed is not worth it.
      if (Object.hasOwn(req.data, 'immediate')) return;
      automatic.hear(req);
      await queue.run(req.storage);
    },
    stop: () => queue.stop(),
  };
}
