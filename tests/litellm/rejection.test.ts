import { describe, expect, test } from 'bun:test';
import {
  DatabaseUnavailableError,
  KeyNotFoundError,
  MasterKeyRefusedError,
  NotAdminError,
  OwnerNotFoundError,
  RateLimitedError,
  RequestRejectedError,
  UnexpectedAnswerError,
  type LiteLLMError,
} from '../../src/litellm/error.ts';
import { rejection } from '../../src/litellm/rejection.ts';

const proxyError = (message: string, type = 'bad_request_error') => ({ error: { message, type, param: null } });

const tokenId = '7'.repeat(64);
const unknownCaller = (hash: string) =>
  `Authentication Error, Invalid proxy server token passed. key=${hash}, not found in db. Create key via \`/key/generate\` call.`;
const overBound = (asked: string, most: string) =>
  proxyError(`{'error': 'duration is over max limit set in config - user_value=${asked}; max_value=${most}'}`);

interface Case {
  readonly name: string;
  readonly status: number;
  readonly body: unknown;
  readonly type: abstract new (...args: never[]) => LiteLLMError;
  readonly says: string;
  readonly tokenId?: string;
  readonly grace?: number;
}

const cases: readonly Case[] = [
  {
    name: 'an unknown master key',
    status: 401,
    body: proxyError('Authentication Error, Invalid proxy server token passed.', 'token_not_found_in_db'),
    type: MasterKeyRefusedError,
    says: 'set master_key to one that it accepts',
  },
  {
    name: 'an expired master key',
    status: 401,
    body: proxyError('Authentication Error - Expired Key.', 'expired_key'),
    type: MasterKeyRefusedError,
    says: 'Expired Key',
  },
  {
    name: 'an ordinary key on a route of administrators',
    status: 401,
    body: proxyError('Authentication Error, Only proxy admin can be used to generate', 'auth_error'),
    type: NotAdminError,
    says: "not an administrator's",
  },
  {
    name: 'a key that is kept to the models',
    status: 403,
    body: { detail: 'Virtual key is not allowed to call this route. Only allowed to call routes: …' },
    type: NotAdminError,
    says: "not an administrator's",
  },
  {
    name: 'a proxy that lets nobody choose a key',
    status: 403,
    body: proxyError("{'error': 'Custom API key values are disabled by your administrator.'}"),
    type: RequestRejectedError,
    says: 'set disable_custom_api_keys to false in the general_settings',
  },
  {
    name: 'a duration over the bound of the proxy',
    status: 400,
    body: proxyError("{'error': 'duration is over max limit set in config - user_value=2h; max_value=1h'}"),
    type: RequestRejectedError,
    says: 'raise upperbound_key_generate_params',
  },
  {
    name: 'an alias that is taken',
    status: 400,
    body: proxyError("Key with alias 'a' already exists."),
    type: RequestRejectedError,
    says: 'already exists',
  },
  {
    name: 'a body that it cannot read',
    status: 422,
    body: { detail: [{ type: 'string_type', loc: ['body', 'duration'], msg: 'Input should be a valid string' }] },
    type: RequestRejectedError,
    says: 'body.duration: Input should be a valid string',
  },
  {
    name: 'a detail that is an object',
    status: 400,
    body: { detail: { error: 'no' } },
    type: RequestRejectedError,
    says: '{"error":"no"}',
  },
  {
    name: 'a key that is not there',
    status: 404,
    body: proxyError('Key not found.', 'not_found_error'),
    type: KeyNotFoundError,
    says: 'Key not found.',
  },
  {
    name: 'keys to delete that are not there',
    status: 404,
    body: proxyError("{'error': 'No keys found'}", 'internal_server_error'),
    type: KeyNotFoundError,
    says: 'No keys found',
  },
  {
    name: 'a path that is not there',
    status: 404,
    body: { detail: 'Not Found' },
    type: UnexpectedAnswerError,
    says: 'check the path in base_url',
  },
  {
    name: 'a 404 with words about keys',
    status: 404,
    body: { detail: 'No keys found' },
    type: UnexpectedAnswerError,
    says: '404',
  },
  {
    name: 'a 404 of another kind',
    status: 404,
    body: proxyError('Model group not there', 'model_error'),
    type: UnexpectedAnswerError,
    says: '404',
  },
  { name: 'an empty 404', status: 404, body: '', type: UnexpectedAnswerError, says: "not in LiteLLM's form" },
  {
    name: 'a page that says 404',
    status: 404,
    body: '<h1>not found</h1>',
    type: UnexpectedAnswerError,
    says: "not in LiteLLM's form",
  },
  {
    name: 'a page that says 401',
    status: 401,
    body: '<h1>log in</h1>',
    type: UnexpectedAnswerError,
    says: "not in LiteLLM's form",
  },
  {
    name: 'a page that says 403',
    status: 403,
    body: '<h1>no</h1>',
    type: UnexpectedAnswerError,
    says: "not in LiteLLM's form",
  },
  {
    name: 'JSON of another server',
    status: 400,
    body: { message: 'no' },
    type: UnexpectedAnswerError,
    says: "not in LiteLLM's form",
  },
  {
    name: 'a fault of LiteLLM',
    status: 500,
    body: proxyError('Internal server error'),
    type: UnexpectedAnswerError,
    says: 'see its log',
  },
  {
    name: 'a LiteLLM without its database',
    status: 503,
    body: proxyError('No connected db.', 'no_db_connection'),
    type: DatabaseUnavailableError,
    says: 'No connected db.',
  },
  {
    name: 'a LiteLLM without its database, to generate',
    status: 500,
    body: proxyError("Can't reach database server at `127.0.0.1:5432`", 'internal_server_error'),
    type: DatabaseUnavailableError,
    says: 'check that PostgreSQL is up',
  },
  {
    name: 'a LiteLLM without its database, to update',
    status: 400,
    body: proxyError("Authentication Error, Can't reach database server at `127.0.0.1:5432`", 'auth_error'),
    type: DatabaseUnavailableError,
    says: 'LiteLLM cannot reach its database',
  },
  {
    name: "a dead query engine, to an administrator's virtual key",
    status: 401,
    body: proxyError('Authentication Error, Client is not connected to the query engine', 'auth_error'),
    type: DatabaseUnavailableError,
    says: 'LiteLLM cannot reach its database',
  },
  {
    name: 'a missing key, to block in 1.74',
    status: 401,
    body: proxyError(unknownCaller(tokenId), 'token_not_found_in_db'),
    tokenId,
    type: KeyNotFoundError,
    says: 'LiteLLM has no such key',
  },
  {
    name: 'a missing key, to update in 1.74',
    status: 401,
    body: proxyError(`Authentication Error: invalid user key - user key does not exist in db. User Key=${tokenId}`),
    tokenId,
    type: KeyNotFoundError,
    says: 'LiteLLM has no such key',
  },
  {
    name: 'an unknown master key, by its own hash',
    status: 401,
    body: proxyError(unknownCaller('8'.repeat(64)), 'token_not_found_in_db'),
    tokenId,
    type: MasterKeyRefusedError,
    says: 'set master_key to one that it accepts',
  },
  {
    name: 'an administrator who may only look',
    status: 403,
    body: proxyError('user not allowed to access this route, role= proxy_admin_viewer.', 'auth_error'),
    type: NotAdminError,
    says: 'a key of a proxy_admin user',
  },
  {
    name: 'a lease over the bound of the proxy',
    status: 400,
    body: overBound('7290s', '1h'),
    grace: 90,
    type: RequestRejectedError,
    says: 'a lease of 7200 s and the grace of 90 s were asked for, 7290 s in all: the longest ttl that fits is 3510s',
  },
  {
    name: 'a bound that not even the grace fits into',
    status: 400,
    body: overBound('150s', '1m'),
    grace: 90,
    type: RequestRejectedError,
    says: 'no lease fits into 1m',
  },
  {
    name: 'too many calls',
    status: 429,
    body: proxyError('Rate limit exceeded'),
    type: RateLimitedError,
    says: 'try again later (it said: Rate limit exceeded)',
  },
  {
    name: 'too many calls, says a gateway',
    status: 429,
    body: '<h1>slow down</h1>',
    type: RateLimitedError,
    says: '429',
  },
  {
    name: 'a team that is not there',
    status: 404,
    body: proxyError(
      "{'error': \"Team doesn't exist in db. Team=t. Create team via `/team/new` call.\"}",
      'auth_error',
    ),
    type: OwnerNotFoundError,
    says: 'what this key belongs to',
  },
  {
    name: 'an organization that is not there, as a fault',
    status: 500,
    body: proxyError("Organization doesn't exist in db. Organization=o.", 'internal_server_error'),
    type: OwnerNotFoundError,
    says: 'what this key belongs to',
  },
  { name: 'a status that is no error', status: 304, body: '', type: UnexpectedAnswerError, says: '304' },
];

