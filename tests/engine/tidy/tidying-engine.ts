import { expect } from 'bun:test';
import { startEngine, type TestEngine, type TestEngineOptions } from '../../harness/engine.ts';
import type { StoredKey } from '../../harness/litellm/stored-key.ts';

/** The UUID of another mount on the same proxy. */
export const otherUUID = '00000000-0000-4000-8000-000000000002';

/** A configured engine with a role whose keys live for ten minutes. */
export async function tidyingEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const engine = await startEngine(options);
  await engine.configure({ request_timeout: 1, grace: 10 });
  await engine.request('create', 'roles/team', { data: { ttl: 600, max_ttl: 7200 } });
  return engine;
}

/** Begins a run without pauses; `fields` come on top. */
export const tidy = (engine: TestEngine, fields: Readonly<Record<string, unknown>> = {}) =>
  engine.request('update', 'tidy', { data: { pause_duration: '0s', safety_buffer: 60, ...fields } });

/** What `tidy-status` tells. */
export async function statusOf(engine: TestEngine): Promise<Readonly<Record<string, unknown>>> {
  return (await engine.request('read', 'tidy-status'))?.data ?? {};
}

/** What `tidy-status` tells once no run is under way. */
export async function ended(engine: TestEngine): Promise<Readonly<Record<string, unknown>>> {
  for (let look = 0; look < 2400; look += 1) {
    const status = await statusOf(engine);
    if (!['Running', 'Cancelling'].includes(String(status['state']))) return status;
    await Bun.sleep(2);
  }
  throw new Error('the run did not end');
}

/** Begins a run and waits for its end. */
export async function tidied(
  engine: TestEngine,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  expect(await tidy(engine, fields)).toMatchObject({ data: { http_status_code: 202 } });
  return await ended(engine);
}

/** Puts a key into the stand-in that is like another one, but for what is given. */
export function putLike(engine: TestEngine, tokenId: string, change: Partial<StoredKey>): StoredKey {
  const like = engine.litellm.keys.find(tokenId);
  if (like === undefined) throw new Error('there is no such key');
  const id = crypto.randomUUID().replaceAll('-', '');
  return engine.litellm.keys.put({ ...like, tokenId: id + id, keyAlias: `other-${id}`, ...change });
}

/** The hashes of the living keys, sorted. */
export const living = (engine: TestEngine): readonly string[] =>
  engine.litellm.keys
    .all()
    .map(({ tokenId }) => tokenId)
    .toSorted();
