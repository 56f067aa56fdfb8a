import type { ListedKey } from '../../litellm/key.ts';
import { defineFields } from '../../sdk/framework/field-schema.ts';
import { bool, float, map, string, stringSlice } from '../../sdk/framework/field-type.ts';
import { originOf } from './key-origin.ts';

/** What a read of `keys/<alias>` answers. */
export const shownKeyFields = defineFields({
  key_alias: { type: string, description: 'Alias of the key in LiteLLM.' },
  token_id: { type: string, description: 'Its sha256, by which LiteLLM knows it.' },
  role: { type: string, description: 'Role that it was issued from.' },
  static_role: { type: string, description: 'Static role whose key it is, or was; empty for a key with a lease.' },
  entity_id: { type: string, description: 'Entity whose token asked for it; empty if the token had none.' },
  display_name: { type: string, description: 'Display name of that token.' },
  request_id: { type: string, description: 'Request that made it: an audit log has the id of its lease with this.' },
  mount_path: { type: string, description: 'Where this mount was then.' },
  created: { type: string, description: 'When it was made.' },
  expires: { type: string, description: 'When LiteLLM ends it by itself.' },
  last_active: { type: string, description: 'When it was last used, if LiteLLM tells.' },
  spend: { type: float, description: 'What it has spent, in US dollars, some seconds late.' },
  models: { type: stringSlice, description: 'The models that it may call; empty: all.' },
  limits: { type: map, description: "The limits that it is held to, by LiteLLM's names." },
  blocked: { type: bool, description: 'Whether LiteLLM refuses it.' },
  user_id: { type: string, description: 'User of LiteLLM that it belongs to.' },
  team_id: { type: string, description: 'Team of LiteLLM that it belongs to.' },
});

/** A key of this mount without any secret; null for what LiteLLM does not tell. */
export function shownKey(key: ListedKey): Readonly<Record<keyof typeof shownKeyFields, unknown>> {
  const { role, staticRole, entityId, displayName, requestId, mountPath } = originOf(key);
  return {
    key_alias: key.alias ?? '',
    token_id: key.tokenId,
    role,
    static_role: staticRole,
    entity_id: entityId,
    display_name: displayName,
    request_id: requestId,
    mount_path: mountPath,
    created: key.createdAt?.toISOString() ?? null,
    expires: key.expires?.toISOString() ?? null,
    last_active: key.lastActive?.toISOString() ?? null,
    spend: key.spend ?? null,
    models: key.models,
    limits: key.limits,
    blocked: key.blocked,
    user_id: key.userId ?? null,
    team_id: key.teamId ?? null,
  };
}

/** What a list tells of a key besides its alias. */
export function listedKeyInfo(key: ListedKey): Readonly<Record<string, unknown>> {
  const { role, static_role, entity_id, display_name, user_id, team_id, created, expires, spend, blocked } =
    shownKey(key);
  return { role, static_role, entity_id, display_name, user_id, team_id, created, expires, spend, blocked };
}
