import { describe, expect, test } from 'bun:test';
import { startEngine } from '../../harness/engine.ts';

/** What LiteLLM reads in a key's metadata, by what it would be; and what a role's metadata may be called all the same. */
const settings: Readonly<Record<string, readonly string[]>> = {
  'a limit': [
    ...['model_rpm_limit', 'model_tpm_limit', 'model_itpm_limit', 'model_otpm_limit', 'mcp_rpm_limit', 'tag_rpm_limit'],
    ...['rpm_limit_type', 'tpm_limit_type', 'default_estimated_output_tokens', 'temp_budget_increase'],
    ...['default_estimated_output_tokens_per_model', 'temp_budget_expiry', 'throttle_on_budget_exceeded'],
    ...['end_user_budget_id', 'team_member_key_duration'],
  ],
  'a rule for the calls of a key': [
    ...['enforced_params', 'require_trace_id', 'allowed_passthrough_routes', 'denied_passthrough_routes', 'cache'],
    ...['allowed_vector_store_indexes', 'enforced_batch_output_expires_after', 'enforced_file_expires_after'],
    ...['enable_prompt_caching', 'disable_fallbacks'],
  ],
  'a setting of its Enterprise edition': [
    ...['guardrails', 'disable_global_guardrails', 'policies', 'tags', 'prompts', 'logging', 'spend_logs_metadata'],
    ...['litellm_disabled_callbacks', 'secret_manager_settings'],
  ],
  'the identity of a service account': ['service_account_id'],
};

for (const [kind, names] of Object.entries(settings)) {
  describe(`metadata that LiteLLM reads as ${kind}:`, () => {
    for (const name of names) {
      test(`${name} is refused, with the reason`, async () => {
        await using engine = await startEngine();
        const response = await engine.request('create', 'roles/a', { data: { metadata: { team: 'a', [name]: 'x' } } });
        const says = `metadata must not name "${name}": LiteLLM reads it as ${kind}`;
        expect(response?.data?.['error']).toStartWith(says);
        expect(engine.storage.keys).toEqual([]);
      });
    }
  });
}

test('a name that only looks like one is a label', async () => {
  await using engine = await startEngine();
  const names = Object.values(settings).flat();
  const metadata = Object.fromEntries(
    names.flatMap((name) => [
      [name.toUpperCase(), 'x'],
      [`${name} `, 'x'],
      [`my_${name}`, 'x'],
    ]),
  );
  expect(await engine.request('create', 'roles/a', { data: { metadata } })).toBeUndefined();
});

const instead: readonly (readonly [name: string, says: RegExp])[] = [
  ['model_rpm_limit', /: write the field model_rpm_limit of the role$/],
  ['tags', /: write the field tags of the role$/],
  ['enforced_params', /: write the field enforced_params of the role$/],
  ['mcp_rpm_limit', /: write it to extra_params: \{"mcp_rpm_limit": \.\.\.\}$/],
  ['temp_budget_increase', /: limit the keys by the role's fields, or in LiteLLM itself$/],
  ['logging', /: set it in LiteLLM itself, for a team or the proxy$/],
];
for (const [name, says] of instead) {
  test(`metadata that names ${name} is told what to write in its place`, async () => {
    await using engine = await startEngine();
    const response = await engine.request('create', 'roles/a', { data: { metadata: { [name]: 'x' } } });
    expect(response?.data?.['error']).toMatch(says);
  });
}
