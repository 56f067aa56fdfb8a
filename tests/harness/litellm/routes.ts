import { standInVersion } from '../litellm-version.ts';
import { authenticate, type AccessOptions, type RouteKind } from './access.ts';
import { readFields } from './fields.ts';
import type { KeyRoutes } from './key-routes.ts';
import { chat, listModels, readChatBody } from './model-routes.ts';
import type { Owners } from './owners.ts';
import type { Rates } from './rates.ts';
import { regenerate } from './regenerate.ts';
import { detail, Refusal, type JSONAnswer } from './refusal.ts';

/** A request, as far as LiteLLM looks at it. */
export interface ParsedRequest {
  readonly method: string;
  /** Without the prefix and the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** What the routes stand on. */
export interface RouteContext extends AccessOptions {
  readonly models: readonly string[];
  readonly keyRoutes: KeyRoutes;
  readonly owners: Owners;
  readonly rates: Rates;
  /** What /health/license calls the edition. */
  readonly licenseType: string;
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly handle: (context: RouteContext, request: ParsedRequest) => JSONAnswer;
}

const chatRoute: Route = {
  method: 'POST',
  handle(context, { path, authorization, body }) {
    const fields = readChatBody(body);
    const caller = authenticate(context, authorization, path, 'model');
    return chat(context, caller, path, fields);
  },
};

const modelsRoute: Route = {
  method: 'GET',
  handle: (context, { path, authorization }) =>
    listModels(context.models, authenticate(context, authorization, path, 'model')),
};

/** A route for administrators, whose key is looked at before the body is. */
function keyRoute(handle: (routes: KeyRoutes, fields: ReturnType<typeof readFields>) => JSONAnswer): Route {
  return adminRoute((context, fields) => handle(context.keyRoutes, fields));
}

function adminRoute(
  handle: (context: RouteContext, fields: ReturnType<typeof readFields>) => JSONAnswer,
  kind: RouteKind = 'key-management',
): Route {
  return {
    method: 'POST',
    handle(context, { path, authorization, body }) {
      authenticate(context, authorization, path, kind);
      return handle(context, readFields(body));
    },
  };
}

const routes = new Map<string, Route>([
  ['/key/generate', keyRoute((keys, fields) => keys.generate(fields))],
  ['/key/update', keyRoute((keys, fields) => keys.update(fields))],
  ['/key/block', keyRoute((keys, fields) => keys.setBlocked(fields, true))],
  ['/key/unblock', keyRoute((keys, fields) => keys.setBlocked(fields, false))],
  ['/key/regenerate', adminRoute((context, fields) => regenerate(context, fields, fields.string('key')))],
  ['/key/delete', keyRoute((keys, fields) => keys.delete(fields))],
  ['/key/info', readRoute('key-info', (context, query, caller) => context.keyRoutes.info(query, caller))],
  ['/key/list', readRoute('key-list', (context, query) => context.keyRoutes.list(query))],
  ['/team/new', adminRoute(({ owners }, fields) => owners.newTeam(fields))],
  ['/team/delete', adminRoute(({ owners }, fields) => owners.deleteTeam(fields))],
  ['/team/info', readRoute('key-list', ({ owners }, query) => owners.teamInfo(query))],
  ['/budget/new', adminRoute(({ owners }, fields) => owners.newBudget(fields), 'budget')],
  ['/budget/info', adminRoute(({ owners }, fields) => owners.budgetInfo(fields), 'budget')],
  ['/budget/delete', adminRoute(({ owners }, fields) => owners.deleteBudget(fields), 'budget')],
  ['/user/new', adminRoute(({ owners }, fields) => owners.newUser(fields))],
  ['/user/delete', adminRoute(({ owners }, fields) => owners.deleteUser(fields))],
  ['/user/info', readRoute('key-list', ({ owners }, query) => owners.userInfo(query))],
  ['/health/license', readRoute('license', ({ licenseType }) => licence(licenseType))],
  [
    '/public/model_hub/info',
    {
      method: 'GET',
      handle: () => ({ status: 200, body: { docs_title: 'LiteLLM API', litellm_version: standInVersion } }),
    },
  ],
  ['/models', modelsRoute],
  ['/v1/models', modelsRoute],
  ['/chat/completions', chatRoute],
  ['/v1/chat/completions', chatRoute],
  [
    '/health/readiness',
    { method: 'GET', handle: () => ({ status: 200, body: { status: 'healthy', db: 'connected' } }) },
  ],
]);

function readRoute(
  kind: RouteKind,
  handle: (context: RouteContext, query: URLSearchParams, caller: ReturnType<typeof authenticate>) => JSONAnswer,
): Route {
  return {
    method: 'GET',
    handle: (context, { path, query, authorization }) =>
      handle(context, query, authenticate(context, authorization, path, kind)),
  };
}

function licence(type: string): JSONAnswer {
  const limits = { max_users: null, max_teams: null };
  const body = {
    has_license: type !== 'community',
    license_type: type,
    expiration_date: null,
    allowed_features: [],
    limits,
  };
  return { status: 200, body };
}

/** The answer to a request, an error's included. */
export function perform(context: RouteContext, request: ParsedRequest): JSONAnswer {
  try {
    const [, regenerated] = /^\/key\/([^/]+)\/regenerate$/.exec(request.path) ?? [];
    if (regenerated !== undefined) {
      authenticate(context, request.authorization, request.path, 'key-management');
      return regenerate(context, readFields(request.body), regenerated);
    }
    const route = routes.get(request.path);
    if (route === undefined) throw detail(404, 'Not Found');
    if (route.method !== request.method) throw detail(405, 'Method Not Allowed');
    return route.handle(context, request);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}
