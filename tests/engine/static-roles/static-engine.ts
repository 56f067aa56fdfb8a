import { expect } from 'bun:test';
import type { Response } from '../../../src/sdk/logical/response.ts';
import { startEngine, type TestEngine, type TestEngineOptions } from '../../harness/engine.ts';
import { hashKey, type StoredKey } from '../../harness/litellm/stored-key.ts';

/** An hour, in seconds. */
export const hour = 3600;

/** Fields of a role whose key is rotated once an hour. */
export const hourly = { models: 'gpt-4o', rotation_period: hour } as const;

/** An engine that is configured. */
export async function staticEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const engine = await startEngine(options);
  await engine.configure({ request_timeout: 1 });
  return engine;
}

type Fields = Readonly<Record<string, unknown>>;

/** The same with the static role `app`. */
export async function engineWithStaticRole(
  fields: Fields = hourly,
  options: TestEngineOptions = {},
): Promise<TestEngine> {
  const engine = await staticEngine(options);
  expect((await create(engine, fields))?.data).toBeUndefined();
  return engine;
}

/** Writes `static-roles/<name>`, which is not there. */
export const create = (engine: TestEngine, fields: Fields = hourly, name = 'app'): Promise<Response | undefined> =>
  engine.request('create', `static-roles/${name}`, { data: fields });

/** Writes `static-roles/<name>`, which is there. */
export const update = (engine: TestEngine, fields: Fields, name = 'app'): Promise<Response | undefined> =>
  engine.request('update', `static-roles/${name}`, { data: fields });

/** Writes `rotate-role/<name>`. */
export const rotate = (engine: TestEngine, name = 'app'): Promise<Response | undefined> =>
  engine.request('update', `rotate-role/${name}`);

/** Deletes `static-roles/<name>`. */
export const remove = (engine: TestEngine, data: Fields = {}, name = 'app'): Promise<Response | undefined> =>
  engine.request('delete', `static-roles/${name}`, { data });

/** What `static-roles/<name>` tells. */
export async function roleOf(engine: TestEngine, name = 'app'): Promise<Fields> {
  const response = await engine.request('read', `static-roles/${name}`);
  if (response?.data === undefined) throw new Error('there is no such static role');
  return response.data;
}

/** What `static-creds/<name>` answers. */
export async function credsOf(engine: TestEngine, name = 'app'): Promise<Fields> {
  const response = await engine.request('read', `static-creds/${name}`);
  if (response?.data === undefined) throw new Error('there is no answer');
  return response.data;
}

/** The key that `static-creds/<name>` answers, as LiteLLM has it. */
export async function storedKeyOf(engine: TestEngine, name = 'app'): Promise<StoredKey> {
  const { key } = await credsOf(engine, name);
  const stored = engine.litellm.keys.find(hashKey(String(key)));
  if (stored === undefined) throw new Error(`LiteLLM does not have the key of "${name}"`);
  return stored;
}

/** Aliases of the living keys, sorted. */
export const aliases = (engine: TestEngine): readonly (string | null)[] =>
  engine.litellm.keys
    .all()
    .map(({ keyAlias }) => keyAlias)
    .toSorted((a, b) => String(a).localeCompare(String(b)));

/** What the host does about once a minute, and what comes of it. */
export async function tick(engine: TestEngine): Promise<void> {
  await engine.request('rollback', '');
  await settled(engine);
}

/** Resolves when a turn of everything that a rotation waits for has passed. */
export async function settled(engine: TestEngine): Promise<void> {
  for (let quiet = 0, calls = -1; quiet < 20; quiet += 1) {
    const now = engine.litellm.requests.length + engine.storage.totalCalls;
    if (now !== calls) quiet = 0;
    calls = now;
    await Bun.sleep(1);
  }
}
