import { describe, expect, test } from 'bun:test';
import { storageEntryJSON } from '../../../src/sdk/logical/storage.ts';
import type { TestEngine } from '../../harness/engine.ts';
import type { FaultKind } from '../../harness/litellm/faults.ts';
import { LiteLLMSession } from '../../harness/litellm-session.ts';
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
  settled,
  staticEngine,
  storedKeyOf,
  tick,
  update,
} from './static-engine.ts';

const wal = (engine: TestEngine) => engine.storage.keys.filter((key) => key.startsWith('wal/'));
const roles = (engine: TestEngine) => engine.storage.keys.filter((key) => key.startsWith('static-'));

/** Everything that is left is done or undone, once the time for that has come. */
async function later(engine: TestEngine): Promise<void> {
  engine.clock.advance(600);
  await tick(engine);
  await tick(engine);
}

describe('a creation that fails', () => {
  const faults: readonly (readonly [FaultKind, string])[] = [
    ['drop-before', '/key/generate'],
    ['drop-after-effect', '/key/generate'],
    ['hang', '/key/generate'],
    ['status', '/key/generate'],
    ['nonsense', '/key/generate'],
  ];
  for (const [kind, path] of faults) {
    test(`stores nothing and leaves no key, or has made it: ${kind}`, async () => {
      await using engine = await staticEngine();
      engine.litellm.faults.next({ kind, path });
      const outcome = await create(engine).catch((error: unknown) => error);
      const made = !(outcome instanceof Error) && (outcome as { data?: unknown } | undefined)?.data === undefined;
      await later(engine);
      expect(aliases(engine)).toEqual(made ? ['vault-app'] : []);
      expect(roles(engine).some((key) => key === 'static-roles/app')).toBe(made);
      if (made) expect(await storedKeyOf(engine)).toMatchObject({ keyAlias: 'vault-app' });
      expect(wal(engine)).toEqual([]);
    });
  }

  test('leaves no key where the storage refuses the role', async () => {
    await using engine = await staticEngine();
    engine.storage.intercept = (call, key) => {
      if (call === 'put' && key === 'static-roles/app') throw new Error('the disk is full');
    };
    await expect(create(engine)).rejects.toThrow('the disk is full');
    engine.storage.intercept = undefined;
    await later(engine);
    expect(aliases(engine)).toEqual([]);
    expect(wal(engine)).toEqual([]);
    expect((await create(engine))?.data).toBeUndefined();
  });

  test('tells that there is no configuration', async () => {
    await using engine = await engineWithStaticRole();
    await engine.request('delete', 'config');
    for (const answer of [await create(engine, hourly, 'new'), await create(engine, { ...hourly, adopt: 'x' }, 'new')])
      expect(answer?.data?.['error']).toContain('there is no configuration yet');
    expect((await rotate(engine))?.data?.['error']).toContain('there is no configuration yet');
    expect(await credsOf(engine)).toHaveProperty('key');
  });
});

