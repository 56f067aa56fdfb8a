import { freeMap, listOf, record } from '../../fields/json-values.ts';
import { id, labels, nameList } from '../../fields/texts.ts';
import { term } from './term.ts';

const indexes = 'a list such as [{"index_name":"docs","index_permissions":["read"]}]';
const accesses: readonly string[] = ['read', 'write'];

/** What a key may reach. */
export const reachTerms = {
  allowed_routes: term({
    type: nameList,
    stored: 'allowedRoutes',
    description: "Routes that a key may call, such as /chat/completions, with key_type=default. Empty: key_type's.",
    check: (routes, { keyType }) =>
      routes.length === 0 || keyType === 'default'
        ? undefined
        : `has no effect with key_type=${keyType}, which decides the routes by itself: write key_type=default, or leave the routes out`,
  }),
  aliases: term({
    type: labels,
    stored: 'aliases',
    description: 'Other names for models, which a key may use without their being in models: fast=gpt-4o-mini.',
    check: (aliases) =>
      Object.entries(aliases).flat().includes('')
        ? 'has an empty name in it: name the model, or leave it out'
        : undefined,
  }),
  permissions: term({
    type: freeMap('a map such as {"allow_pii_controls":true}'),
    stored: 'permissions',
    description:
      'LiteLLM\'s permissions of a key, in JSON: {"allow_pii_controls":true}. get_spend_routes needs a licence.',
    needsLicence: (permissions) => Object.hasOwn(permissions, 'get_spend_routes'),
  }),
  object_permission: term({
    type: freeMap('a map of lists such as {"mcp_servers":["a"],"vector_stores":["b"]}'),
    stored: 'objectPermission',
    description: 'MCP servers, vector stores, agents and the like that a key may use, in JSON: {"mcp_servers":["a"]}.',
    answeredIn: 'nowhere',
    shown: false,
  }),
  access_group_ids: term({
    type: nameList,
    stored: 'accessGroupIds',
    description: 'Access groups by their ids: what they grant comes on top of models, which must not be empty.',
    check: (groups, { models }) =>
      groups.length > 0 && models.length === 0
        ? 'limits nothing while models is empty, which allows every model: name the models that a key may call in addition to those of the groups'
        : undefined,
  }),
  allowed_cache_controls: term({
    type: nameList,
    stored: 'allowedCacheControls',
    description: "Words that a call may have in LiteLLM's cache control, such as no-cache. Empty allows all.",
  }),
  router_settings: term({
    type: freeMap('a map such as {"num_retries":1}'),
    stored: 'routerSettings',
    description: 'How LiteLLM routes the calls of a key, in JSON: {"num_retries":1}.',
    shown: false,
  }),
  allowed_vector_store_indexes: term({
    type: listOf(
      record({ index_name: id, index_permissions: nameList }, 'a map with index_name and index_permissions'),
      indexes,
    ),
    stored: 'allowedVectorStoreIndexes',
    description:
      'Vector store indexes that a key may use, in JSON: [{"index_name":"docs","index_permissions":["read"]}].',
    answeredIn: 'metadata',
    check: (list) =>
      list.every(
        (item) => item.index_name !== '' && item.index_permissions.every((access) => accesses.includes(access)),
      )
        ? undefined
        : `must have an index_name that is not empty and index_permissions of ${accesses.join(' and ')} in each item`,
  }),
} as const;
