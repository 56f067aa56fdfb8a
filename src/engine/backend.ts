import { createBackend } from '../sdk/framework/backend.ts';
import { walPrefix } from '../sdk/framework/wal.ts';
import { type Backend, type BackendConfig, backendType, type Factory } from '../sdk/logical/backend.ts';
import { systemClock } from '../sdk/logical/clock.ts';
import { systemRandom } from '../sdk/logical/random.ts';
import { AbandonedKeys } from './lease/abandoned-keys.ts';
import { AutoRoot } from './rotation/auto-root.ts';
import { BackgroundWork } from './lease/background-work.ts';
import { createClientSource } from './config/client-source.ts';
import { configEntrySchema, configKey } from './config/config-entry.ts';
import { EntryStore } from './stored/entry-store.ts';
import { IssuedKeys } from './creds/issued-keys.ts';
import { IssuingBounds } from './creds/issuing-bounds.ts';
import { isRotationKind } from './rotation/rotation-handler.ts';
import { KeyRotation } from './rotation/key-rotation.ts';
import { MountKeys } from './keys/mount-keys.ts';
import { pathKey, pathKeysList } from './keys/path-keys.ts';
import { pathRoleUsage } from './keys/path-role-usage.ts';
import { pathConfig } from './config/path-config.ts';
import { pathCreds } from './creds/path-creds.ts';
import { pathRole } from './roles/path-roles.ts';
import { pathsRotateRoot, rotateRootPaths } from './rotation/path-rotate-root.ts';
import { pathRolesList } from './roles/path-roles-list.ts';
import { roleEntrySchema, rolePrefix } from './roles/role-entry.ts';
import { RoleTemplates } from './roles/role-templates.ts';
import { RoleVerifier } from './roles/role-verifier.ts';
import { SecondRounds } from './lease/second-rounds.ts';
import { secretKey } from './lease/secret-key.ts';
import { systemSleep } from './lease/sleep.ts';
import { pathRotateRole } from './static-roles/path-rotate-role.ts';
import { pathStaticCreds } from './static-roles/path-static-creds.ts';
import { pathStaticRole } from './static-roles/path-static-roles.ts';
import { pathStaticRolesList } from './static-roles/path-static-roles-list.ts';
import { createStaticRoleParts, sealWrappedStaticRoles } from './static-roles/static-role-parts.ts';
import { autoTidyEntrySchema, lastRunEntrySchema } from './tidy/auto-tidy-entry.ts';
import { pathAutoTidy } from './tidy/path-auto-tidy.ts';
import { pathTidy, pathTidyCancel, pathTidyStatus } from './tidy/path-tidy.ts';
import { Tidy } from './tidy/tidy.ts';

const help = `Hands out keys of a LiteLLM proxy, each with the models, the budget and the lease of its role.

Write the proxy's address and master key to config and a role to roles/<name>; each read of creds/<name> makes a key.`;

/**
 * Seconds. When the entry of an abandoned key is this old, the call that was to make the key is over. The entry of a key
 * in the making says itself how much older it must be.
 */
const walRollbackMinAge = 180;

/** What a backend needs from outside. */
export interface EngineOptions {
  /** Semantic, with a leading `v`. */
  readonly version: string;
  readonly clock?: typeof systemClock;
  readonly random?: typeof systemRandom;
  readonly sleep?: typeof systemSleep;
}

/** Makes the factory of the engine's backends. */
export function createFactory(options: EngineOptions): Factory {
  return async (config) => createEngine(config, options);
}

function createEngine(
  { system, logger, backendUUID, ...rest }: BackendConfig,
  { version, clock = systemClock, random = systemRandom, sleep = systemSleep }: EngineOptions,
): Backend {
  const configs = new EntryStore({ schema: configEntrySchema, sealWrap: true, clock });
  const roles = new EntryStore({ schema: roleEntrySchema, sealWrap: false, clock });
  const clients = createClientSource({ clock });
  const background = new BackgroundWork();
  const abandoned = new AbandonedKeys({ configs, clients, clock, sleep, random, logger, background });
  const secondRounds = new SecondRounds({ abandoned, background, sleep, logger });
  const bounds = new IssuingBounds(system);
  const issued = new IssuedKeys({ bounds, clients, logger });
  const secret = secretKey({ configs, roles, clients, bounds, issued, clock, sleep, logger, secondRounds });
  const issuing = { clients, abandoned, bounds, issued, secret, clock, random, sleep, backendUUID };
  const autoTidy = new EntryStore({ schema: autoTidyEntrySchema, sealWrap: false, clock });
  const lastRuns = new EntryStore({ schema: lastRunEntrySchema, sealWrap: false, clock });
  const verifier = new RoleVerifier({ configs, clients });
  const rotation = new KeyRotation({ background, system, clock, random, sleep, logger });
  const staticRoles = createStaticRoleParts({
    ...{ configs, clients, rotation, system, clock, random, sleep, logger, backendUUID },
  });
  const { isCurrentKey } = staticRoles;
  const keys = new MountKeys({ configs, clients, clock, sleep, backendUUID, isCurrentKey });
  const rotating = { configs, clients, rotation, background, system, clock, random, sleep, logger, backendUUID };
  const own = new AutoRoot(rotating);
  const tidy = new Tidy({ configs, autoTidy, lastRuns, clients, system, clock, logger, backendUUID });

  return createBackend(
    {
      help,
      type: backendType.logical,
      runningVersion: version,
      clock,
      paths: [
        pathConfig(configs, { clients, clock, own }),
        ...pathsRotateRoot(own),
        pathRolesList(),
        pathRole(roles, verifier),
        pathCreds({ configs, roles }, new RoleTemplates({ system, clients }), issuing),
        pathStaticRolesList(),
        pathStaticRole({ roles: staticRoles.all, verifier, clock }),
        pathStaticCreds({ ...staticRoles, clock }),
        pathRotateRole(staticRoles.all),
        pathKeysList(keys),
        pathKey(keys),
        pathRoleUsage(keys, roles),
        pathTidy(tidy, { configs, lastRuns }),
        pathTidyStatus(tidy, { configs, lastRuns }),
        pathTidyCancel(tidy, { configs, lastRuns }),
        pathAutoTidy(autoTidy),
      ],
      pathsSpecial: { root: rotateRootPaths, sealWrapStorage: [configKey, walPrefix, sealWrappedStaticRoles] },
      secrets: [secret],
      initialize: async ({ storage }) => {
        rotation.recoverSoon(storage);
        staticRoles.initialize(storage);
      },
      periodic: async (req) => {
        if (!Object.hasOwn(req.data, 'immediate')) rotation.recoverSoon(req.storage);
        await Promise.all([own.periodic(req), staticRoles.periodic(req), tidy.periodic(req)]);
      },
      walRollback: (req, kind, data) =>
        isRotationKind(kind) ? rotation.rollback(req, kind, data) : abandoned.rollback(req, kind, data),
      walRollbackMinAge,
      invalidate: (key) => {
        if (key === configKey) configs.invalidate();
        if (key.startsWith(rolePrefix)) roles.invalidate();
      },
      clean: async () => {
        await Promise.all([background.settled(), issued.stop(), tidy.stop(), staticRoles.stop()]);
      },
    },
    { system, logger, backendUUID, ...rest },
  );
}
