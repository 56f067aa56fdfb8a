import { expect } from 'bun:test';
import type { LiteLLMSession, SeenAnswer } from '../litellm-session.ts';
import { keyNotFound, mocked, proxyError } from './expected.ts';
import type { LiteLLMCase } from './litellm-case.ts';

const containing = (text: string): unknown => expect.stringContaining(text);
const teamIsGone = proxyError(404, 'auth_error', 'None', containing("Team doesn't exist in db. Team=no-such-team."));

const keyOfMissingTeam = async (proxy: LiteLLMSession) => proxy.generate({ team_id: 'no-such-team' });

/** The same with a list by name, which a case can tell something of. */
const listed = ({ status, body }: SeenAnswer): SeenAnswer => ({ status, body: { list: body } });

/** What belongs to a team or a user. */
export const owners: readonly LiteLLMCase[] = [
  {
    name: 'a team that is there is told of',
    steps: async (proxy) => proxy.get(`/team/info?team_id=${await proxy.team({ models: ['gpt-4o'] })}`),
    status: 200,
    body: { team_id: expect.any(String), team_info: { models: ['gpt-4o'] } },
  },
  {
    name: 'a team that is not there',
    steps: async (proxy) => proxy.get('/team/info?team_id=no-such-team'),
    status: 404,
    body: proxyError(404, 'auth_error', 'None', containing('Team not found, passed team id: no-such-team')),
  },
  {
    name: 'a user who is there is told of, with what they may',
    steps: async (proxy) => proxy.get(`/user/info?user_id=${await proxy.user({ user_role: 'internal_user' })}`),
    status: 200,
    body: { user_info: { user_id: expect.any(String), user_role: 'internal_user' } },
  },
  {
    name: 'an administrator is told of as such',
    steps: async (proxy) => proxy.get(`/user/info?user_id=${await proxy.user({ user_role: 'proxy_admin' })}`),
    status: 200,
    body: { user_info: { user_role: 'proxy_admin' } },
  },
  {
    name: 'a user who is not there',
    steps: async (proxy) => proxy.get('/user/info?user_id=no-such-user'),
    status: 404,
    body: proxyError(404, 'internal_server_error', null, 'User no-such-user not found'),
  },
  {
    name: 'a key of a team that is not there is made',
    steps: async (proxy) => (await keyOfMissingTeam(proxy)).answer,
    status: 200,
    body: { team_id: 'no-such-team' },
  },
  {
    name: 'a key of a team that is not there does not chat',
    steps: async (proxy) => proxy.chat((await keyOfMissingTeam(proxy)).key),
    status: 404,
    body: teamIsGone,
  },
  {
    name: 'a key of a team that is not there cannot be renewed',
    steps: async (proxy) =>
      proxy.post('/key/update', { key: (await keyOfMissingTeam(proxy)).tokenId, duration: '60s' }),
    status: 404,
    body: teamIsGone,
  },
  {
    name: 'a key of a team that is not there can be blocked',
    steps: async (proxy) => proxy.post('/key/block', { key: (await keyOfMissingTeam(proxy)).tokenId }),
    status: 200,
    body: { blocked: true },
  },
  {
    name: 'a key of a team that is not there can be deleted',
    steps: async (proxy) => proxy.post('/key/delete', { keys: [(await keyOfMissingTeam(proxy)).tokenId] }),
    status: 200,
    body: { deleted_keys: [expect.any(String)] },
  },
  {
    name: 'a key of a user who is not there is made, and chats',
    steps: async (proxy) => proxy.chat((await proxy.generate({ user_id: 'no-such-user' })).key),
    status: 200,
    body: mocked('gpt-4o'),
  },
  {
    name: 'a key has the models of its team at most',
    steps: async (proxy) => {
      const team = await proxy.team({ models: ['gpt-4o'] });
      return proxy.chat(
        (await proxy.generate({ team_id: team, models: ['gpt-4o', 'gpt-4o-mini'] })).key,
        'gpt-4o-mini',
      );
    },
    status: 403,
    body: proxyError(403, 'team_model_access_denied', 'model', containing('is not available')),
  },
  {
    name: 'a key of a team chats with a model of both',
    steps: async (proxy) => {
      const team = await proxy.team({ models: ['gpt-4o'] });
      return proxy.chat((await proxy.generate({ team_id: team, models: ['gpt-4o'] })).key);
    },
    status: 200,
    body: mocked('gpt-4o'),
  },
  {
    name: 'a team that is deleted takes its keys along',
    steps: async (proxy) => {
      const team = await proxy.team();
      const { tokenId } = await proxy.generate({ team_id: team });
      await proxy.post('/team/delete', { team_ids: [team] });
      return proxy.post('/key/block', { key: tokenId });
    },
    status: 404,
    body: keyNotFound,
  },
  {
    name: 'a user who is deleted takes their keys along',
    steps: async (proxy) => {
      const user = await proxy.user();
      const { tokenId } = await proxy.generate({ user_id: user });
      await proxy.post('/user/delete', { user_ids: [user] });
      return proxy.post('/key/update', { key: tokenId, duration: '60s' });
    },
    status: 404,
    body: keyNotFound,
  },
  {
    name: 'a budget that is there is told of',
    steps: async (proxy) => listed(await proxy.post('/budget/info', { budgets: [await proxy.budget()] })),
    status: 200,
    body: { list: [{ budget_id: expect.any(String) }] },
  },
  {
    name: 'a budget that is not there is not told of',
    steps: async (proxy) => listed(await proxy.post('/budget/info', { budgets: ['no-such-budget'] })),
    status: 200,
    body: { list: [] },
  },
  {
    name: 'a key has a budget that is there',
    steps: async (proxy) => (await proxy.generate({ budget_id: await proxy.budget() })).answer,
    status: 200,
    body: { budget_id: expect.stringContaining('-budget-0') },
  },
  {
    name: 'an organization that is not there',
    steps: async (proxy) => (await proxy.generate({ organization_id: 'no-such-org' })).answer,
    status: 500,
    body: proxyError(500, 'internal_server_error', null, containing("Organization doesn't exist in db.")),
  },
  {
    name: 'a project that is not there',
    steps: async (proxy) => (await proxy.generate({ project_id: 'no-such-project' })).answer,
    status: 404,
    body: proxyError(404, 'internal_server_error', null, containing('Project not found')),
  },
];
