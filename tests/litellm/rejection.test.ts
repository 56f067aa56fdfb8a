import { describe, expect, test } from 'bun:test';
import {
  KeyNotFoundError,
  MasterKeyRefusedError,
  NotAdminError,
  RequestRejectedError,
  UnexpectedAnswerError,
} from '../../src/litellm/error.ts';
import { rejection } from '../../src/litellm/rejection.ts';

const proxyError = (message: string, type = 'bad_request_error') => ({ error: { message, type, param: null } });

const cases = [
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
    body: proxyError('Team not found', 'team_error'),
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
    type: UnexpectedAnswerError,
    says: 'No connected db.',
  },
  { name: 'a status that is no error', status: 304, body: '', type: UnexpectedAnswerError, says: '304' },
];

describe('rejection', () => {
  for (const { name, status, body, type, says } of cases) {
    test(name, () => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const call = { method: 'POST', url: 'https://litellm.example/key/generate' };
      const error = rejection({ call, status, contentType: 'text/plain', text }, []);
      expect(error).toBeInstanceOf(type);
      expect(error.name).toBe(type.name);
      expect(error.status).toBe(status);
      expect(error.outcomeUnknown).toBe(type === UnexpectedAnswerError);
      expect(error.message).toStartWith('POST https://litellm.example/key/generate: ');
      expect(error.message).toContain(says);
    });
  }

  test('a 403 on the list of keys is about administrators', () => {
    const call = { method: 'GET', url: 'https://litellm.example/key/list' };
    const text = JSON.stringify(proxyError('You are not authorized to access this endpoint.'));
    expect(rejection({ call, status: 403, contentType: '', text }, [])).toBeInstanceOf(NotAdminError);
  });

  test('secrets are taken out of what LiteLLM says', () => {
    const call = { method: 'POST', url: 'https://litellm.example/key/generate' };
    const text = JSON.stringify(proxyError('secret-of-a-test and sk-test-not-a-real-key-1\nare wrong'));
    const { message } = rejection({ call, status: 400, contentType: '', text }, ['secret-of-a-test']);
    expect(message).toEndWith('[redacted] and [redacted] are wrong');
  });
});
