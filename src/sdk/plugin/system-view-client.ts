import type { HostConnection } from '../go-plugin/host-connection.ts';
import type { SystemView } from '../logical/system-view.ts';
import { systemViewService } from '../pb/services.ts';
import { secondsFromWire } from './duration.ts';
import { entityFromWire, groupFromWire } from './identity-translation.ts';

/** What the host knows, asked again by every call. Go: `gRPCSystemViewClient` in sdk/plugin/grpc_system.go. */
export function createSystemViewClient(host: HostConnection): SystemView {
  return {
    defaultLeaseTTL: async () => secondsFromWire((await host.call(systemViewService.defaultLeaseTTL, {})).ttl),
    maxLeaseTTL: async () => secondsFromWire((await host.call(systemViewService.maxLeaseTTL, {})).ttl),
    tainted: async () => (await host.call(systemViewService.tainted, {})).tainted ?? false,
    replicationState: async () => (await host.call(systemViewService.replicationState, {})).state ?? 0,
    localMount: async () => (await host.call(systemViewService.localMount, {})).local ?? false,
    async entityInfo(entityId) {
      const { entity, err } = await host.call(systemViewService.entityInfo, { entityId });
      if (err) throw new Error(`the host does not tell whose token this is: ${err}`);
      return entity ? entityFromWire(entity) : undefined;
    },
    async groupsForEntity(entityId) {
      const { groups, err } = await host.call(systemViewService.groupsForEntity, { entityId });
      if (err) throw new Error(`the host does not tell the groups of an entity: ${err}`);
      return (groups ?? []).map(groupFromWire);
    },
    async pluginEnv() {
      const { pluginEnvironment, err } = await host.call(systemViewService.pluginEnv, {});
      if (err) throw new Error(`the host does not tell its version: ${err}`);
      return { vaultVersion: pluginEnvironment?.vaultVersion ?? '' };
    },
  };
}
