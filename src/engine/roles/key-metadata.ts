import type { Request } from '../../sdk/logical/request.ts';

/** Names that a role cannot set: they tell where a key comes from. */
export const keyMetadataPrefix = 'vault_';

/** What every key carries besides its role's metadata, without what the host does not tell. */
export function keyMetadata(req: Request, role: string, backendUUID: string): Readonly<Record<string, string>> {
  const all = {
    vault_mount_path: req.mountPoint,
    vault_backend_uuid: backendUUID,
    vault_role: role,
    vault_entity_id: req.entityId,
    vault_display_name: req.displayName,
    vault_request_id: req.id,
  } satisfies Record<`${typeof keyMetadataPrefix}${string}`, string>;
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}
