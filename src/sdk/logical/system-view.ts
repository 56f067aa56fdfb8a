import type { Entity, Group } from './identity.ts';

/**
 * What a backend may ask its host. Durations are in seconds.
 * Go: `logical.SystemView` in sdk/logical/system_view.go.
 */
export interface SystemView {
  /** The mount's default lease. */
  defaultLeaseTTL(): Promise<number>;
  /** The mount's longest lease. */
  maxLeaseTTL(): Promise<number>;
  /** Whether the mount is being unmounted. */
  tainted(): Promise<boolean>;
  /** The bits of `replicationState`. */
  replicationState(): Promise<number>;
  /** Whether the mount is local to this cluster. */
  localMount(): Promise<boolean>;
  /**
   * Who has the token of a request; undefined if there is nobody with this id, as for a root token, whose id is empty.
   */
  entityInfo(entityId: string): Promise<Entity | undefined>;
  /** All groups that an entity belongs to; none if there is no such entity. */
  groupsForEntity(entityId: string): Promise<readonly Group[]>;
  /** The version of the host, as the host says it. */
  pluginEnv(): Promise<{ readonly vaultVersion: string }>;
}
