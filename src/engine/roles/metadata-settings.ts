import { termRows } from './key-terms.ts';

/** A name in a key's metadata that LiteLLM reads as a setting. */
export interface MetadataSetting {
  /** What it would be, in words that follow "LiteLLM reads it as". */
  readonly kind: string;
  /** What to do instead. */
  readonly instead: string;
}

const limit: MetadataSetting = {
  kind: 'a limit',
  instead: "limit the keys by the role's fields, or in LiteLLM itself",
};
const requirement: MetadataSetting = {
  kind: 'a rule for the calls of a key, and may refuse them all',
  instead: 'set it in LiteLLM itself, for a team or the proxy',
};
const enterprise: MetadataSetting = {
  kind: 'a setting of its Enterprise edition, and may refuse every call of a key that has it',
  instead: 'set it in LiteLLM itself, for a team or the proxy',
};
const identity: MetadataSetting = {
  kind: 'the identity of a service account, and refuses calls without a team',
  instead: 'give the label another name',
};

/** What /key/generate takes under the same name, and no field of a role does. */
const freeSettings: ReadonlySet<string> = new Set([
  ...['mcp_rpm_limit', 'tag_rpm_limit', 'default_estimated_output_tokens', 'throttle_on_budget_exceeded'],
  ...['default_estimated_output_tokens_per_model', 'end_user_budget_id', 'enable_prompt_caching'],
]);

/**
 * By name, compared exactly, as LiteLLM does. A role's metadata are labels: no setting that changes a key's calls may
 * hide among them. As of LiteLLM 1.106 and 1.110.
 */
const settings: ReadonlyMap<string, MetadataSetting> = new Map([
  ...named(limit, [
    'model_rpm_limit',
    'model_tpm_limit',
    'model_itpm_limit',
    'model_otpm_limit',
    'mcp_rpm_limit',
    'tag_rpm_limit',
    'rpm_limit_type',
    'tpm_limit_type',
    'default_estimated_output_tokens',
    'default_estimated_output_tokens_per_model',
    'temp_budget_increase',
    'temp_budget_expiry',
    'throttle_on_budget_exceeded',
    'end_user_budget_id',
    'team_member_key_duration',
  ]),
  ...named(requirement, [
    'enforced_params',
    'require_trace_id',
    'allowed_passthrough_routes',
    'denied_passthrough_routes',
    'allowed_vector_store_indexes',
    'enforced_batch_output_expires_after',
    'enforced_file_expires_after',
    'enable_prompt_caching',
    'cache',
    'disable_fallbacks',
  ]),
  ...named(enterprise, [
    'guardrails',
    'disable_global_guardrails',
    'policies',
    'tags',
    'prompts',
    'logging',
    'litellm_disabled_callbacks',
    'secret_manager_settings',
    'spend_logs_metadata',
  ]),
  ...named(identity, ['service_account_id']),
]);

/** What LiteLLM would read a name in a key's metadata as; undefined for a label. */
export function metadataSetting(name: string): MetadataSetting | undefined {
  const setting = settings.get(name);
  if (setting === undefined) return undefined;
  if (termRows.some(([field]) => field === name)) return { ...setting, instead: `write the field ${name} of the role` };
  return freeSettings.has(name) ? { ...setting, instead: `write it to extra_params: {"${name}": ...}` } : setting;
}

function named(setting: MetadataSetting, names: readonly string[]): readonly (readonly [string, MetadataSetting])[] {
  return names.map((name) => [name, setting]);
}
