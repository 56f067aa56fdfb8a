import { describe, expect, test } from 'bun:test';
import type { TestEngine } from '../../harness/engine.ts';
import { engineWithStaticRole, remove, rotate, staticEngine, storedKeyOf, tick } from './static-engine.ts';

/** All that rotations have left is done or undone. */
async function later(engine: TestEngine): Promise<void> {
  engine.clock.advance(600);
  await tick(engine);
  await tick(engine);
  expect(engine.storage.keys.filter((key) => key.startsWith('wal/'))).toEqual([]);
}

describe('a key that is retained', () => {
  for (const path of ['/key/update', '/key/generate']) {
    test(`is not ended by what an undone rotation has left: ${path}`, async () => {
      await using engine = await engineWithStaticRole();
      const { tokenId } = await storedKeyOf(engine);
      engine.litellm.faults.next({ kind: 'drop-before', path, times: path === '/key/update' ? 3 : 1 });
      await rotate(engine).catch(() => undefined);
      expect(await remove(engine, { retain: true })).toBeUndefined();
      await later(engine);
      expect(engine.litellm.keys.find(tokenId)).toMatchObject({ blocked: null, keyAlias: 'vault-app' });
    });
  }

  test('is not ended by what a process before this one has left', async () => {
    await using engine = await engineWithStaticRole();
    const { tokenId } = await storedKeyOf(engine);
    engine.litellm.faults.next({ kind: 'drop-before', path: '/key/generate' });
    await rotate(engine).catch(() => undefined);
    await remove(engine, { retain: true });
    const [entry = ''] = engine.storage.keys.filter((key) => key.startsWith('wal/'));
    expect(JSON.stringify(engine.storage.peek(entry))).not.toContain(tokenId);
    expect(engine.storage.peekEntry(entry)?.sealWrap).toBe(true);
  });

  test('is not ended by a rotation that could not end the one before it', async () => {
    await using engine = await engineWithStaticRole();
    const first = await storedKeyOf(engine);
    await using elsewhere = await staticEngine();
    for (const path of ['/key/block', '/key/delete'])
      engine.litellm.faults.next({ kind: 'status', path, status: 500, times: 9 });
    expect((await rotate(engine))?.warnings?.join()).toContain('could not be ended yet');
    engine.litellm.faults.clear();
    const { tokenId } = await storedKeyOf(engine);
    await engine.configure({ base_url: elsewhere.litellm.url });
    expect(await remove(engine, { retain: true })).toBeUndefined();
    await engine.configure();
    await later(engine);
    expect(engine.litellm.keys.find(tokenId)).toMatchObject({ blocked: null });
    expect(engine.log.join('\n')).toContain(`"key_alias":"${engine.litellm.keys.find(first.tokenId)?.keyAlias}"`);
  });
});
