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
  /** The version of the host, as it tells it. */
  pluginEnv(): Promise<{ readonly vaultVersion: string }>;
}