describe('rejection', () => {
  for (const { name, status, body, type, says, ...context } of cases) {
    test(name, () => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const call = { method: 'POST', url: 'https://litellm.example/key/generate' };
      const error = rejection({ call, status, contentType: 'text/plain', text }, { secrets: [], ...context });
      expect(error).toBeInstanceOf(type);
      expect(error.name).toBe(type.name);
      expect(error.status).toBe(status);
      const mayHaveHappened = type === UnexpectedAnswerError || type === DatabaseUnavailableError || status >= 500;
      expect(error.outcomeUnknown).toBe(mayHaveHappened);
      expect(error.message).toStartWith('POST https://litellm.example/key/generate: ');
      expect(error.message).toContain(says);
    });
  }

  test('a 403 on the list of keys is about administrators', () => {
    const call = { method: 'GET', url: 'https://litellm.example/key/list' };
    const text = JSON.stringify(proxyError('You are not authorized to access this endpoint.'));
    expect(rejection({ call, status: 403, contentType: '', text }, { secrets: [] })).toBeInstanceOf(NotAdminError);
  });

  test('secrets are taken out of what LiteLLM says', () => {
    const call = { method: 'POST', url: 'https://litellm.example/key/generate' };
    const text = JSON.stringify(proxyError('secret-of-a-test and sk-test-not-a-real-key-1\nare wrong'));
    const { message } = rejection({ call, status: 400, contentType: '', text }, { secrets: ['secret-of-a-test'] });
    expect(message).toEndWith('[redacted] and [redacted] are wrong');
  });
});
