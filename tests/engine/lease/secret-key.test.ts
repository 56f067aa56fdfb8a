import { describe, expect, test } from 'bun:test';
import { startEngine, type TestEngine } from '../../harness/engine.ts';

const grace = 90;
const requestTimeout = 30;

async function engineWithRole(
  role: Readonly<Record<string, unknown>> = { ttl: '1h', max_ttl: '3h' },
): Promise<TestEngine> {
  const engine = await startEngine();
  await engine.configure();
  await engine.request('create', 'roles/team', { data: role });
  return engine;
}

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
    const over = await engine.request('renew', '', { secret });
    expect(over?.data?.['error']).toMatch(/past the max TTL/);
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
    expect((await engine.request('renew', '', { secret }))?.data?.['error']).toMatch(/no such key/);
  });

  test('on another proxy that does not know the key is told so, and one that does becomes its proxy', async () => {
    await using engine = await engineWithRole();
    await using other = await startEngine();
    const { secret } = await engine.issue('team');
    await engine.request('update', 'config', { data: { base_url: other.litellm.url } });
    expect((await engine.request('renew', '', { secret }))?.data?.['error']).toMatch(
      /was made on .*, which config names now/,
    );
    const sameProxy = engine.litellm.url.replace('127.0.0.1', 'localhost');
    await engine.request('update', 'config', { data: { base_url: sameProxy } });
    expect((await engine.request('renew', '', { secret }))?.secret?.internalData).toMatchObject({ proxy: sameProxy });
  });

  test('without config is told', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    await engine.request('delete', 'config');
    expect((await engine.request('renew', '', { secret }))?.data?.['error']).toMatch(/no configuration any more/);
  });
});

describe('revoking', () => {
  test('blocks the key, then deletes it', async () => {
    await using engine = await engineWithRole();
    const { secret, tokenId } = await engine.issue('team');
    expect(await engine.request('revoke', 'creds/team', { secret })).toBeUndefined();
    expect(engine.litellm.keys.all()).toEqual([]);
    expect(engine.litellm.keys.findDeleted(tokenId)?.blocked).toBe(true);
  });

  test('goes by what the lease remembers alone', async () => {
    await using engine = await engineWithRole();
    const [one, two] = [await engine.issue('team'), await engine.issue('team')];
    await engine.request('revoke', '', { secret: one.secret, data: { key: two.key, token_id: two.tokenId } });
    expect(engine.litellm.keys.all().map((key) => key.tokenId)).toEqual([two.tokenId]);
  });

  test('twice is no error, and neither is a key that somebody else deleted', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    await engine.request('revoke', '', { secret });
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
  });

  test('when the delete is answered with nonsense, asks whether the key is gone', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    engine.litellm.faults.next({ path: '/key/delete', kind: 'html', withEffect: true });
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
    const another = await engine.issue('team');
    engine.litellm.faults.next({ path: '/key/delete', kind: 'html', times: 9 });
    await expect(engine.request('revoke', '', { secret: another.secret })).rejects.toThrow('/key/delete');
  });

  test('fails while LiteLLM does, so that the host tries again', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    engine.litellm.faults.next({
      path: '/key/block',
      kind: 'status',
      status: 404,
      body: 'not here',
      contentType: 'text/plain',
    });
    await expect(engine.request('revoke', '', { secret })).rejects.toThrow('/key/block');
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
  });

  test('without config fails until LiteLLM has ended the key itself', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    await engine.request('delete', 'config');
    await expect(engine.request('revoke', '', { secret })).rejects.toThrow(/no configuration to reach it with/);
    engine.clock.advance(3 * 3600 + grace + requestTimeout + 1);
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
  });

  test('by a proxy that does not know the key fails when it was made on another', async () => {
    await using engine = await engineWithRole();
    await using other = await startEngine();
    const { secret } = await engine.issue('team');
    await engine.request('update', 'config', { data: { base_url: other.litellm.url } });
    await expect(engine.request('revoke', '', { secret })).rejects.toThrow(
      /was made on .*, which config names now, does not know it/,
    );
    await engine.request('update', 'config', { data: { base_url: engine.litellm.url } });
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
    expect(engine.litellm.keys.all()).toEqual([]);
  });

  test('a lease that tells of no key is refused without showing what it holds', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    const broken = {
      ...secret,
      internalData: { secret_type: 'litellm_key', token_id: 7, role: 'sk-test-not-a-real-key' },
    };
    const error = await engine.request('revoke', '', { secret: broken }).catch(String);
    expect(error).toContain('does not tell which key it is about (token_id)');
    expect(error).not.toContain('sk-test');
  });
});
