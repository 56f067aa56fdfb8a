import { expect } from 'bun:test';
import { adminOnly, mocked, proxyError, unknownKey, unprocessable } from './expected.ts';
import type { LiteLLMCase, OtherAnswer } from './litellm-case.ts';
import { rotationInOtherVersions } from './rotation-in-other-versions.ts';

const quoted = (words: readonly string[], name: (word: string) => string): readonly string[] =>
  words.map((word) => name(JSON.stringify(word)));
const strangeAliases = quoted(
  ['/../up', 'tab\there', 'line\nbreak', '\u0085', '/..', '\u007f'],
  (end) => `an alias with ${end}`,
);
const noUnit = quoted(['30', '1y', '1.5h', '1 h', '1H'], (text) => `the duration ${text} has no unit that it knows`);
const noNumber = quoted(['-1', '', 'never', '-5s'], (text) => `the duration ${text} has no number`);
const paths = ['/key/generate', '/key/update', '/key/block', '/key/delete'];
const containing = (text: string): unknown => expect.stringContaining(text);
const modelRefused = (status: number): OtherAnswer['body'] =>
  proxyError(status, 'key_model_access_denied', 'model', containing('not allowed to access model'));
const overBudget = (status: number): OtherAnswer['body'] =>
  proxyError(status, 'budget_exceeded', null, containing('Budget has been exceeded!'));
const refusedModels = [
  'models ["gpt-4o-mini"] refuse gpt-4o',
  'models ["gpt-*"] refuse claude-sonnet-4-5',
  'models ["g*o"] refuse gpt-4o-mini',
  'models ["gpt-4"] refuse gpt-4o',
  'models ["no-default-models"] refuse gpt-4o',
];
const spent = [
  'a budget of 0 refuses every call',
  'calls over the budget are refused',
  'spend that it is set to counts at once',
];

