import type { ListedKey } from '../../litellm/key.ts';

/** Whether a key was made by the mount with this UUID. */
export function isOfMount({ metadata }: Pick<ListedKey, 'metadata'>, backendUUID: string): boolean {
  return backendUUID !== '' && metadata['vault_backend_uuid'] === backendUUID;
}

/** Where a key comes from. What the key does not tell is empty. */
export interface KeyOrigin {
  readonly role: string;
  /** The static role whose key it is, or was. */
  readonly staticRole: string;
  readonly entityId: string;
  readonly displayName: string;
  /** The request that made it, as the host's audit log has it. */
  readonly requestId: string;
  /** The path of the mount at that time. */
  readonly mountPath: string;
}

/** Reads what the metadata of a key of a mount says. */
export function originOf({ metadata }: Pick<ListedKey, 'metadata'>): KeyOrigin {
  const text = (name: string): string => (typeof metadata[name] === 'string' ? metadata[name] : '');
  return {
    role: text('vault_role'),
    staticRole: text('vault_static_role'),
    entityId: text('vault_entity_id'),
    displayName: text('vault_display_name'),
    requestId: text('vault_request_id'),
    mountPath: text('vault_mount_path'),
  };
}
