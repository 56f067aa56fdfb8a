import { describe, expect, test } from 'bun:test';
import { startEngine, type TestEngine } from '../../harness/engine.ts';
import type { FaultKind } from '../../harness/litellm/faults.ts';

async function engineWithRole(): Promise<TestEngine> {
  const engine = await startEngine();
  await engine.configure({ request_timeout: 1 });
  await engine.request('create', 'roles/team', { data: { ttl: 600 } });
  return engine;
}

const walKeys = (engine: TestEngine): readonly string[] => engine.storage.keys.filter((key) => key.startsWith('wal/'));
const rollback = (engine: TestEngine) => engine.request('rollback', '');

describe('a key whose making ended badly', () => {
  const ends: readonly { readonly kind: FaultKind; readonly withEffect?: boolean; readonly code: number }[] = [
    { kind: 'hang-after-effect', code: 504 },
    { kind: 'slow-body', code: 504 },
    { kind: 'drop-after-effect', code: 502 },
    { kind: 'half-body', code: 502 },
    { kind: 'nonsense', withEffect: true, code: 502 },
    { kind: 'html', withEffect: true, code: 502 },
    { kind: 'status', withEffect: true, code: 502 },
  ];
  for (const { code, ...fault } of ends) {
    test(`by ${fault.kind} does not stay`, async () => {
      await using engine = await engineWithRole();
      engine.litellm.faults.next({ path: '/key/generate', ...fault });
      const deleted = engine.litellm.handled('/key/delete');
      const error = await engine.request('read', 'creds/team').then(String, (thrown: unknown) => thrown);
      expect(error).toMatchObject({ code, message: expect.stringContaining(`${engine.litellm.url}/key/generate`) });
      await deleted;
      await engine.backend.cleanup();
      expect(engine.litellm.keys.all()).toEqual([]);
      expect(walKeys(engine)).toEqual([]);
    });
  }

  for (const kind of ['hang', 'drop-before', 'status'] as const) {
    test(`by ${kind}, and that may still come, is looked for again by the rollback`, async () => {
      await using engine = await engineWithRole();
      engine.litellm.faults.next({ path: '/key/generate', kind });
      const looked = engine.litellm.handled('/key/block');
      await expect(engine.request('read', 'creds/team')).rejects.toThrow('/key/generate');
      await looked;
      await engine.backend.cleanup();
      expect(walKeys(engine)).toHaveLength(1);
      const [id] = walKeys(engine);
      expect(JSON.stringify(engine.storage.peek(id ?? ''))).not.toContain('sk-');

      await rollback(engine);
      expect(walKeys(engine)).toHaveLength(1);
      engine.clock.advance(181);
      await rollback(engine);
      expect(walKeys(engine)).toEqual([]);
    });
  }

  test('is ended by the rollback when LiteLLM could not be reached before', async () => {
    await using engine = await engineWithRole();
    engine.litellm.faults.next({ path: '/key/generate', kind: 'drop-after-effect' });
    engine.litellm.faults.next({ path: '/key/block', kind: 'status' });
    const looked = engine.litellm.handled('/key/block');
    await expect(engine.request('read', 'creds/team')).rejects.toThrow('/key/generate');
    await looked;
    await engine.backend.cleanup();
    expect(engine.litellm.keys.all()).toHaveLength(1);

    engine.clock.advance(181);
    engine.litellm.faults.next({ path: '/key/block', kind: 'status' });
    await rollback(engine);
    expect(walKeys(engine)).toHaveLength(1);
    await rollback(engine);
    expect(walKeys(engine)).toEqual([]);
    expect(engine.litellm.keys.all()).toEqual([]);
  });

  test('because the caller went away does not stay', async () => {
    await using engine = await engineWithRole();
    engine.litellm.faults.next({ path: '/key/generate', kind: 'hang-after-effect' });
    const gone = new AbortController();
    const generating = engine.litellm.handled('/key/generate');
    const deleted = engine.litellm.handled('/key/delete');
    const request = engine.request('read', 'creds/team', { signal: gone.signal });
    await generating;
    gone.abort();
    await expect(request).rejects.toThrow();
    await deleted;
    await engine.backend.cleanup();
    expect(engine.litellm.keys.all()).toEqual([]);
  });

  test('holds the end of its mount up for seconds and no longer, and stays remembered', async () => {
    await using engine = await engineWithRole();
    await engine.request('update', 'config', { data: { request_timeout: '1h' } });
    engine.litellm.faults.next({ path: '/key/generate', kind: 'drop-after-effect' });
    engine.litellm.faults.next({ path: '/key/block', kind: 'hang', times: 9 });
    await expect(engine.request('read', 'creds/team')).rejects.toThrow('/key/generate');
    await engine.backend.cleanup();
    expect(walKeys(engine)).toHaveLength(1);
  });

  test('is ended even when it cannot be remembered', async () => {
    await using engine = await engineWithRole();
    engine.storage.intercept = (call) => {
      if (call === 'put') throw new Error('the storage is away');
    };
    engine.litellm.faults.next({ path: '/key/generate', kind: 'drop-after-effect' });
    const deleted = engine.litellm.handled('/key/delete');
    await expect(engine.request('read', 'creds/team')).rejects.toThrow('/key/generate');
    await deleted;
    await engine.backend.cleanup();
    expect(engine.litellm.keys.all()).toEqual([]);
    expect(engine.log.join()).toContain('the storage is away');
  });
});

describe('a refusal that certainly made no key', () => {
  test('leaves nothing to remember', async () => {
    await using engine = await engineWithRole();
    await engine.request('update', 'config', { data: { base_url: 'http://127.0.0.1:1', verify_connection: false } });
    await expect(engine.request('read', 'creds/team')).rejects.toMatchObject({ code: 502 });
    engine.litellm.faults.next({ path: '/key/generate', kind: 'redirect', location: 'http://127.0.0.1:1/' });
    await engine.configure();
    await expect(engine.request('read', 'creds/team')).rejects.toMatchObject({ code: 502 });
    await engine.backend.cleanup();
    expect(walKeys(engine)).toEqual([]);
  });
});
