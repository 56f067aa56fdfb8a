import type { keyTerms } from '../../../src/engine/roles/key-terms.ts';

/** What is said of one field: values that a write takes, and some that it does not. */
export interface TermSample {
  /** What is written, and what a read then tells where that is something else. */
  readonly good: readonly { readonly write: unknown; readonly reads?: unknown }[];
  readonly bad: readonly unknown[];
  /** What the rest of the role must be. */
  readonly beside?: Readonly<Record<string, unknown>>;
  /** What LiteLLM gets for the first good value; nothing where this is null; what a read tells where it is left out. */
  readonly sent?: unknown;
}

const secret = 'sk-test-not-a-real-key-0123456789';
const notANumber = [secret, '', 'NaN', '1e3', true, null, {}, [1], 1.5, -1, '-1', 1e21, '9'.repeat(30)];
const limits = {
  good: [{ write: 100 }, { write: '100', reads: 100 }, { write: 0 }, { write: '0', reads: 0 }],
  bad: notANumber,
};
const notAName = [1, true, null, {}, ['a'], `${secret}\n`, ' a', 'a\tb', 'x'.repeat(1025), '\ud800'];
const ids = { good: [{ write: 'id-1' }, { write: '' }, { write: '\u00fc' }], bad: notAName };
const notNames = [
  1,
  true,
  null,
  {},
  ['a', ''],
  ['a', 1],
  [null],
  `["${secret}"]`,
  `{"${secret}":1}`,
  'a\0b',
  ['\ud800'],
];
const names = {
  good: [{ write: 'a,b', reads: ['a', 'b'] }, { write: ['a', 'b'] }, { write: [] }, { write: '', reads: [] }],
  bad: notNames,
};
const notAMap = [
  secret,
  '',
  1,
  true,
  null,
  [],
  `{"${secret}":`,
  '{"a":1e999}',
  '{"a":1e-400}',
  '{"a":"\\u0000"}',
  { a: 2 ** 60 },
  deep(40),
];
const limitsByModel = {
  good: [
    { write: 'gpt-4o=10', reads: { 'gpt-4o': 10 } },
    { write: 'gpt-4o=10,a=b=20', reads: { 'gpt-4o': 10, 'a=b': 20 } },
    { write: ['gpt-4o=10', 'gpt-4o-mini=20'], reads: { 'gpt-4o': 10, 'gpt-4o-mini': 20 } },
    { write: '{"gpt-4o":"10"}', reads: { 'gpt-4o': 10 } },
    { write: { 'gpt-4o': 10 } },
    { write: {} },
  ],
  bad: [
    ...[secret, '', 1, true, null, [1], 'gpt-4o', 'gpt-4o=', '=5', 'gpt-4o=-1', 'gpt-4o=x', 'a=1,a=2', ['a=1', 'a=2']],
    ...[
      { 'gpt-4o': -1 },
      { 'gpt-4o': 1.5 },
      { 'gpt-4o': null },
      { '': 1 },
      `{"${secret}":-1}`,
      '{"a":',
      { [secret]: 'x' },
      // As 0 it would be no limit.
      '{"gpt-4o":1e-400}',
      [],
    ],
  ],
};
const limitTypes = {
  good: [{ write: 'dynamic' }, { write: 'guaranteed_throughput' }, { write: '' }],
  bad: ['Dynamic', secret, 1, true, null, {}, []],
};

function deep(levels: number): unknown {
  return levels === 0 ? 1 : { a: deep(levels - 1) };
}

