import type { Alias, Entity, Group } from '../logical/identity.ts';
import type { logical } from '../pb/pb.js';

/** An entity as the host describes it. */
export function entityFromWire(wire: logical.Entity.$Shape): Entity {
  return {
    id: wire.id ?? '',
    name: wire.name ?? '',
    aliases: (wire.aliases ?? []).map(aliasFromWire),
    metadata: wire.metadata ?? {},
    disabled: wire.disabled ?? false,
    namespaceId: wire.namespaceId ?? '',
  };
}

function aliasFromWire(wire: logical.Alias.$Shape): Alias {
  return {
    id: wire.id ?? '',
    mountType: wire.mountType ?? '',
    mountAccessor: wire.mountAccessor ?? '',
    name: wire.name ?? '',
    metadata: wire.metadata ?? {},
    customMetadata: wire.customMetadata ?? {},
    namespaceId: wire.namespaceId ?? '',
  };
}

/** A group as the host describes it. */
export function groupFromWire(wire: logical.Group.$Shape): Group {
  return {
    id: wire.id ?? '',
    name: wire.name ?? '',
    metadata: wire.metadata ?? {},
    namespaceId: wire.namespaceId ?? '',
  };
}