const others: readonly OtherAnswer[] = [
  { before: '1.90.0', names: ['readiness needs no key'], status: 200, body: { status: 'connected', db: 'connected' } },
  {
    before: '1.80.0',
    names: ['a key is made with what was asked for'],
    status: 200,
    body: { models: ['gpt-4o'], allowed_routes: [] },
  },
  {
    before: '1.106.2',
    names: ['a key is made with what was asked for'],
    status: 200,
    body: { models: ['gpt-4o'], max_budget: 1.5, metadata: { owner: 'a' }, allowed_routes: ['llm_api_routes'] },
  },
  {
    before: '1.106.2',
    names: ['without a duration a key never expires'],
    status: 200,
    body: { expires: null, max_budget: null },
  },
  {
    before: '1.106.2',
    names: ['info by hash'],
    status: 200,
    body: { info: { max_budget: 2, spend: 0, blocked: null } },
  },
  { before: '1.106.2', names: ['info of a blocked key'], status: 200, body: { info: { blocked: true } } },
  {
    before: '1.106.2',
    names: ['info of a deleted key'],
    status: 404,
    body: proxyError(404, 'not_found_error', 'key', 'Key not found in database'),
  },
  // From here on: keys that are not there. The 401 is not about the caller.
  {
    before: '1.90.0',
    names: ['update of a missing key', 'update of a deleted key', 'update with a negative budget'],
    status: 401,
    body: proxyError(401, 'auth_error', 'None', containing('user key does not exist in db. User Key=')),
  },
  {
    before: '1.90.0',
    names: ['block of a missing key', 'unblock of a missing key', 'block of a deleted key'],
    status: 401,
    body: unknownKey,
  },
  { before: '1.80.0', names: ['block by alias'], status: 401, body: unknownKey },
  {
    before: '1.106.2',
    names: [
      'delete of a missing key',
      'delete twice',
      'an alias among the keys to delete is not found',
      "an administrator's key deletes itself",
    ],
    status: 404,
    body: proxyError(404, 'internal_server_error', 'None', "{'error': 'No keys found'}"),
  },
  // Changing a key.
  {
    before: '1.90.0',
    names: ['update with the duration null takes expires away'],
    status: 200,
    body: { expires: expect.any(String) },
  },
  {
    before: '1.90.0',
    names: ['update with the duration "-1" takes expires away'],
    status: 400,
    body: proxyError(400, 'auth_error', 'None', containing('Invalid duration format')),
  },
  {
    before: '1.106.2',
    names: ['update finds a key by key_alias', 'update of no key at all'],
    status: 422,
    body: unprocessable('missing', 'body', 'key'),
  },
  // Who may do what.
  { before: '1.90.0', names: paths.map((path) => `a key for models on ${path}`), status: 401, body: adminOnly },
  {
    before: '1.80.0',
    names: ['a key for models may not list the keys of somebody else'],
    status: 403,
    body: proxyError(403, 'bad_request_error', 'user_id', containing('You are not authorized')),
  },
  // 1.80.0 breaks down over a key of another type instead of refusing it.
  {
    from: '1.80.0',
    before: '1.90.0',
    names: [
      'a key for models may not list the keys of somebody else',
      'a key for models on its own info',
      'a key for management does not chat',
      "an administrator's key for management does not chat",
      "an administrator's key for management is not told of budgets",
    ],
    status: 500,
    body: { text: 'Internal Server Error' },
  },
  // Its expiry of new keys is in limits below.
  {
    from: '1.80.0',
    before: '1.90.0',
    names: ['the same key again keeps its old limits'],
    status: 200,
    body: { info: { models: ['gpt-4o'], key_alias: expect.not.stringContaining('again') } },
  },
  // 1.74.0 knows no key_type: such a key may whatever an ordinary one may.
  { before: '1.80.0', names: ['a key for models on its own info'], status: 200, body: { info: { blocked: null } } },
  {
    before: '1.80.0',
    names: ['a key for management does not chat', "an administrator's key for management does not chat"],
    status: 200,
    body: mocked('gpt-4o'),
  },
  { before: '1.80.0', names: ['key_type as "bogus"'], status: 200, body: { expires: null } },
  {
    from: '1.108.8',
    names: [
      'a deleted key is refused',
      'a successor deletes its predecessor, which is unknown from then on',
      'an administrator who is deleted takes their keys along',
      'a wrong key may not list the keys of somebody else',
      ...paths.map((path) => `a wrong key on ${path}`),
    ],
    status: 401,
    body: proxyError(401, 'token_not_found_in_db', 'key', 'Authentication Error, Invalid API key provided.'),
  },
  // Limits.
  { before: '1.90.0', names: refusedModels, status: 401, body: modelRefused(401) },
  { before: '1.106.2', names: refusedModels, status: 403, body: modelRefused(403) },
  { before: '1.90.0', names: spent, status: 400, body: overBudget(400) },
  { before: '1.106.2', names: spent, status: 429, body: overBudget(429) },
  {
    before: '1.106.2',
    names: ['a model that the proxy lacks cannot be called'],
    status: 400,
    body: { error: { type: 'None', param: 'None', code: '400' } },
  },
  {
    before: '1.90.0',
    names: ['an expired key is refused', "an administrator's key that has expired is refused"],
    status: 400,
    body: proxyError(400, 'expired_key', expect.any(String), containing('Expired Key')),
  },
  {
    before: '1.106.2',
    names: ['an expired key is still known'],
    status: 200,
    body: { info: { expires: expect.any(String) } },
  },
  // 1.80.0 ends a new key on the hour, or at midnight, or at the day's end, whichever its duration suggests; an update is exact.
  {
    from: '1.80.0',
    before: '1.90.0',
    names: [
      ...['5m is 300', '1h is 3600', '7d is 604800', '2w is 1209600', '1min is 60', '60sec is 60', '1hr is 3600'],
      '99999999999s is 99999999999',
    ].map((text) => `the duration ${text} s`),
    status: 200,
    body: { expires: expect.any(String) },
  },
  {
    from: '1.80.0',
    before: '1.90.0',
    names: [...noUnit, ...noNumber],
    status: 200,
    body: { expires: expect.any(String) },
  },
  {
    before: '1.106.2',
    names: noUnit,
    status: 500,
    body: proxyError(500, 'internal_server_error', 'None', containing('Unsupported duration unit')),
  },
  {
    before: '1.106.2',
    names: noNumber,
    status: 500,
    body: proxyError(500, 'internal_server_error', 'None', containing('Invalid duration format')),
  },
  // What is turned down.
  { before: '1.80.0', names: ['a chosen key without sk-'], status: 200, body: { models: [] } },
  {
    before: '1.106.2',
    names: ['a chosen key without sk-'],
    status: 400,
    body: { error: { type: 'internal_server_error' } },
  },
  { before: '1.106.2', names: ['a chosen key that is too short'], status: 200, body: { models: [] } },
  { before: '1.90.0', names: ['a negative budget'], status: 200, body: { max_budget: -1 } },
  {
    before: '1.106.2',
    names: ['a negative budget'],
    status: 400,
    body: { error: { type: 'internal_server_error', param: 'None' } },
  },
  { before: '1.106.2', names: strangeAliases, status: 200, body: { key_alias: expect.any(String) } },
  {
    from: '1.108.8',
    names: strangeAliases,
    status: 400,
    body: proxyError(400, 'bad_request_error', 'key_alias', containing('Invalid key_alias: must not contain')),
  },
  {
    before: '1.106.2',
    names: ['regenerate without a licence', 'another value without a licence'],
    status: 500,
    body: { error: { type: 'internal_server_error', param: 'None' } },
  },
  ...rotationInOtherVersions,
  // Of itself.
  {
    before: '1.90.0',
    names: ['the edition', "an administrator's key for management is not told of the licence"],
    status: 404,
    body: { detail: 'Not Found' },
  },
  { before: '1.80.0', names: ['the version, to anybody'], status: 404, body: { detail: 'Not Found' } },
  // Lists.
  { before: '1.90.0', names: ['list goes page by page'], status: 200, body: { keys: [], total_count: 0 } },
  {
    before: '1.90.0',
    names: ['list by the time of creation, the oldest first'],
    status: 200,
    body: { inOrder: false },
  },
  {
    before: '1.90.0',
    names: ['list by a part of an alias, in any case of letters'],
    status: 200,
    body: { total_count: 0 },
  },
  {
    before: '1.106.2',
    names: ['list of those that have not expired'],
    status: 200,
    body: { total_count: 1 },
  },
  { before: '1.90.0', names: ['list with the status deleted does'], status: 200, body: { total_count: 0 } },
];

/** The cases that a version was asked, as it has them; of one that was not tried, as the nearest one before it that was. The first entry that fits counts. */
export function casesOf(cases: readonly LiteLLMCase[], version: string): readonly LiteLLMCase[] {
  const asked = cases.filter(({ from }) => from === undefined || Bun.semver.order(version, from) >= 0);
  return asked.map((one) => {
    const other = others.find(
      ({ names, from, before }) =>
        names.includes(one.name) &&
        (from === undefined || Bun.semver.order(version, from) >= 0) &&
        (before === undefined || Bun.semver.order(version, before) < 0),
    );
    if (other === undefined) return one;
    return { name: `${one.name}: otherwise in ${version}`, steps: one.steps, status: other.status, body: other.body };
  });
}

/** The names of what is here and is no case. */
export const unknownNames = (cases: readonly LiteLLMCase[]): readonly string[] => {
  const known = new Set(cases.map(({ name }) => name));
  return others.flatMap(({ names }) => names).filter((name) => !known.has(name));
};
