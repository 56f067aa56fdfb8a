import { describe, expect, test } from 'bun:test';
import { engineWithRole, startEngine, type TestEngine } from '../../harness/engine.ts';
import { keyNotFound, mayNotBlock } from '../../harness/litellm-faults.ts';

const grace = 90;
const requestTimeout = 30;

/** The paths that LiteLLM was asked about since the last question, `/key/` left out. */
function asked(engine: TestEngine): () => readonly string[] {
  let seen = engine.litellm.requests.length;
  return () => {
    const paths = engine.litellm.requests.slice(seen).map(({ path }) => path.replace('/key/', ''));
    seen = engine.litellm.requests.length;
    return paths;
  };
}

const walKeys = (engine: TestEngine): readonly string[] => engine.storage.keys.filter((key) => key.startsWith('wal/'));

describe('revoking', () => {
  test('returns when the key is blocked, and half a second later blocks it again and deletes it', async () => {
    await using engine = await engineWithRole();
    const { secret, tokenId } = await engine.issue('team');
    engine.clock.hold();
    const calls = asked(engine);
    expect(await engine.request('revoke', 'creds/team', { secret })).toBeUndefined();
    expect(engine.litellm.keys.find(tokenId)?.blocked).toBe(true);
    await engine.clock.asleep();
    engine.clock.advance(0.4);
    expect(calls()).toEqual(['block']);
    const deleted = engine.litellm.handled('/key/delete');
    engine.clock.advance(0.1);
    await deleted;
    expect(calls()).toEqual(['block', 'delete']);
    expect(engine.litellm.keys.all()).toEqual([]);
    // The configuration and the role: a revocation that goes well writes nothing.
    expect(engine.storage.calls.put).toBe(2);
    await engine.backend.cleanup();
    expect(walKeys(engine)).toEqual([]);
  });

  test('goes by what the lease remembers alone', async () => {
    await using engine = await engineWithRole();
    const [one, two] = [await engine.issue('team'), await engine.issue('team')];
    await engine.request('revoke', '', { secret: one.secret, data: { key: two.key, token_id: two.tokenId } });
    await engine.backend.cleanup();
    expect(engine.litellm.keys.all().map((key) => key.tokenId)).toEqual([two.tokenId]);
  });

  test('twice is no error, and neither is a key that somebody else deleted', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    const deleted = engine.litellm.handled('/key/delete');
    await engine.request('revoke', '', { secret });
    await deleted;
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
    const another = await engine.issue('team');
    engine.litellm.keys.delete(another.tokenId, engine.clock.now());
    expect(await engine.request('revoke', '', { secret: another.secret })).toBeUndefined();
  });

  test('fails while LiteLLM does, so that the host tries again', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    const fault = { kind: 'status', status: 404, body: 'not here', contentType: 'text/plain' } as const;
    engine.litellm.faults.next({ path: '/key/block', ...fault });
    engine.litellm.faults.next({ path: '/key/delete', ...fault });
    await expect(engine.request('revoke', '', { secret })).rejects.toThrow('/key/block');
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
  });

  test('fails at once when LiteLLM cannot be reached', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    await engine.litellm.stop();
    await expect(engine.request('revoke', '', { secret })).rejects.toThrow('/key/block');
  });

  test('without config fails until LiteLLM has ended the key itself', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    await engine.request('delete', 'config');
    await expect(engine.request('revoke', '', { secret })).rejects.toThrow(/no configuration to reach it with/);
    engine.clock.advance(3 * 3600 + grace + 2 * requestTimeout + 1);
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
  });

  test('by a proxy that does not know the key fails when it was made on another', async () => {
    await using engine = await engineWithRole();
    await using other = await startEngine();
    const { secret } = await engine.issue('team');
    await engine.request('update', 'config', {
      data: { base_url: other.litellm.url, master_key: 'sk-test-not-a-real-master-key' },
    });
    await expect(engine.request('revoke', '', { secret })).rejects.toThrow(
      /was made on .*, which config names now, does not know it/,
    );
    await engine.request('update', 'config', {
      data: { base_url: engine.litellm.url, master_key: 'sk-test-not-a-real-master-key' },
    });
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
    await engine.backend.cleanup();
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

  test('by a proxy that says that the key was deleted succeeds, whatever it is called', async () => {
    await using engine = await engineWithRole();
    const { secret, tokenId } = await engine.issue('team');
    engine.litellm.keys.delete(tokenId, engine.clock.now());
    const sameProxy = engine.litellm.url.replace('127.0.0.1', 'localhost');
    await engine.request('update', 'config', {
      data: { base_url: sameProxy, master_key: 'sk-test-not-a-real-master-key' },
    });
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
  });
});

