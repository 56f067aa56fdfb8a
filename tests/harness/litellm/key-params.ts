import { DurationError, durationInSeconds } from './duration.ts';
import type { Fields } from './fields.ts';
import { detail, proxyError, unprocessable } from './refusal.ts';

/** What a key has beside what every key has, by LiteLLM's names. */
export type KeyParams = Readonly<Record<string, unknown>>;

/** A body's parameters, read and checked. */
export interface ReadParams {
  /** As answers tell them beside the metadata. */
  readonly params: KeyParams;
  /** What LiteLLM puts into the metadata. */
  readonly metadata: KeyParams;
}

const texts = [
  'budget_duration',
  'rotation_interval',
  'team_id',
  'user_id',
  'agent_id',
  'budget_id',
  'organization_id',
  'project_id',
];
/** An empty text is a value of the others. */
const nullWhereEmpty = ['team_id', 'organization_id', 'project_id'];
const wholeNumbers = ['tpm_limit', 'rpm_limit', 'tpd_limit', 'max_parallel_requests'];
const lists = ['allowed_cache_controls', 'access_group_ids', 'allowed_routes'];
const maps = ['aliases', 'permissions', 'budget_fallbacks', 'config', 'router_settings', 'object_permission'];
const mapsInMetadata = ['model_rpm_limit', 'model_tpm_limit', 'mcp_rpm_limit', 'tag_rpm_limit'];
const limitTypes = ['guaranteed_throughput', 'best_effort_throughput', 'dynamic'];
/** LiteLLM refuses them without a licence; but `enforced_params`, which then refuses every call. */
const licensed = [
  ...['tags', 'guardrails', 'policies', 'prompts', 'allowed_passthrough_routes', 'denied_passthrough_routes'],
  'disable_global_guardrails',
];
/** What no answer tells of what was sent. */
const untold = ['soft_budget', 'object_permission', 'auto_rotate', 'rotation_interval'];

/** Reads what /key/generate takes besides models, budget, metadata and life. Source: `GenerateKeyRequest` in litellm/proxy/_types.py. */
export function readKeyParams(fields: Fields, now: Date, budgets: Set<string>): ReadParams {
  const entries = [
    ...texts.map((name) => [name, fields.string(name)] as const),
    ...wholeNumbers.map((name) => [name, wholeNumber(fields, name)] as const),
    ...lists.map((name) => [name, fields.strings(name)] as const),
    ...maps.map((name) => [name, fields.record(name)] as const),
    ['budget_limits', readBudgetLimits(fields)] as const,
    ['soft_budget', fields.number('soft_budget')] as const,
    ['auto_rotate', fields.boolean('auto_rotate')] as const,
  ];
  const params = Object.fromEntries(
    entries.filter(([name, value]) => value !== null && !(value === '' && nullWhereEmpty.includes(name))),
  );
  const metadata = Object.fromEntries(
    [
      ...mapsInMetadata.map((name) => [name, fields.record(name)] as const),
      ...['rpm_limit_type', 'tpm_limit_type'].map((name) => [name, readLimitType(fields, name)] as const),
      ['enforced_params', fields.strings('enforced_params')] as const,
      ['allowed_vector_store_indexes', fields.list('allowed_vector_store_indexes')] as const,
    ].filter(([, value]) => value !== null),
  );
  refuse(fields, params, now, budgets);
  // It stands in a row of its own, which the key has instead of a budget.
  if (params['soft_budget'] !== undefined) budgets.add((params['budget_id'] = crypto.randomUUID()));
  return { params, metadata };
}

/** As answers tell them: not all. */
export function toldParams(params: KeyParams): KeyParams {
  return Object.fromEntries(Object.entries(params).filter(([name]) => !untold.includes(name)));
}

function refuse(fields: Fields, params: KeyParams, now: Date, budgets: ReadonlySet<string>): void {
  const broken = (text: string) => proxyError(500, 'internal_server_error', null, text);
  const window = fields.string('budget_duration');
  if (window !== null && !isWindow(window, now)) {
    const text = `Invalid budget_duration '${window}'. Use a format like '1h', '24h', '7d', or '30d'.`;
    throw proxyError(400, 'internal_server_error', null, `{'error': "${text}"}`);
  }
  const soft = params['soft_budget'];
  if (typeof soft === 'number' && soft < 0) {
    const text = `soft_budget must be a non-negative finite number. Received: ${soft.toFixed(1)}`;
    throw proxyError(400, 'internal_server_error', null, `{'error': '${text}'}`);
  }
  const unlicensed = licensed.find((name) => fields.has(name));
  if (unlicensed !== undefined) {
    const text = `This feature is only available for LiteLLM Enterprise users: ${unlicensed}. You must be a LiteLLM Enterprise user to use this feature.`;
    throw proxyError(403, 'internal_server_error', null, `{'error': '${text}'}`);
  }
  if (fields.has('model_max_budget') && Object.keys(fields.record('model_max_budget') ?? {}).length > 0) {
    throw broken('Invalid model_max_budget: You must have an enterprise license to set model_max_budget.');
  }
  const organization = fields.string('organization_id') ?? '';
  if (organization !== '') {
    throw broken(
      `Organization doesn't exist in db. Organization=${organization}. Create organization via \`/organization/new\` call.`,
    );
  }
  const project = fields.string('project_id') ?? '';
  if (project !== '') {
    const text = `{'error': 'Project not found, project_id=${project}'}`;
    throw proxyError(404, 'internal_server_error', null, text);
  }
  const permissions = params['permissions'];
  const fails = [
    typeof params['budget_id'] === 'string' && !budgets.has(params['budget_id']),
    typeof permissions === 'object' && permissions !== null && 'get_spend_routes' in permissions,
    Number(params['max_parallel_requests'] ?? 0) > 2 ** 31 - 1,
  ];
  if (fails.includes(true)) throw broken("{'error': 'Internal Server Error.'}");
}

function isWindow(window: string, now: Date): boolean {
  try {
    return durationInSeconds(window, now) > 0;
  } catch (error) {
    if (error instanceof DurationError) return false;
    throw error;
  }
}

function wholeNumber(fields: Fields, name: string): number | null {
  const value = fields.number(name);
  if (value === null || Number.isInteger(value)) return value;
  throw unprocessable(
    'int_from_float',
    ['body', name],
    'Input should be a valid integer, got a number with a fraction',
  );
}

function readLimitType(fields: Fields, name: string): string | null {
  const value = fields.string(name);
  if (value === null || limitTypes.includes(value)) return value;
  const text = "Input should be 'guaranteed_throughput', 'best_effort_throughput' or 'dynamic'";
  throw unprocessable('literal_error', ['body', name], text);
}

/** When a window begins anew is told with it. */
function readBudgetLimits(fields: Fields): readonly unknown[] | null {
  const windows = fields.list('budget_limits');
  if (windows === null) return null;
  return windows.map((window, index) => {
    if (typeof window !== 'object' || window === null) throw detail(422, 'Input should be a valid dictionary');
    const { budget_duration: duration, max_budget: budget } = window as Readonly<Record<string, unknown>>;
    for (const [name, value] of Object.entries({ budget_duration: duration, max_budget: budget })) {
      const loc = ['body', 'budget_limits', index, name];
      if (value === undefined) throw unprocessable('missing', loc, 'Field required');
    }
    return { budget_duration: duration, max_budget: budget, reset_at: '2030-01-01T00:00:00Z' };
  });
}
