import { afterAll, beforeAll, expect, test } from 'bun:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { configKey } from '../../src/engine/config/config-entry.ts';
import { rolePrefix } from '../../src/engine/roles/role-entry.ts';
import { walPrefix } from '../../src/sdk/framework/wal.ts';
import { startEngine, type IssuedKey, type TestEngine } from '../harness/engine.ts';
import { mutated } from '../harness/mutated.ts';

// Anything may lie in the storage, and come back with a lease: from a newer version, a restored snapshot, a hand. Each request ends
// with a response or an error, and none shows what lay there.

const hidden = 'sk-test-not-a-real-key-hidden-in-the-storage';

let engine: TestEngine;
let issued: IssuedKey;
let baseURL: string;
beforeAll(async () => {
  engine = await startEngine();
  baseURL = engine.litellm.url;
  await restore();
  issued = await engine.issue('team');
});
afterAll(async () => engine[Symbol.asyncDispose]());

async function restore(): Promise<void> {
  await engine.storage.delete(configKey);
  await engine.storage.delete(`${rolePrefix}team`);
  await engine.configure({ request_timeout: '1s' });
  await engine.request('update', 'roles/team', { data: {} });
}

/** Neither a fault, which is an error of some kind, nor a refusal shows what must not be shown. */
async function expectQuiet(asked: Promise<unknown>): Promise<void> {
  const outcome = await asked.catch((error: unknown) => {
    expect(error).toBeInstanceOf(Error);
    return error;
  });
  const { data } = (outcome ?? {}) as { readonly data?: Readonly<Record<string, unknown>> };
  // What a key may is shown to those who get it.
  const shown = outcome instanceof Error ? outcome : data?.['error'];
  expect(inspect(shown, { depth: 10 })).not.toContain(hidden);
}

const harmless = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue() },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(-1, 1e300, '', null, 'http://', 'http://127.0.0.1:1') },
);
const leaf = fc.oneof(
  { weight: 4, arbitrary: harmless },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(hidden, `http://${hidden}@127.0.0.1:1`) },
);

/** Bytes in the place of an entry: any, or those of a JSON text that is almost right. */
function entry(base: () => unknown, leaves = leaf): fc.Arbitrary<Uint8Array> {
  const json = mutated(fc.constant(null).map(base), leaves).map((value) => JSON.stringify(value));
  const text = fc.oneof(
    { weight: 6, arbitrary: json },
    { weight: 1, arbitrary: fc.tuple(json, fc.nat(60)).map(([whole, length]) => whole.slice(0, length)) },
    { weight: 1, arbitrary: fc.constant(`{"masterKey":"${hidden}`) },
  );
  return fc.oneof(
    { weight: 8, arbitrary: text.map((one) => new TextEncoder().encode(one)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  );
}

const config = (): unknown => ({
  baseURL,
  masterKey: hidden,
  caCert: '',
  requestTimeout: 1,
  maxInFlight: 8,
  grace: 90,
  writeAhead: false,
});
const role = (): unknown => ({
  models: ['gpt-4o'],
  maxBudget: 1,
  keyAliasPrefix: 'vault',
  metadata: { note: hidden },
  ttl: 60,
  maxTTL: 3600,
  keyType: 'llm_api',
});

const stored: readonly { readonly key: string; readonly base: () => unknown; readonly numRuns: number }[] = [
  { key: configKey, base: config, numRuns: 150 },
  { key: `${rolePrefix}team`, base: role, numRuns: 150 },
];
for (const { key, base, numRuns } of stored) {
  test(`anything stored as ${key}`, async () => {
    await fc.assert(
      fc.asyncProperty(entry(base), async (value) => {
        await engine.storage.put({ key, value });
        // What is kept for issuing is no longer believed.
        engine.clock.advance(11);
        // It may name another proxy: the one that it had is asked, or none.
        await expectQuiet(engine.request('read', 'creds/team'));
        await expectQuiet(engine.backend.handleExistenceCheck(logical('update', key)));
        await expectQuiet(engine.request('renew', 'creds/team', { secret: issued.secret }));
        await expectQuiet(engine.request('rollback', ''));
        // A key without a lease that a read has left, ended later.
        await clearWriteAhead();
      }),
      { numRuns },
    );
    await restore();
    engine.clock.advance(11);
    expect((await engine.issue('team')).key).toStartWith('sk-');
  }, 60_000);
}

test('anything stored as a write-ahead entry', async () => {
  const base = (): unknown => ({ type: 'key', created_at: 0, data: leaseData() });
  await fc.assert(
    fc.asyncProperty(entry(base, harmless), async (value) => {
      await engine.storage.put({ key: `${walPrefix}00000000-0000-0000-0000-000000000000`, value });
      await expectQuiet(engine.request('rollback', '', { data: { immediate: true } }));
      await clearWriteAhead();
    }),
    { numRuns: 200 },
  );
  expect(engine.log.join('\n')).not.toContain(hidden);
}, 60_000);

test('anything that a lease brings along', async () => {
  const data = mutated(fc.constant(null).map(leaseData), harmless);
  await fc.assert(
    fc.asyncProperty(data, fc.constantFrom('renew', 'revoke'), async (internalData, operation) => {
      const isObject = typeof internalData === 'object' && internalData !== null;
      const secret = { ...issued.secret, internalData: isObject ? { ...internalData } : {} };
      await expectQuiet(engine.request(operation, 'creds/team', { secret }));
    }),
    { numRuns: 200 },
  );
}, 60_000);

test('a lease of a type that is no name', async () => {
  const secret = { ...issued.secret, internalData: { secret_type: hidden } };
  await expectQuiet(engine.request('renew', 'creds/team', { secret }));
  await expect(engine.request('renew', 'creds/team', { secret })).rejects.toThrow('no secret of that type');
});

/** What a lease remembers; its alias and its proxy are names, which messages show. */
function leaseData(): Readonly<Record<string, unknown>> {
  return { ...issued.secret.internalData, something_new: hidden };
}

async function clearWriteAhead(): Promise<void> {
  for (const id of await engine.storage.list(walPrefix)) await engine.storage.delete(walPrefix + id);
}

function logical(operation: string, path: string): Parameters<TestEngine['backend']['handleExistenceCheck']>[0] {
  return {
    id: 'request-1',
    operation,
    path,
    data: {},
    storage: engine.storage,
    mountPoint: 'litellm/',
    mountType: 'vault-plugin-secrets-litellm',
    mountAccessor: '',
    displayName: 'token',
    entityId: '',
    signal: new AbortController().signal,
  };
}
