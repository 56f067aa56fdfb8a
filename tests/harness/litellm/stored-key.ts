import { createHash } from 'node:crypto';
import { toldParams } from './key-params.ts';

/** Which routes a key may call. */
export const keyTypes = ['llm_api', 'management', 'read_only', 'default'] as const;
export type KeyType = (typeof keyTypes)[number];

/** What the server keeps of a key: its hash, never the key. */
export interface StoredKey {
  readonly tokenId: string;
  /** `sk-...` and the last four characters. */
  readonly keyName: string;
  readonly keyAlias: string | null;
  readonly models: readonly string[];
  readonly maxBudget: number | null;
  readonly spend: number;
  readonly expires: Date | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly blocked: boolean | null;
  readonly keyType: KeyType;
  readonly userId: string | null;
  /** What else it was given, by LiteLLM's names. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastActive: Date | null;
  /** Set once it was deleted. */
  readonly deletedAt?: Date;
}

/** The keys of a server, living and deleted, by hash. */
export class KeyTable {
  private readonly living = new Map<string, StoredKey>();
  private readonly archive = new Map<string, StoredKey>();

  /** The living key with this hash. */
  find(tokenId: string): StoredKey | undefined {
    return this.living.get(tokenId);
  }

  findAlias(alias: string): StoredKey | undefined {
    return this.all().find((key) => key.keyAlias === alias);
  }

  findDeleted(tokenId: string): StoredKey | undefined {
    return this.archive.get(tokenId);
  }

  put(key: StoredKey): StoredKey {
    this.living.set(key.tokenId, key);
    return key;
  }

  delete(tokenId: string, now: Date): void {
    const key = this.living.get(tokenId);
    if (key === undefined) return;
    this.living.delete(tokenId);
    this.archive.set(tokenId, { ...key, deletedAt: now });
  }

  /** As if it had never been there. */
  forget(tokenId: string): void {
    this.living.delete(tokenId);
  }

  /** Living keys, the newest first. */
  all(): readonly StoredKey[] {
    return [...this.living.values()].toReversed();
  }

  /** Deleted keys, the newest first. */
  deleted(): readonly StoredKey[] {
    return [...this.archive.values()].toReversed();
  }
}

/** The hash of a key, by which it is stored. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The hash that a request means: keys begin with `sk-`, anything else is taken for a hash. */
export function toTokenId(keyOrHash: string): string {
  return keyOrHash.startsWith('sk-') ? hashKey(keyOrHash) : keyOrHash;
}

/** How LiteLLM shows a key. */
export function abbreviate(key: string): string {
  return `sk-...${key.slice(-4)}`;
}

/** The routes that a key type stands for; empty for all. */
export function allowedRoutes(type: KeyType): readonly string[] {
  switch (type) {
    case 'llm_api':
      return ['llm_api_routes'];
    case 'management':
      return ['management_routes'];
    case 'read_only':
      return ['info_routes'];
    case 'default':
      return [];
  }
}

/** The routes that a key may call; empty for all. A type that has its own leaves no choice. */
export function routesOf({ keyType, params }: Pick<StoredKey, 'keyType' | 'params'>): readonly string[] {
  const chosen = params['allowed_routes'];
  return keyType === 'default' && Array.isArray(chosen) ? chosen.map(String) : allowedRoutes(keyType);
}

/** What /key/info and a list's status filter call a key. */
export function statusOf(key: StoredKey, now: Date): 'active' | 'expired' | 'revoked' | 'deleted' {
  if (key.deletedAt !== undefined) return 'deleted';
  if (key.blocked === true) return 'revoked';
  return key.expires !== null && key.expires < now ? 'expired' : 'active';
}

/** A key's row as the answers show it. */
export function keyRow(key: StoredKey): Readonly<Record<string, unknown>> {
  return {
    key_name: key.keyName,
    key_alias: key.keyAlias,
    spend: key.spend,
    expires: key.expires === null ? null : offsetTime(key.expires),
    models: key.models,
    team_id: null,
    ...toldParams(key.params),
    user_id: key.userId,
    metadata: key.metadata,
    blocked: key.blocked,
    max_budget: key.maxBudget,
    allowed_routes: routesOf(key),
    key_type: key.keyType,
    created_at: offsetTime(key.createdAt),
    created_by: 'default_user_id',
    updated_at: offsetTime(key.updatedAt),
    updated_by: 'default_user_id',
    last_active: key.lastActive === null ? null : offsetTime(key.lastActive),
    ...(key.deletedAt === undefined ? {} : { deleted_at: offsetTime(key.deletedAt), deleted_by: 'default_user_id' }),
  };
}

/** A key's row as /key/info shows it: with what no other answer tells. */
export function infoRow(key: StoredKey, now: Date): Readonly<Record<string, unknown>> {
  const { object_permission: permission, soft_budget: softBudget, auto_rotate, rotation_interval } = key.params;
  const id = permission === undefined ? null : `permission-of-${key.tokenId.slice(0, 8)}`;
  const of = typeof permission === 'object' ? { object_permission_id: id, ...permission, teams: null } : null;
  return {
    ...keyRow(key),
    object_permission_id: id,
    object_permission: of,
    budget_reset_at: budgetResetAt(key, now),
    auto_rotate: auto_rotate ?? false,
    rotation_interval: rotation_interval ?? null,
    litellm_budget_table:
      softBudget === undefined ? null : { budget_id: key.params['budget_id'], soft_budget: softBudget },
    status: statusOf(key, now),
  };
}

/** A key as a list with whole objects shows it: its times end in `Z` there. */
export function listedRow(key: StoredKey): Readonly<Record<string, unknown>> {
  const row = Object.entries({ token: key.tokenId, ...keyRow(key) });
  return Object.fromEntries(
    row.map(([name, value]) => [name, typeof value === 'string' ? value.replace(/000\+00:00$/, '000Z') : value]),
  );
}

/** Most answers have six digits and an offset. */
function offsetTime(time: Date): string {
  return time.toISOString().replace('Z', '000+00:00');
}

/** Some windows end by the calendar, here all of them on the same day, and others so long after the key was made. */
function budgetResetAt({ params, createdAt }: StoredKey, now: Date): string | null {
  const { budget_duration: duration } = params;
  if (typeof duration !== 'string') return null;
  const [, days] = /^(\d+)d$/.exec(duration) ?? [];
  if (days === undefined || ['1', '7', '30'].includes(days)) return offsetTime(midnightAfter(now));
  return offsetTime(new Date(createdAt.getTime() + Number(days) * 86_400_000));
}

function midnightAfter(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1));
}
