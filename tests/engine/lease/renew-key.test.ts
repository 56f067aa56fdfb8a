import { describe, expect, test } from 'bun:test';
import { UserError } from '../../../src/sdk/logical/error.ts';
import { engineWithRole, startEngine, type TestEngine } from '../../harness/engine.ts';
import { keyNotFound } from '../../harness/litellm-faults.ts';

const grace = 90;

const expiresIn = (engine: TestEngine, tokenId: string): number =>
  ((engine.litellm.keys.find(tokenId)?.expires?.getTime() ?? 0) - engine.clock.now().getTime()) / 1000;

describe('renewing', () => {
  test('extends the key with its lease and keeps what the lease remembers', async () => {
    await using engine = await engineWithRole();
    const { secret, tokenId } = await engine.issue('team');
    engine.clock.advance(1800);
    const response = await engine.request('renew', 'creds/team', { secret });
    expect(response?.secret).toMatchObject({ ttl: 3600, maxTTL: 10_800, renewable: true });
    expect(response?.secret?.internalData).toMatchObject({ secret_type: 'litellm_key', token_id: tokenId });
    expect(response?.warnings ?? []).toEqual([]);
    expect(expiresIn(engine, tokenId)).toBe(3600 + grace);
  });

  test('asks for what the client asks for, up to the longest lease', async () => {
    await using engine = await engineWithRole();
    const { secret, tokenId } = await engine.issue('team');
    const renew = async (increment: number) =>
      (await engine.request('renew', '', { secret: { ...secret, increment } }))?.secret?.ttl;
    expect(await renew(600)).toBe(600);
    expect(expiresIn(engine, tokenId)).toBe(600 + grace);
    engine.clock.advance(9000);
    expect(await renew(7200)).toBe(1800);
    expect(expiresIn(engine, tokenId)).toBe(1800 + grace);
    engine.clock.advance(1800);
    const over = await engine.request('renew', '', { secret }).catch((error: unknown) => error);
    expect(over).toBeInstanceOf(UserError);
    expect(String(over)).toContain('past the max TTL');
  });

  test('goes by the role as it is now', async () => {
    await using engine = await engineWithRole();
    const { secret, tokenId } = await engine.issue('team');
    await engine.request('update', 'roles/team', { data: { ttl: '30m', max_ttl: '2h' } });
    const response = await engine.request('renew', '', { secret });
    expect(response?.secret).toMatchObject({ ttl: 1800, maxTTL: 7200 });
    expect(expiresIn(engine, tokenId)).toBe(1800 + grace);
  });

  test('goes by the role as it was when the role is gone', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    await engine.request('delete', 'roles/team');
    expect((await engine.request('renew', '', { secret }))?.secret).toMatchObject({ ttl: 3600, maxTTL: 10_800 });
  });

  test('a key that LiteLLM no longer has is told', async () => {
    await using engine = await engineWithRole();
    const { secret, tokenId } = await engine.issue('team');
    engine.litellm.keys.delete(tokenId, engine.clock.now());
    await expect(engine.request('renew', '', { secret })).rejects.toThrow(/no such key/);
  });

  test('on another proxy that does not know the key is told so, and one that does becomes its proxy', async () => {
    await using engine = await engineWithRole();
    await using other = await startEngine();
    const { secret } = await engine.issue('team');
    await engine.request('update', 'config', {
      data: { base_url: other.litellm.url, master_key: 'sk-test-not-a-real-master-key' },
    });
    await expect(engine.request('renew', '', { secret })).rejects.toThrow(/was made on .*, which config names now/);
    const sameProxy = engine.litellm.url.replace('127.0.0.1', 'localhost');
    await engine.request('update', 'config', {
      data: { base_url: sameProxy, master_key: 'sk-test-not-a-real-master-key' },
    });
    expect((await engine.request('renew', '', { secret }))?.secret?.internalData).toMatchObject({ proxy: sameProxy });
  });

  test('without config is told', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    await engine.request('delete', 'config');
    await expect(engine.request('renew', '', { secret })).rejects.toThrow(/no configuration any more/);
  });

  test('asks the storage nothing once it is warm, and the host of a moment ago nothing', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    engine.storage.resetCalls();
    const asked = engine.system.calls.defaultLeaseTTL;
    for (let times = 0; times < 3; times += 1) await engine.request('renew', '', { secret });
    expect(engine.storage.totalCalls).toBe(0);
    expect(engine.system.calls.defaultLeaseTTL).toBe(asked);
  });

  for (const { heard, hear } of [
    {
      heard: 'at once, of which a notice comes',
      hear: (engine: TestEngine) => engine.backend.invalidateKey('roles/team'),
    },
    { heard: 'after ten seconds, where the notice is lost', hear: (engine: TestEngine) => engine.clock.advance(10) },
  ]) {
    test(`goes by what another node has written to the role ${heard}`, async () => {
      await using engine = await engineWithRole();
      const { secret, tokenId } = await engine.issue('team');
      const entry = await engine.storage.get('roles/team');
      const role = JSON.parse(new TextDecoder().decode(entry?.value)) as Record<string, unknown>;
      const value = new TextEncoder().encode(JSON.stringify({ ...role, ttl: 600 }));
      await engine.storage.put({ key: 'roles/team', value });
      hear(engine);
      expect((await engine.request('renew', '', { secret }))?.secret?.ttl).toBe(600);
      expect(expiresIn(engine, tokenId)).toBe(600 + grace);
    });
  }

  test('goes by a connection that another node has written, at the latest ten seconds later', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    const entry = await engine.storage.get('config');
    const config = JSON.parse(new TextDecoder().decode(entry?.value)) as Record<string, unknown>;
    const value = new TextEncoder().encode(JSON.stringify({ ...config, grace: 300 }));
    await engine.storage.put({ key: 'config', value });
    engine.clock.advance(10);
    await engine.request('renew', '', { secret });
    expect(expiresIn(engine, String(secret.internalData['token_id']))).toBe(3600 + 300);
  });

  describe('where LiteLLM grants less than the lease', () => {
    const granting = async (seconds: number) => {
      const engine = await engineWithRole();
      const { secret, tokenId } = await engine.issue('team');
      const expires = new Date(engine.clock.now().getTime() + seconds * 1000).toISOString();
      engine.litellm.faults.next({ path: '/key/update', kind: 'nonsense', body: { token: tokenId, expires } });
      return { engine, secret };
    };

    test('cuts the lease to that, and says so', async () => {
      const { engine, secret } = await granting(599);
      await using _ = engine;
      const response = await engine.request('renew', '', { secret });
      expect(response?.secret).toMatchObject({ ttl: 597, maxTTL: 10_800 });
      expect(response?.warnings).toEqual([
        'LiteLLM lets this key live for 599 s and not for 3600 s: the lease is cut to 597 s',
      ]);
    });

    for (const seconds of [0, -3600]) {
      test(`and ${seconds} s are left, fails`, async () => {
        const { engine, secret } = await granting(seconds);
        await using _ = engine;
        const error = await engine.request('renew', '', { secret }).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(UserError);
        expect(String(error)).toContain('LiteLLM was asked to let the key');
      });
    }
  });

  test('goes by the role as it was when the role cannot be read, and says so', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    await engine.storage.put({ key: 'roles/team', value: new TextEncoder().encode('{"models":7}') });
    engine.backend.invalidateKey('roles/team');
    const response = await engine.request('renew', '', { secret });
    expect(response?.secret).toMatchObject({ ttl: 3600, maxTTL: 10_800 });
    expect(response?.warnings).toEqual([expect.stringContaining('renewed by the role as it was')]);
    expect(engine.log.join()).toContain('the stored entry \\"roles/team\\"');
  });

  test('fails when the configuration cannot be read, or the storage is away', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    engine.storage.intercept = (_call, key) => {
      if (key === 'roles/team') throw new Error('the storage is away');
    };
    expect((await engine.request('renew', '', { secret }))?.secret?.ttl).toBe(3600);
    engine.clock.advance(10);
    await expect(engine.request('renew', '', { secret })).rejects.toThrow('the storage is away');
    engine.storage.intercept = undefined;
    await engine.storage.put({ key: 'config', value: new TextEncoder().encode('{}') });
    engine.backend.invalidateKey('config');
    await expect(engine.request('renew', '', { secret })).rejects.toThrow('the stored entry "config"');
  });

  describe('a key that LiteLLM does not find', () => {
    test('and that is young asks again', async () => {
      await using engine = await engineWithRole();
      const { secret } = await engine.issue('team');
      engine.litellm.faults.next({ path: '/key/update', ...keyNotFound, times: 3 });
      engine.litellm.faults.next({ path: '/key/info', ...keyNotFound, times: 3 });
      expect((await engine.request('renew', '', { secret }))?.secret?.ttl).toBe(3600);
      expect(engine.litellm.faults.pending).toBe(0);
    });

    test('and that is young fails in the end, by another name than a key that is gone', async () => {
      await using engine = await engineWithRole();
      const { secret } = await engine.issue('team');
      engine.litellm.faults.next({ path: '/key/update', ...keyNotFound, times: 4 });
      await expect(engine.request('renew', '', { secret })).rejects.toThrow(/A replica of its database may lag behind/);
      expect(engine.litellm.faults.pending).toBe(0);
    });

    test('and that is old fails at once', async () => {
      await using engine = await engineWithRole();
      const { secret } = await engine.issue('team');
      engine.clock.advance(60);
      engine.litellm.faults.next({ path: '/key/update', ...keyNotFound });
      await expect(engine.request('renew', '', { secret })).rejects.toThrow(/no such key/);
    });
  });
});
