import { expect } from 'bun:test';
import { proxyError } from './expected.ts';
import type { OtherAnswer } from './litellm-case.ts';

const containing = (text: string): unknown => expect.stringContaining(text);

/** What other versions do in the cases of rotation and of administrators. */
export const rotationInOtherVersions: readonly OtherAnswer[] = [
  // Administrators and their keys, whose row tells the type from 1.106.2 on.
  {
    before: '1.90.0',
    names: ['a user who is there is not made again'],
    status: 200,
    body: { user_id: expect.any(String), key: '' },
  },
  {
    before: '1.106.2',
    names: ['a user who is there is not made again'],
    status: 409,
    body: proxyError(409, 'internal_server_error', 'None', containing('already exists')),
  },
  {
    before: '1.80.0',
    names: ["an administrator's key for management is told of itself"],
    status: 200,
    body: { info: { user_id: containing('-user-'), allowed_routes: [], expires: null } },
  },
  {
    before: '1.106.2',
    names: ["an administrator's key for management is told of itself"],
    status: 200,
    body: { info: { user_id: containing('-user-'), allowed_routes: ['management_routes'], expires: null } },
  },
  {
    before: '1.106.2',
    names: ["an administrator's key makes its successor"],
    status: 200,
    body: { user_id: containing('-user-'), expires: null },
  },
  {
    before: '1.106.2',
    names: ["an administrator's key gives another alias to itself"],
    status: 200,
    body: { key_alias: containing('-former') },
  },
  {
    before: '1.80.0',
    names: ["an administrator's key for management is not told of budgets"],
    status: 200,
    body: {},
  },
  // What a key like another is given.
  {
    before: '1.80.0',
    names: ['a limit of a model that stands in the metadata holds'],
    status: 429,
    body: { error: { message: containing('rate limit type = model_per_key') } },
  },
  {
    before: '1.90.0',
    names: ['an object permission is told with its content'],
    status: 200,
    body: { info: { object_permission_id: expect.any(String), object_permission: null } },
  },
  {
    before: '1.90.0',
    names: ['the end of each window of budget_limits is set anew'],
    status: 200,
    body: { info: { spend: 0 } },
  },
  // Its new keys end on the hour.
  {
    from: '1.80.0',
    before: '1.90.0',
    names: ['a key that gets another alias keeps the rest'],
    status: 200,
    body: { key_alias: containing('-former'), models: ['gpt-4o'], max_budget: 3, metadata: { a: 'b' } },
  },
];