describe('revoking a key that LiteLLM will not block', () => {
  const refusals = [
    { name: 'with 500 after the work', fault: { kind: 'status', withEffect: true } },
    { name: 'with 500', fault: { kind: 'status' } },
    { name: 'since the master key may not', fault: mayNotBlock },
    { name: 'with nonsense', fault: { kind: 'nonsense' } },
    { name: 'and says nothing', fault: { kind: 'drop-after-effect', times: 3 } },
  ] as const;
  for (const { name, fault } of refusals) {
    test(`${name}, deletes it and warns`, async () => {
      await using engine = await engineWithRole();
      const { secret } = await engine.issue('team');
      const calls = asked(engine);
      engine.litellm.faults.next({ path: '/key/block', ...fault });
      expect(await engine.request('revoke', '', { secret })).toBeUndefined();
      expect(engine.litellm.keys.all()).toEqual([]);
      expect([...new Set(calls())]).toEqual(['block', 'delete']);
      expect(engine.log.join()).toContain('user_api_key_cache_ttl');
    });
  }

  test('says what LiteLLM put in words when it cannot delete it either', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    engine.litellm.faults.next({ path: '/key/block', kind: 'html', status: 200 });
    engine.litellm.faults.next({ path: '/key/delete', ...mayNotBlock });
    await expect(engine.request('revoke', '', { secret })).rejects.toThrow('Not allowed to block this key');
  });

  test('asks whether it is deleted when the delete does not tell', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    engine.litellm.faults.next({ path: '/key/block', kind: 'status' });
    engine.litellm.faults.next({ path: '/key/delete', kind: 'html', withEffect: true });
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
    const another = await engine.issue('team');
    engine.litellm.faults.next({ path: '/key/block', kind: 'status' });
    engine.litellm.faults.next({ path: '/key/delete', kind: 'html', status: 200 });
    await expect(engine.request('revoke', '', { secret: another.secret })).rejects.toThrow('/key/block');
  });
});

describe('revoking a key that LiteLLM does not find', () => {
  test('does not believe it of a young one, and asks again', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    engine.clock.advance(59);
    engine.clock.hold();
    engine.litellm.faults.next({ path: '/key/block', ...keyNotFound, times: 3 });
    engine.litellm.faults.next({ path: '/key/info', ...keyNotFound, times: 3 });
    const revoked = engine.request('revoke', '', { secret });
    for (const seconds of [0.5, 1, 2]) {
      await engine.clock.asleep();
      engine.clock.advance(seconds);
    }
    expect(await revoked).toBeUndefined();
    expect(engine.litellm.keys.all()).toMatchObject([{ blocked: true }]);
  });

  test('fails for a young one in the end, so that the host tries again', async () => {
    await using engine = await engineWithRole();
    const { secret, tokenId } = await engine.issue('team');
    engine.litellm.faults.next({ path: '/key/block', ...keyNotFound, times: 4 });
    engine.litellm.faults.next({ path: '/key/info', ...keyNotFound, times: 4 });
    const calls = asked(engine);
    await expect(engine.request('revoke', '', { secret })).rejects.toThrow(/A replica of its database may lag behind/);
    expect(calls()).toEqual(['block', 'info', 'block', 'info', 'block', 'info', 'block', 'info']);
    expect(engine.litellm.keys.find(tokenId)?.blocked).toBeNull();
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
  });

  test('believes it of an old one', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    engine.clock.advance(60);
    engine.litellm.faults.next({ path: '/key/block', ...keyNotFound });
    const calls = asked(engine);
    expect(await engine.request('revoke', '', { secret })).toBeUndefined();
    expect(calls()).toEqual(['block']);
  });

  test('gives up with its caller', async () => {
    await using engine = await engineWithRole();
    const { secret } = await engine.issue('team');
    engine.clock.hold();
    engine.litellm.faults.next({ path: '/key/block', ...keyNotFound });
    const gone = new AbortController();
    const revoked = engine.request('revoke', '', { secret, signal: gone.signal });
    await engine.clock.asleep();
    gone.abort();
    await expect(revoked).rejects.toThrow();
  });
});
