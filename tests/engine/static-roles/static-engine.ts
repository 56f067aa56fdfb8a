import { expect } from 'bun:test';
import { KeyRotation } from '../../../src/engine/rotation/key-rotation.ts';
import { RotationQueue } from '../../../src/engine/schedule/rotation-queue.ts';
import type { Storage } from '../../../src/sdk/logical/storage.ts';
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
  await settled();
}

const queues = new Set<RotationQueue>();
const recoveries = new Set<Promise<void>>();

// What a host does not wait for, a test has to: nothing else tells when it is over.
const start = Reflect.get(RotationQueue.prototype, 'start') as (this: RotationQueue, storage: Storage) => void;
const run = Reflect.get(RotationQueue.prototype, 'run') as (this: RotationQueue, storage: Storage) => Promise<void>;
RotationQueue.prototype.start = function remembered(storage) {
  queues.add(this);
  start.call(this, storage);
};
RotationQueue.prototype.run = async function remembered(storage) {
  queues.add(this);
  await run.call(this, storage);
};
const recover = Reflect.get(KeyRotation.prototype, 'recover') as (this: KeyRotation, storage: Storage) => Promise<void>;
KeyRotation.prototype.recover = async function remembered(storage) {
  const recovery = recover.call(this, storage);
  recoveries.add(recovery);
  await recovery.finally(() => recoveries.delete(recovery));
};

/** Resolves when nothing that was begun and not waited for is under way. */
export async function settled(): Promise<void> {
  // It begins once the host has told what node this is.
  await Bun.sleep(0);
  await Promise.all(recoveries);
  for (const queue of queues) await queue.idle();
}
