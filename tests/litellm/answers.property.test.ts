import { afterAll, beforeAll, expect, test } from 'bun:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { type Client, createClient } from '../../src/litellm/client.ts';
import { LiteLLMError } from '../../src/litellm/error.ts';
import { sha256 } from '../../src/litellm/sha256.ts';
import { mutated } from '../harness/mutated.ts';
import { newRequest } from './test-client.ts';

// Whatever comes back, a call ends in a checked value or in a LiteLLMError, and no message has a key in it.

interface Given {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const masterKey = 'sk-test-not-a-real-master-key';
const request = newRequest({ key: 'sk-test-not-a-real-key-of-the-property' });
const tokenId = sha256(request.key);
const secrets = [masterKey, request.key, sha256(masterKey)];

const row = { token: tokenId, key_alias: 'a', models: ['gpt-4o'], max_budget: 1, metadata: { a: 'b' }, blocked: true };
const expires = '2030-01-01T00:00:00.123456+00:00';
const trueAnswers: readonly unknown[] = [
  { ...row, key: request.key, key_alias: request.keyAlias, token_id: tokenId, expires },
  { ...row, expires },
  { deleted_keys: [tokenId] },
  { key: tokenId, info: { ...row, status: 'active', expires, spend: 0.5 } },
  { keys: [tokenId], total_count: 1, current_page: 1, total_pages: 1 },
  { keys: [{ ...row, expires, created_at: expires }], total_count: 1, current_page: 1, total_pages: 1 },
  { error: { message: `Key not found. ${request.key}`, type: 'not_found_error', param: 'key', code: '404' } },
  {
    error: { message: `token_not_found_in_db key=${tokenId} ${masterKey}`, type: 'auth_error', param: null, code: 401 },
  },
  { detail: `Virtual key is not allowed ${request.key}` },
  { detail: [{ loc: ['body', masterKey], msg: 'field required', type: 'missing' }] },
];

let given: Given = { status: 200, contentType: '', body: '' };
let server: ReturnType<typeof Bun.serve>;
let client: Client;
beforeAll(() => {
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch() {
      const { status, contentType, body } = given;
      const empty = status === 204 || status === 205 || status === 304;
      return new Response(empty ? null : body, { status, headers: { 'content-type': contentType } });
    },
  });
  // What is sent again is so for this long: no answer here is better the second time.
  client = createClient({ baseURL: `http://127.0.0.1:${server.port}`, masterKey, requestTimeout: 0.1 });
});
afterAll(() => server.stop(true));

const calls = (): Readonly<Record<string, Promise<unknown>>> => ({
  verify: client.verifyAdmin(),
  generate: client.generateKey(request),
  update: client.updateKey(tokenId, { duration: 60 }),
  block: client.blockKey(tokenId),
  delete: client.deleteKey(tokenId),
  info: client.keyInfo(tokenId),
  list: client.listKeys({ page: 1, size: 10 }),
});

/** Nothing that a call gives is half read. */
function expectChecked(name: string, value: unknown): void {
  const all = value as Readonly<Record<string, unknown>>;
  if (name === 'generate') expect(all).toMatchObject({ tokenId, keyAlias: expect.any(String) });
  if (name === 'generate' || name === 'update') {
    expect((all['expires'] as Date).getTime()).toBeFinite();
    expect(all['lifetime']).toBeGreaterThanOrEqual(0);
  }
  if (name === 'info') expect(all).toMatchObject({ status: expect.any(String), blocked: expect.any(Boolean) });
}

const status = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(200, 400, 401, 403, 404, 422, 500, 302) },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 599 }) },
);
const contentType = fc.constantFrom('application/json', 'text/html', 'text/plain; charset=utf-8', '');
const leaf = fc.oneof(fc.jsonValue(), fc.constantFrom(...secrets, ...secrets.map((secret) => `key ${secret}, bad`)));
const body = fc.oneof(
  { weight: 5, arbitrary: mutated(fc.constantFrom(...trueAnswers), leaf).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: leaf.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.string() },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...trueAnswers), fc.nat(200))
      .map(([value, length]) => JSON.stringify(value).slice(0, length)),
  },
);

test('whatever LiteLLM answers, a call ends in a checked value or in an error of ours without a secret', async () => {
  await fc.assert(
    fc.asyncProperty(fc.record({ status, contentType, body }), async (answer) => {
      given = answer;
      const outcomes = Object.entries(calls()).map(async ([name, call]) => {
        const outcome = await call.then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
        if (!('error' in outcome)) return expectChecked(name, outcome.value);
        expect(outcome.error).toBeInstanceOf(LiteLLMError);
        const shown = inspect(outcome.error, { depth: 10 });
        for (const secret of secrets) expect(shown).not.toContain(secret);
        return undefined;
      });
      await Promise.all(outcomes);
    }),
    { numRuns: 500 },
  );
}, 60_000);

test('the true answers are taken', async () => {
  given = { status: 200, contentType: 'application/json', body: JSON.stringify(trueAnswers[0]) };
  expect(await client.generateKey(request)).toMatchObject({ tokenId });
});
