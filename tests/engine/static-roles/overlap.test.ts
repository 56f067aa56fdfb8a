import { describe, expect, test } from 'bun:test';
import { storageEntryJSON } from '../../../src/sdk/logical/storage.ts';
import { ended } from '../tidy/tidying-engine.ts';
import {
  aliases,
  create,
  credsOf,
  engineWithStaticRole,
  hour,
  hourly,
  remove,
  roleOf,
  rotate,
  staticEngine,
  storedKeyOf,
  tick,
  update,
} from './static-engine.ts';

const overlapping = { ...hourly, rotation_overlap: 600 } as const;

describe('a rotation with an overlap', () => {
  test('gives the former key its end in LiteLLM, another alias, and a place in the list', async () => {
    await using engine = await engineWithStaticRole(overlapping);
    const { tokenId } = await storedKeyOf(engine);
    engine.clock.advance(60);
    expect(await rotate(engine)).toBeUndefined();
    const former = engine.litellm.keys.find(tokenId);
    expect(former).toMatchObject({
      keyAlias: expect.stringMatching(/^vault-app-former-[0-9a-f]{10}$/),
      blocked: null,
      expires: new Date('2030-01-01T00:11:00Z'),
    });
    expect((await roleOf(engine))['former_keys']).toEqual([
      { key_alias: former?.keyAlias, token_id: tokenId, ends: '2030-01-01T00:11:00Z' },
    ]);
    expect((await storedKeyOf(engine)).keyAlias).toBe('vault-app');
    expect((await storedKeyOf(engine)).expires).toBeNull();
  });

  test('keeps the end of each former key when it is followed by another', async () => {
    await using engine = await engineWithStaticRole(overlapping);
    const first = await storedKeyOf(engine);
    await rotate(engine);
    const second = await storedKeyOf(engine);
    engine.clock.advance(300);
    await rotate(engine);
    expect(engine.litellm.keys.find(first.tokenId)?.expires).toEqual(new Date('2030-01-01T00:10:00Z'));
    expect(engine.litellm.keys.find(second.tokenId)?.expires).toEqual(new Date('2030-01-01T00:15:00Z'));
    expect((await roleOf(engine))['former_keys']).toMatchObject([
      { token_id: first.tokenId, ends: '2030-01-01T00:10:00Z' },
      { token_id: second.tokenId, ends: '2030-01-01T00:15:00Z' },
    ]);
    engine.clock.advance(301);
    await tick(engine);
    expect(engine.litellm.keys.find(first.tokenId)).toBeUndefined();
    expect((await roleOf(engine))['former_keys']).toMatchObject([{ token_id: second.tokenId }]);
    engine.clock.advance(300);
    await tick(engine);
    expect(aliases(engine)).toEqual(['vault-app']);
    expect((await roleOf(engine))['former_keys']).toEqual([]);
  });

  test('tries again to delete a former key, and rotates meanwhile', async () => {
    await using engine = await engineWithStaticRole(overlapping);
    const first = await storedKeyOf(engine);
    await rotate(engine);
    engine.clock.advance(601);
    engine.litellm.faults.next({ kind: 'status', path: '/key/block', times: 9 });
    engine.litellm.faults.next({ kind: 'status', path: '/key/delete', times: 9 });
    await tick(engine);
    expect(engine.litellm.keys.find(first.tokenId)).toBeDefined();
    // It is no rotation that has failed.
    expect((await engine.request('read', 'static-creds/app'))?.warnings).toBeUndefined();
    expect(await credsOf(engine)).toMatchObject({ ttl: hour - 601 });
    engine.litellm.faults.clear();
    engine.clock.advance(60);
    await tick(engine);
    expect(engine.litellm.keys.find(first.tokenId)).toBeUndefined();
  });

  test('takes a former key that is over for ended where config leads elsewhere', async () => {
    await using engine = await engineWithStaticRole(overlapping);
    await using elsewhere = await staticEngine();
    await rotate(engine);
    engine.clock.advance(120);
    await engine.configure({ base_url: elsewhere.litellm.url });
    await rotate(engine);
    expect((await remove(engine))?.data?.['error']).toMatch(
      /was not deleted.*wait until it expires at 2030-01-01T00:10/,
    );
    engine.clock.advance(600);
    await tick(engine);
    expect((await roleOf(engine))['former_keys']).toEqual([]);
    expect((await engine.request('read', 'static-creds/app'))?.warnings).toBeUndefined();
    expect(await remove(engine)).toBeUndefined();
  });

  test('does not pile former keys up without end', async () => {
    await using engine = await engineWithStaticRole(overlapping);
    const stored = engine.storage.peek('static-roles/app') as { readonly current: { readonly proxy: string } };
    const { proxy } = stored.current;
    const former = Array.from({ length: 100 }, (_, index) => ({
      ...{ tokenId: String(index), keyAlias: `former-${index}`, proxy, ends: '2030-01-01T00:05:00.000Z' },
    }));
    await engine.storage.put(storageEntryJSON('static-roles/app', { ...stored, former }));
    expect((await rotate(engine))?.data?.['error']).toMatch(/100 former ones still work.*shorten rotation_overlap/);
    engine.clock.advance(301);
    await tick(engine);
    expect(await rotate(engine)).toBeUndefined();
    expect((await roleOf(engine))['former_keys']).toHaveLength(1);
  });

  test('that is taken away ends the next former key at once, and no other', async () => {
    await using engine = await engineWithStaticRole(overlapping);
    const first = await storedKeyOf(engine);
    await rotate(engine);
    const second = await storedKeyOf(engine);
    expect(await update(engine, { rotation_overlap: 0 })).toBeUndefined();
    await rotate(engine);
    expect(engine.litellm.keys.find(first.tokenId)).toBeDefined();
    expect(engine.litellm.keys.find(second.tokenId)).toBeUndefined();
  });

  test('ends former keys with the role', async () => {
    await using engine = await engineWithStaticRole(overlapping);
    await rotate(engine);
    expect(aliases(engine)).toHaveLength(2);
    expect(await remove(engine)).toBeUndefined();
    expect(aliases(engine)).toEqual([]);
  });

  test('leaves a former key to its own end where the role is retained', async () => {
    await using engine = await engineWithStaticRole(overlapping);
    await rotate(engine);
    expect(await remove(engine, { retain: true })).toBeUndefined();
    expect(engine.litellm.keys.all().map(({ expires }) => expires?.toISOString())).toEqual([
      undefined,
      '2030-01-01T00:10:00.000Z',
    ]);
  });
});