/** A sample for every row of the table but those that were fields before it. */
export const termSamples: { readonly [K in Exclude<keyof typeof keyTerms, OldField>]: TermSample } = {
  budget_duration: {
    good: [{ write: '30d' }, { write: '1mo' }, { write: '30s' }, { write: '2w' }, { write: '' }],
    bad: ['1x', '30', 30, '0d', '1.5h', '1h30m', '-1d', '30d ', '99999999mo', 'monthly', secret, true, null, {}, []],
    beside: { max_budget: 5 },
  },
  budget_limits: {
    good: [
      { write: '[{"budget_duration":"1d","max_budget":1}]', reads: [{ budget_duration: '1d', max_budget: 1 }] },
      { write: [{ budget_duration: '1mo', max_budget: '1.5' }], reads: [{ budget_duration: '1mo', max_budget: 1.5 }] },
      { write: [] },
    ],
    bad: [
      ...[secret, '', 1, true, null, {}, '[{"budget_duration":"1d"', [1], [{}], [{ budget_duration: '1d' }]],
      ...[[{ budget_duration: '1x', max_budget: 1 }], [{ budget_duration: '1d', max_budget: -1 }]],
      ...[[{ budget_duration: '1d', max_budget: 0 }], [{ budget_duration: '1d', max_budget: 1, [secret]: 1 }]],
      [{ budget_duration: '', max_budget: 1 }],
    ],
  },
  soft_budget: {
    good: [{ write: 1.5 }, { write: '2', reads: 2 }, { write: 0 }],
    bad: [secret, '', -1, '-1', 'Inf', true, null, {}, []],
  },
  budget_id: ids,
  budget_fallbacks: {
    good: [
      { write: { 'gpt-4o': ['gpt-4o-mini'] } },
      { write: '{"gpt-4o":["gpt-4o-mini"]}', reads: { 'gpt-4o': ['gpt-4o-mini'] } },
      { write: {} },
    ],
    bad: [...notAMap, { 'gpt-4o': 1 }, { 'gpt-4o': [1] }],
  },
  tpm_limit: limits,
  rpm_limit: limits,
  tpd_limit: limits,
  max_parallel_requests: { ...limits, bad: [...notANumber, 2 ** 31] },
  model_tpm_limit: limitsByModel,
  model_rpm_limit: limitsByModel,
  tpm_limit_type: limitTypes,
  rpm_limit_type: limitTypes,
  team_id: ids,
  user_id: ids,
  agent_id: ids,
  organization_id: { ...ids, sent: null },
  project_id: { ...ids, sent: null },
  allowed_routes: { ...names, beside: { key_type: 'default' } },
  aliases: {
    good: [{ write: 'fast=gpt-4o', reads: { fast: 'gpt-4o' } }, { write: { fast: 'gpt-4o' } }, { write: {} }],
    bad: [secret, '', 1, true, null, { a: 1 }, { a: '' }, '{"a":', ['a'], { a: 'x\0' }],
  },
  permissions: {
    good: [{ write: { allow_pii_controls: true } }, { write: '{"a":[]}', reads: { a: [] } }, { write: {} }],
    bad: notAMap,
  },
  object_permission: { good: [{ write: { mcp_servers: ['a'] } }, { write: {} }], bad: notAMap },
  access_group_ids: { ...names, beside: { models: 'gpt-4o' } },
  allowed_cache_controls: names,
  router_settings: {
    good: [{ write: { num_retries: 1 } }, { write: '{"timeout":1.5}', reads: { timeout: 1.5 } }, { write: {} }],
    bad: notAMap,
  },
  allowed_vector_store_indexes: {
    good: [{ write: [{ index_name: 'i', index_permissions: ['read'] }] }, { write: [] }],
    bad: [
      ...[secret, '', 1, true, null, {}, '[', [1], [{ index_name: 'i' }], [{ index_name: '', index_permissions: [] }]],
      ...[[{ index_name: 'i', index_permissions: [secret] }], [{ index_name: 1, index_permissions: [] }]],
    ],
  },
  model_max_budget: {
    good: [{ write: { 'gpt-4o': { budget_limit: 1, time_period: '1d' } } }, { write: {} }],
    bad: [...notAMap, { a: { budget_limit: -1 } }],
    sent: null,
  },
  tags: { ...names, sent: null },
  guardrails: { ...names, sent: null },
  policies: { ...names, sent: null },
  prompts: { ...names, sent: null },
  enforced_params: names,
  allowed_passthrough_routes: { ...names, sent: null },
  denied_passthrough_routes: { ...names, sent: null },
  disable_global_guardrails: {
    good: [{ write: true }, { write: 'false', reads: false }],
    bad: [secret, '', 2, null, {}, []],
    sent: null,
  },
  extra_params: {
    good: [
      { write: { mcp_rpm_limit: { github: 10 } } },
      { write: '{"some_new_thing":1}', reads: { some_new_thing: 1 } },
      { write: {} },
    ],
    bad: [
      ...notAMap,
      ...[
        'key',
        'duration',
        'blocked',
        'auto_rotate',
        'rotation_interval',
        'spend',
        'key_alias',
        'send_invite_email',
      ].map((name) => ({ [name]: 'x' })),
      ...['models', 'metadata', 'tpm_limit', 'ttl', 'key_type', 'extra_params', 'Tpm-Limit', secret].map((name) => ({
        [name]: 1,
      })),
      { mcp_rpm_limit: { github: -1 } },
      { some_new_thing: -1 },
    ],
    sent: null,
  },
};

type OldField = 'models' | 'max_budget' | 'key_alias_prefix' | 'metadata' | 'key_type';
