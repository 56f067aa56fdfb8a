import type * as v from 'valibot';
import type { detailsAnswer } from './schema.ts';

type Row = v.InferOutput<typeof detailsAnswer>['info'];

/** What LiteLLM tells of a key, as far as another key can be made like it. */
export interface KeyDetails {
  readonly tokenId: string;
  readonly alias?: string;
  readonly userId?: string;
  readonly teamId?: string;
  /** Absent: never. */
  readonly expires?: Date;
  readonly createdAt?: Date;
  /** Not a parameter: whoever copies a blocked key has to say so. */
  readonly blocked: boolean;
  /**
   * All of it, with the settings that LiteLLM keeps there (`model_rpm_limit`, `tags`, `guardrails` …). Sent with a new
   * key, they hold for that key.
   */
  readonly metadata: Readonly<Record<string, unknown>>;
  /**
   * US dollars in the current window; LiteLLM writes it some seconds after a call. As `spend` it can be sent with a new
   * key. 0 if the window is over: LiteLLM takes minutes to begin the next one, and a new key starts in that one.
   */
  readonly spend: number;
  /**
   * When the window of `budget_duration` ends, or ended. A new key's window ends by LiteLLM's calendar, whatever is
   * sent.
   */
  readonly budgetResetAt?: Date;
  /** What to send to /key/generate for another key with the same rights and limits, by LiteLLM's names. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The names of what the key has and a new one cannot get. */
  readonly lost: readonly string[];
}

/** What /key/generate takes by the name of the column. */
const sameName = [
  ...['models', 'max_budget', 'budget_duration', 'budget_id', 'model_max_budget', 'budget_fallbacks', 'user_id'],
  ...[
    'team_id',
    'agent_id',
    'organization_id',
    'project_id',
    'tpm_limit',
    'rpm_limit',
    'tpd_limit',
    'aliases',
    'config',
  ],
  ...['max_parallel_requests', 'allowed_cache_controls', 'permissions', 'router_settings', 'access_group_ids'],
] as const;

/** What is neither right nor limit, or is elsewhere in the details. `soft_budget` is in the row of `budget_id`. */
const told: ReadonlySet<string> = new Set([
  ...['budget_limits_usage', 'model_max_budget_usage'],
  ...[
    'token',
    'key_name',
    'key_alias',
    'status',
    'expires',
    'blocked',
    'metadata',
    'spend',
    'total_spend',
    'model_spend',
  ],
  ...['soft_budget', 'soft_budget_cooldown', 'budget_reset_at', 'created_at', 'created_by', 'updated_at', 'updated_by'],
  ...['settings_updated_at', 'last_active', 'last_rotation_at', 'key_rotation_at', 'rotation_count', 'key_type'],
  ...['allowed_routes', 'object_permission', 'object_permission_id', 'budget_limits', 'litellm_budget_table'],
  ...['litellm_organization_table', 'litellm_project_table', 'organization', 'deleted_at', 'deleted_by'],
  ...sameName,
]);

/** The parts of an object permission that say whose it is. */
const notPermissions: ReadonlySet<string> = new Set([
  ...['object_permission_id', 'teams', 'projects', 'verification_tokens', 'organizations', 'users', 'end_users'],
  'agents_table',
]);

/** The routes that a type stands for, as LiteLLM writes them into the row. */
const routesOfType: Readonly<Record<string, string>> = {
  llm_api: 'llm_api_routes',
  management: 'management_routes',
  read_only: 'info_routes',
};

/** Reads a row of /key/info; `now` is the time by LiteLLM's clock. */
export function keyDetails(tokenId: string, row: Row, now: Date): KeyDetails {
  const isOver = row.budget_reset_at != null && row.budget_reset_at <= now;
  const permission = objectPermission(row['object_permission']);
  const windows = budgetLimits(row['budget_limits']);
  const params = {
    ...Object.fromEntries(sameName.flatMap((name) => (isSet(row[name]) ? [[name, row[name]]] : []))),
    ...(windows === undefined ? {} : { budget_limits: windows }),
    ...(permission === undefined ? {} : { object_permission: permission }),
    ...routeParams(row),
  };
  const lost = Object.keys(row).filter((name) => !told.has(name) && isSet(row[name]));
  if (isSet(row['object_permission_id']) && permission === undefined) lost.push('object_permission');
  // Counted by the hash of the key. Not every version shows it.
  if (windows !== undefined) lost.push('budget_limits_usage');
  if (isSet(row['model_max_budget'])) lost.push('model_max_budget_usage');
  return {
    tokenId,
    ...(row.key_alias == null ? {} : { alias: row.key_alias }),
    ...(row.user_id == null ? {} : { userId: row.user_id }),
    ...(row.team_id == null ? {} : { teamId: row.team_id }),
    ...(row.expires == null ? {} : { expires: row.expires }),
    ...(row.created_at == null ? {} : { createdAt: row.created_at }),
    blocked: row.blocked ?? false,
    metadata: row.metadata ?? {},
    spend: isOver ? 0 : (row.spend ?? 0),
    ...(row.budget_reset_at == null ? {} : { budgetResetAt: row.budget_reset_at }),
    params,
    lost: lost.toSorted(),
  };
}

/** Whether there is a value; null, false and empty values are what a key has by itself. */
function isSet(value: unknown): boolean {
  if (value == null || value === false || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** A type has routes of its own. What an administrator later made of them counts more than the type. */
function routeParams(row: Row): Readonly<Record<string, unknown>> {
  const [type, routes] = [row['key_type'], row['allowed_routes']];
  const given: readonly unknown[] = Array.isArray(routes) ? routes : [];
  if (typeof type === 'string' && type !== 'default') {
    const own = routesOfType[type];
    if (own === undefined || given.length === 0 || (given.length === 1 && given[0] === own)) return { key_type: type };
  }
  // Before 1.106 the row does not have the type; before 1.80 there is none, and only the routes count.
  const implied =
    given.length === 1 ? Object.keys(routesOfType).find((name) => routesOfType[name] === given[0]) : undefined;
  if (type == null && implied !== undefined) return { key_type: implied, allowed_routes: given };
  // Explicit, since a newer LiteLLM gives a key without a type the routes of its own configuration.
  return { key_type: 'default', ...(given.length === 0 ? {} : { allowed_routes: given }) };
}

/** LiteLLM sets the end of each window itself. */
function budgetLimits(windows: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(windows) || windows.length === 0) return undefined;
  return windows.map((window: unknown) => without(window, ['reset_at']));
}

/** By its content: no request takes its id. */
function objectPermission(permission: unknown): unknown {
  if (typeof permission !== 'object' || permission === null) return undefined;
  const parts = Object.entries(permission).filter(([name, value]) => value !== null && !notPermissions.has(name));
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
}

function without(value: unknown, names: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}
