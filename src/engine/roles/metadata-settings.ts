/** A name in a key's metadata that LiteLLM reads as a setting. */
export interface MetadataSetting {
  /** What it would be, as it follows "LiteLLM reads it as". */
  readonly kind: string;
  /** What to do in its place. */
  readonly instead: string;
}

const limit: MetadataSetting = {
  kind: 'a limit',
  instead: 'limit the keys by max_budget and models, or in LiteLLM itself',
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

/**
 * By name, compared exactly, as LiteLLM does. A role's metadata are labels: what changes the calls of a key must not
 * hide among them. Known from LiteLLM 1.106 and 1.110.
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

/** What LiteLLM would make of a name in a key's metadata; undefined for a label. */
export function metadataSetting(name: string): MetadataSetting | undefined {
  return settings.get(name);
}

function named(setting: MetadataSetting, names: readonly string[]): readonly (readonly [string, MetadataSetting])[] {
  return names.map((name) => [name, setting]);
}