describe('what else looks at keys', () => {
  test('keys/ shows a static key with its role, and does not block the one that is handed out', async () => {
    await using engine = await engineWithStaticRole(overlapping);
    await rotate(engine);
    const list = await engine.request('list', 'keys/');
    const [former = ''] = aliases(engine).filter((alias) => alias !== 'vault-app');
    expect(list?.data?.['key_info']).toMatchObject({
      'vault-app': { static_role: 'app', role: '', expires: null },
      [former ?? '']: { static_role: 'app', expires: '2030-01-01T00:10:00.000Z' },
    });
    expect((await engine.request('delete', 'keys/vault-app'))?.data?.['error']).toMatch(
      /rotate-role\/app.*delete static-roles\/app/,
    );
    expect((await storedKeyOf(engine)).blocked).toBeNull();
    expect(await engine.request('delete', `keys/${former}`)).toBeUndefined();
    expect(engine.litellm.keys.findAlias(former ?? '')?.blocked).toBe(true);
  });

  test('tidy deletes no static key that lives, and counts none as unclaimed', async () => {
    await using engine = await engineWithStaticRole({ ...hourly, rotation_period: '30d' });
    await create(engine, { ...overlapping, rotation_period: '30d' }, 'other');
    await rotate(engine, 'other');
    const before = aliases(engine);
    engine.clock.advance(5 * 24 * hour);
    engine.litellm.keys.put({
      ...(await storedKeyOf(engine)),
      createdAt: new Date('2029-01-01'),
      updatedAt: new Date('2029-01-01'),
    });
    await engine.request('update', 'tidy', { data: { pause_duration: '0s', safety_buffer: 60 } });
    expect(await ended(engine)).toMatchObject({
      state: 'Finished',
      unclaimed_count: 0,
      mount_keys: 3,
      expired_deleted_count: 1,
    });
    expect(aliases(engine)).toEqual(before.filter((alias) => alias?.includes('-former-') !== true));
    // What is gone already is taken off the list.
    await tick(engine);
    expect((await roleOf(engine, 'other'))['former_keys']).toEqual([]);
    expect(await credsOf(engine, 'other')).toHaveProperty('key');
  });
});
