import * as v from 'valibot';

/** A moment as LiteLLM writes it: ISO 8601, with up to six fractional digits; without a zone it is UTC. */
const moment = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/, 'not a date and time'),
  v.transform((text) => new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`)),
  v.date('not a date and time'),
);

/** A value of a row, or undefined if it has another form. */
function ifReadable<T>(schema: v.GenericSchema<unknown, T>) {
  return v.fallback(v.nullish(schema), undefined);
}

const models = v.nullish(v.pipe(v.array(v.string()), v.readonly()), []);

/** Answer to /key/generate. Source: `GenerateKeyResponse` in litellm/proxy/_types.py. */
export const generateAnswer = v.looseObject({
  key: v.string(),
  token_id: v.nullish(v.string()),
  token: v.nullish(v.string()),
  key_alias: v.string(),
  models,
  max_budget: v.nullish(v.number()),
  expires: moment,
});

/** The same if no duration was sent; a proxy with a bound of its own still sets an end. */
export const lastingAnswer = v.looseObject({ ...generateAnswer.entries, expires: v.nullish(moment) });

/** Answer to /key/update when a duration was sent: `expires` is then never null. */
export const updateAnswer = v.looseObject({ token: v.string(), expires: moment });

/** Answer to /key/update of something else. */
export const changeAnswer = v.looseObject({
  token: v.string(),
  expires: v.nullish(moment),
  key_alias: v.nullish(v.string()),
});

/** Answer to /key/regenerate. Source: `regenerate_key_fn` in litellm/proxy/management_endpoints/key_management_endpoints.py. */
export const regenerateAnswer = v.looseObject({
  key: v.string(),
  token_id: v.nullish(v.string()),
  expires: v.nullish(moment),
});

/** Answer to /user/new. */
export const newUserAnswer = v.looseObject({ user_id: v.string(), user_role: v.nullish(v.string()) });

/** Answer to /key/block. */
export const blockAnswer = v.looseObject({ token: v.string(), blocked: v.literal(true) });

/** Answer to /key/delete. It lists what was requested, found or not: see `Client.deleteKey`. */
export const deleteAnswer = v.looseObject({ deleted_keys: v.array(v.string()) });

/** Answer to /key/info, also for a deleted key. */
export const infoAnswer = v.looseObject({
  info: v.looseObject({
    status: v.optional(v.string(), ''),
    key_alias: v.nullish(v.string()),
    user_id: v.nullish(v.string()),
    expires: v.nullish(moment),
    blocked: v.nullish(v.boolean()),
    models,
    max_budget: v.nullish(v.number()),
    metadata: v.nullish(v.record(v.string(), v.unknown())),
    spend: v.nullish(v.number()),
  }),
});

/** The same, to make another key like it: with all other names too. */
export const detailsAnswer = v.looseObject({
  info: v.looseObject({
    ...infoAnswer.entries.info.entries,
    team_id: v.nullish(v.string()),
    budget_reset_at: ifReadable(moment),
    created_at: ifReadable(moment),
  }),
});

/** Answer to /key/list without `return_full_object`. */
export const listAnswer = v.looseObject({
  keys: v.array(v.string()),
  total_count: v.number(),
  current_page: v.number(),
  total_pages: v.number(),
});

/**
 * A key in the answer to /key/list with `return_full_object`. Most are other people's, of any age: none may spoil the
 * page. Source: `UserAPIKeyAuth` in litellm/proxy/_types.py.
 */
const listedKey = v.looseObject({
  token: v.string(),
  key_alias: ifReadable(v.string()),
  metadata: ifReadable(v.record(v.string(), v.unknown())),
  expires: ifReadable(moment),
  created_at: ifReadable(moment),
  updated_at: ifReadable(moment),
  last_active: ifReadable(moment),
  spend: ifReadable(v.number()),
  blocked: ifReadable(v.boolean()),
  models: ifReadable(v.array(v.string())),
  user_id: ifReadable(v.string()),
  team_id: ifReadable(v.string()),
});

/** Answer to /key/list with `return_full_object`; a row without a hash is not a key and becomes null. */
export const listObjectsAnswer = v.looseObject({
  keys: v.array(v.fallback(v.nullable(listedKey), null)),
  total_count: v.number(),
  current_page: v.number(),
  total_pages: v.number(),
});

/**
 * LiteLLM's own error. `message` may be the text of a Python dict, `param` the word None. Source: `ProxyException` in
 * litellm/proxy/_types.py.
 */
export const proxyError = v.looseObject({
  error: v.looseObject({
    message: v.string(),
    type: v.nullish(v.string()),
    param: v.nullish(v.string()),
    code: v.nullish(v.union([v.string(), v.number()])),
  }),
});

/** FastAPI's error: a text, an object, or a list of what is wrong with the body. */
export const fastAPIError = v.looseObject({
  detail: v.union([
    v.string(),
    v.array(v.looseObject({ loc: v.array(v.union([v.string(), v.number()])), msg: v.string() })),
    v.record(v.string(), v.unknown()),
  ]),
});

/** The first thing that is wrong with an answer: the path of the field, without its value. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue) ?? 'the whole';
  const absent = issue.received === 'undefined' || issue.received === 'null';
  return absent ? `${field} is ${issue.received === 'null' ? 'null' : 'missing'}` : `${field} has the wrong form`;
}
