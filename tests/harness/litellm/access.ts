import type { Owners } from './owners.ts';
import { detail, proxyError } from './refusal.ts';
import { abbreviate, routesOf, hashKey, type KeyTable, type StoredKey } from './stored-key.ts';

/** Who calls. */
export type Caller =
  | { readonly admin: true; readonly key?: StoredKey }
  | { readonly admin: false; readonly viewer: boolean; readonly key: StoredKey };

/** What a route is about, for the restrictions of a key's type. */
export type RouteKind = 'model' | 'key-management' | 'key-info' | 'key-list' | 'license' | 'budget';

/** What decides who may do what. */
export interface AccessOptions {
  readonly masterKey: string;
  readonly keys: KeyTable;
  /** Whose keys are administrators' keys, and whose may look at everything, by LiteLLM's word for what a user is. */
  readonly owners: Pick<Owners, 'users'>;
  readonly now: () => Date;
}

/** The key of a request, as LiteLLM takes it from the headers. */
export function bearerKey(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^Bearer (.*)$/s.exec(authorization)?.[1];
}

/** Finds out who calls, and refuses those who may not call this route at all. */
export function authenticate(
  options: AccessOptions,
  authorization: string | undefined,
  route: string,
  kind: RouteKind,
): Caller {
  const caller = identify(options, authorization);
  if (caller.key === undefined) return caller;
  const routes = routesOf(caller.key);
  if (routes.length > 0 && !routes.some((name) => name === route || covers(name, kind))) {
    const text = `Only allowed to call routes: ['${routes.join("', '")}']. Tried to call route: ${route}`;
    throw detail(403, `Virtual key is not allowed to call this route. ${text}`);
  }
  if (caller.admin) return caller;
  if (caller.viewer) {
    if (kind !== 'key-management' && kind !== 'budget') return caller;
    const text = `user not allowed to access this route, role= proxy_admin_viewer. Trying to access: ${route}`;
    throw proxyError(403, 'auth_error', 'None', text);
  }
  switch (kind) {
    case 'key-management':
    case 'budget':
      throw authError(
        'Only proxy admin can be used to generate, delete, update info for new keys/users/teams. ' +
          `Route=${route}. Your role=unknown. Your user_id=*******`,
      );
    case 'key-list': {
      const text = "You are not authorized to access this endpoint. No 'user_id' is associated with your API key.";
      throw proxyError(403, 'bad_request_error', 'user_id', text);
    }
    case 'model':
      requireBudget(caller.key);
      return caller;
    case 'key-info':
    case 'license':
      return caller;
  }
}

function identify({ masterKey, owners, keys, now }: AccessOptions, authorization: string | undefined): Caller {
  if (authorization === undefined) throw authError('No api key passed in.');
  const sent = bearerKey(authorization);
  if (sent === undefined) throw authError('Malformed API Key passed in. Ensure Key has `Bearer ` prefix.');
  if (sent === masterKey) return { admin: true };
  if (!sent.startsWith('sk-')) {
    const text = "LiteLLM Virtual Key expected. Received=****, expected to start with 'sk-'.";
    throw proxyError(401, 'auth_error', 'None', text);
  }
  const hash = hashKey(sent);
  const key = keys.find(hash);
  if (key === undefined) {
    const text =
      `Authentication Error, Invalid proxy server token passed. Received API Key = ${abbreviate(sent)}, ` +
      `Key Hash (Token) =${hash}. Unable to find token in cache or \`LiteLLM_VerificationTokenTable\``;
    throw proxyError(401, 'token_not_found_in_db', 'key', text);
  }
  if (key.blocked === true) throw authError("Key is blocked. Update via `/key/unblock` if you're an admin.");
  if (key.expires !== null && key.expires < now()) {
    const times = `Key Expiry time ${key.expires.toISOString()} and current time ${now().toISOString()}`;
    throw proxyError(401, 'expired_key', abbreviate(hash), `Authentication Error - Expired Key. ${times}`);
  }
  const role = key.userId === null ? undefined : owners.users.get(key.userId);
  return role === 'proxy_admin' ? { admin: true, key } : { admin: false, viewer: role === 'proxy_admin_viewer', key };
}

function authError(text: string) {
  return proxyError(401, 'auth_error', 'None', `Authentication Error, ${text}`);
}

function covers(routes: string, kind: RouteKind): boolean {
  switch (kind) {
    case 'model':
      return routes === 'llm_api_routes';
    case 'key-management':
      return routes === 'management_routes';
    case 'license':
    case 'budget':
      return false;
    case 'key-info':
    case 'key-list':
      return routes === 'management_routes' || routes === 'info_routes';
  }
}

function requireBudget(key: StoredKey): void {
  if (key.maxBudget === null || key.spend < key.maxBudget) return;
  const text = `Key=key (${key.keyName}) Current cost: ${pythonFloat(key.spend)}, Max budget: ${pythonFloat(key.maxBudget)}`;
  throw proxyError(422, 'budget_exceeded', null, `Budget has been exceeded! ${text}`);
}

/** A number as Python writes a float. */
export function pythonFloat(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}