describe('a rotation that fails', () => {
  const faults: readonly (readonly [FaultKind, string, number?])[] = [
    ['status', '/key/info', 9],
    ['status', '/key/update', 9],
    ['drop-after-effect', '/key/update', 9],
    ['drop-before', '/key/generate'],
    ['drop-after-effect', '/key/generate'],
    ['hang', '/key/generate'],
    ['nonsense', '/key/generate'],
    ['status', '/key/block', 9],
    ['status', '/key/delete', 9],
  ];
  for (const overlap of [0, 300]) {
    for (const [kind, path, times = 1] of faults) {
      test(`leaves one value that works, and no other key but a former one: ${kind} of ${path}, overlap ${overlap}`, async () => {
        await using engine = await engineWithStaticRole({ ...hourly, rotation_overlap: overlap });
        const before = await storedKeyOf(engine);
        engine.litellm.faults.next({ kind, path, times });
        await rotate(engine).catch(() => undefined);
        expect((await storedKeyOf(engine)).blocked).toBeNull();
        engine.litellm.faults.clear();
        await later(engine);
        const after = await storedKeyOf(engine);
        expect(after).toMatchObject({ keyAlias: 'vault-app', blocked: null, expires: null });
        if (after.tokenId !== before.tokenId) expect(engine.litellm.keys.find(before.tokenId)).toBeUndefined();
        expect(aliases(engine)).toEqual(['vault-app']);
        expect(wal(engine)).toEqual([]);
      });
    }
  }

  test('says that the key stays as it was', async () => {
    await using engine = await engineWithStaticRole();
    await engine.litellm.stop();
    await expect(rotate(engine)).rejects.toThrow(
      /"app" was not rotated, and stays as it was. What went wrong: .*\/key\/info/,
    );
  });

  test('never overwrites what is stored where the new key cannot be stored', async () => {
    await using engine = await engineWithStaticRole();
    const { key } = await credsOf(engine);
    engine.storage.intercept = (call, at) => {
      if (call === 'put' && at === 'static-roles/app') throw new Error('the disk is full');
    };
    await expect(rotate(engine)).rejects.toThrow('the disk is full');
    engine.storage.intercept = undefined;
    await later(engine);
    expect(await credsOf(engine)).toMatchObject({ key });
    expect(await storedKeyOf(engine)).toMatchObject({ keyAlias: 'vault-app', blocked: null });
    expect(aliases(engine)).toEqual(['vault-app']);
  });

  test('says how to mend that somebody has taken the alias', async () => {
    await using engine = await engineWithStaticRole();
    const session = new LiteLLMSession(engine.litellm);
    const stored = await storedKeyOf(engine);
    engine.litellm.keys.put({ ...stored, keyAlias: 'renamed-by-hand' });
    await session.post('/key/generate', { key: 'sk-test-not-a-real-key-of-another', key_alias: 'vault-app' });
    const { key } = await credsOf(engine);
    expect((await rotate(engine))?.data?.['error']).toMatch(
      /another key of LiteLLM has the alias.*rename or delete that key/,
    );
    expect(await credsOf(engine)).toMatchObject({ key });
    expect(engine.litellm.keys.find(stored.tokenId)).toMatchObject({ blocked: null });
  });

  test('says how to mend that the owner is gone, and makes no key', async () => {
    await using engine = await staticEngine();
    const session = new LiteLLMSession(engine.litellm);
    const team = await session.team();
    await create(engine, { ...hourly, team_id: team });
    const { key } = await credsOf(engine);
    await session.post('/team/delete', { team_ids: [team] });
    expect((await rotate(engine))?.data?.['error']).toMatch(
      /was not rotated.*no team of this team_id.*make it \(\/team\/new\)/,
    );
    expect(await credsOf(engine)).toMatchObject({ key });
    await update(engine, { team_id: '', verify: false });
    expect((await rotate(engine))?.data).toBeUndefined();
    expect((await storedKeyOf(engine)).keyAlias).toBe('vault-app');
  });

  test('of a key that is gone from LiteLLM makes a new one, and says so in the log', async () => {
    await using engine = await engineWithStaticRole({ ...hourly, max_budget: 5 });
    const { tokenId } = await storedKeyOf(engine);
    engine.litellm.keys.delete(tokenId, engine.clock.now());
    engine.clock.advance(hour);
    await tick(engine);
    expect(await storedKeyOf(engine)).toMatchObject({ keyAlias: 'vault-app', maxBudget: 5 });
    expect(engine.log.join('\n')).toContain('was deleted in LiteLLM');
  });

  test('makes a new key where config leads elsewhere, and says what is left there', async () => {
    await using engine = await engineWithStaticRole();
    await using elsewhere = await staticEngine();
    engine.clock.advance(120);
    await engine.configure({ base_url: elsewhere.litellm.url });
    expect((await rotate(engine))?.warnings?.[0]).toMatch(/is on .*, and .* does not know it: delete it there/);
    const { token_id: tokenId } = await credsOf(engine);
    expect(elsewhere.litellm.keys.find(String(tokenId))).toMatchObject({ keyAlias: 'vault-app' });
  });

  test('keeps a key blocked that somebody has blocked, and says so', async () => {
    await using engine = await engineWithStaticRole();
    engine.litellm.keys.put({ ...(await storedKeyOf(engine)), blocked: true });
    expect((await rotate(engine))?.warnings?.[0]).toMatch(/is blocked in LiteLLM, and so is the new one/);
    expect(await storedKeyOf(engine)).toMatchObject({ blocked: true });
  });

  test('refuses a LiteLLM that gives every key an end that it does not take away', async () => {
    await using engine = await staticEngine({ litellm: { upperbound: { duration: '1h' } } });
    expect((await create(engine))?.data?.['error']).toMatch(/gives every key an end.*upperbound_key_generate_params/);
    await later(engine);
    expect(aliases(engine)).toEqual([]);
    expect(roles(engine)).toEqual([]);
  });
});

describe('a deletion with LiteLLM down', () => {
  test('fails and says so, and the role works on', async () => {
    await using engine = await engineWithStaticRole();
    const before = await credsOf(engine);
    await engine.litellm.stop();
    await expect(remove(engine)).rejects.toThrow(/was not deleted, and works as before/);
    expect(await credsOf(engine)).toEqual(before);
  });

  test('succeeds with retain', async () => {
    await using engine = await engineWithStaticRole();
    await engine.litellm.stop();
    expect(await remove(engine, { retain: true })).toBeUndefined();
    expect(roles(engine)).toEqual([]);
  });

  test('that got half way says that, and goes on when it is asked for again', async () => {
    await using engine = await engineWithStaticRole();
    engine.litellm.faults.next({ kind: 'status', path: '/key/delete', times: 9 });
    await expect(remove(engine)).rejects.toThrow(/is half deleted, and its key may be refused already/);
    expect((await credsOf(engine))['error']).toMatch(/half deleted.*delete it again, or write rotate-role\/app/);
    expect(await roleOf(engine)).toMatchObject({ being_deleted: true });
    engine.clock.advance(2 * hour);
    await tick(engine);
    expect((await credsOf(engine))['error']).toContain('half deleted');
    engine.litellm.faults.clear();
    expect(await remove(engine)).toBeUndefined();
    expect(aliases(engine)).toEqual([]);
    expect(roles(engine)).toEqual([]);
  });

  test('that got half way is taken back by a rotation', async () => {
    await using engine = await engineWithStaticRole();
    engine.litellm.faults.next({ kind: 'status', path: '/key/delete', times: 9 });
    await expect(remove(engine)).rejects.toThrow('half deleted');
    engine.litellm.faults.clear();
    expect(await rotate(engine)).toBeUndefined();
    expect(await storedKeyOf(engine)).toMatchObject({ keyAlias: 'vault-app', blocked: null });
    expect(aliases(engine)).toEqual(['vault-app']);
  });

  test('of an entry that cannot be read takes retain', async () => {
    await using engine = await engineWithStaticRole();
    await engine.storage.put(storageEntryJSON('static-roles/app', { rotation: 'often' }));
    await expect(remove(engine)).rejects.toThrow(/retain=true/);
    await expect(create(engine)).rejects.toThrow(/cannot be read.*delete the role with retain=true/);
    expect(await remove(engine, { retain: true })).toBeUndefined();
    expect(engine.storage.keys).not.toContain('static-roles/app');
    // Its key is still there, and has the alias.
    expect((await create(engine))?.data?.['error']).toContain('another key of LiteLLM has the alias');
    await settled();
  });
});
