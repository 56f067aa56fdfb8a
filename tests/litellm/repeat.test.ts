import { describe, expect, test } from 'bun:test';
import { connectionFailure } from '../../src/litellm/connection-failure.ts';
import {
  AnswerBrokenOffError,
  ConnectionError,
  DatabaseUnavailableError,
  KeyNotFoundError,
  MasterKeyRefusedError,
  RateLimitedError,
  RequestTimeoutError,
  UnexpectedAnswerError,
} from '../../src/litellm/error.ts';
import { startRepeats } from '../../src/litellm/repeat.ts';
import { retryAfterSeconds } from '../../src/litellm/retry-after.ts';

const call = { method: 'POST', url: 'https://litellm.example/key/block' };
const failure = (code: string) =>
  new ConnectionError(call, connectionFailure(Object.assign(new Error('of a test'), { code }), {}));

/** What becomes of the same failure, time after time. */
function delaysOf(error: unknown, random = () => 1): readonly number[] {
  const repeats = startRepeats(random);
  const delays: number[] = [];
  for (;;) {
    const repeat = repeats(error);
    if (repeat === undefined) return delays;
    expect(repeat.fresh).toBe(repeat.delay === 0);
    delays.push(repeat.delay);
  }
}

describe('a call that may happen twice', () => {
  for (const { name, error, delays } of [
    { name: 'a lost connection, twice at once', error: failure('ECONNRESET'), delays: [0, 0] },
    { name: 'an answer that broke off', error: new AnswerBrokenOffError(call, 200, undefined), delays: [0, 0] },
    { name: 'a database that is away', error: new DatabaseUnavailableError(call, 500, ''), delays: [300, 900, 2700] },
    { name: 'a gateway without a LiteLLM', error: new UnexpectedAnswerError(call, 502, ''), delays: [300, 900, 2700] },
    { name: 'too many calls', error: new RateLimitedError(call, ''), delays: [300, 900, 2700] },
    { name: 'too many calls, with a time', error: new RateLimitedError(call, '', 2), delays: [2150, 2450, 3350] },
  ]) {
    test(`is sent again after ${name}`, () => {
      expect(delaysOf(error)).toEqual(delays);
    });
  }

  test('spreads what failed together', () => {
    expect(delaysOf(new DatabaseUnavailableError(call, 500, ''), () => 0)).toEqual([150, 450, 1350]);
  });

  for (const error of [
    failure('ECONNREFUSED'),
    failure('CERT_HAS_EXPIRED'),
    failure('Malformed_HTTP_Response'),
    new UnexpectedAnswerError(call, 500, ''),
    new UnexpectedAnswerError(call, 200, ''),
    new KeyNotFoundError(call, 404, ''),
    new MasterKeyRefusedError(call, 401, ''),
    new RequestTimeoutError(call, 30, 'answer'),
  ]) {
    test(`is not sent again after ${error.name}: ${error.message}`, () => {
      expect(delaysOf(error)).toEqual([]);
    });
  }
});

describe('Retry-After', () => {
  const date = new Date('2026-11-23T12:00:00Z');
  for (const { retryAfter, seconds } of [
    { retryAfter: '7', seconds: 7 },
    { retryAfter: '1.2', seconds: 2 },
    { retryAfter: 'Mon, 23 Nov 2026 12:00:09 GMT', seconds: 9 },
    { retryAfter: 'Mon, 23 Nov 2026 11:00:00 GMT', seconds: 0 },
    { retryAfter: 'soon', seconds: undefined },
    { retryAfter: '-3', seconds: undefined },
    { retryAfter: '', seconds: undefined },
  ]) {
    test(`"${retryAfter}" is ${seconds}`, () => {
      expect(retryAfterSeconds({ retryAfter, date })).toBe(seconds as number);
    });
  }
});
