import { describe, expect, test } from 'bun:test';
import { startEngine } from '../../harness/engine.ts';
import type { Fault } from '../../harness/litellm/faults.ts';
import { ended, living, otherUUID, putLike, statusOf, tidied, tidy, tidyingEngine } from './tidying-engine.ts';

describe('a run of tidy', () => {
  test('deletes what this mount made and what expired before the safety buffer, and nothing else', async () => {
    await using engine = await tidyingEngine();
    const expired = await engine.issue('team');
    const renewed = await engine.issue('team');
    const { metadata = {} } = engine.litellm.keys.find(expired.tokenId) ?? {};
    const persons = putLike(engine, expired.tokenId, { metadata: {} });
    const others = putLike(engine, expired.tokenId, { metadata: { ...metadata, vault_backend_uuid: otherUUID } });
    const endless = putLike(engine, expired.tokenId, { expires: null });
    engine.clock.advance(590);
    await engine.request('renew', '', { secret: { ...renewed.secret, increment: 600 } });
    engine.clock.advance(85);
    const young = await engine.issue('team');

    const status = await tidied(engine);
    expect(status).toMatchObject({
      state: 'Finished',
      error: null,
      message: '',
      mount_keys: 4,
      total_keys: 6,
      total_pages: 1,
      expired_count: 1,
      expired_deleted_count: 1,
      dry_run: false,
      safety_buffer: 60,
      time_started: engine.clock.now().toISOString(),
      time_finished: engine.clock.now().toISOString(),
    });
    const left = [renewed, persons, others, endless, young].map(({ tokenId }) => tokenId);
    expect(living(engine)).toEqual(left.toSorted());
  });

  for (const { seconds, deleted } of [
    { seconds: 600 + 10 + 60, deleted: 0 },
    { seconds: 600 + 10 + 61, deleted: 1 },
  ]) {
    test(`deletes ${deleted} keys of a lease of 600 s ${seconds} s after it began`, async () => {
      await using engine = await tidyingEngine();
      await engine.issue('team');
      engine.clock.advance(seconds);
      expect(await tidied(engine)).toMatchObject({ state: 'Finished', expired_deleted_count: deleted });
    });
  }

  test('waits for as long as a renewal may take, too', async () => {
    await using engine = await tidyingEngine();
    await engine.configure({ request_timeout: 300 });
    await engine.issue('team');
    engine.clock.advance(600 + 10 + 600);
    expect(await tidied(engine)).toMatchObject({ expired_count: 0 });
    engine.clock.advance(1);
    expect(await tidied(engine)).toMatchObject({ expired_deleted_count: 1 });
  });

  test('with dry_run only counts', async () => {
    await using engine = await tidyingEngine();
    await engine.issue('team');
    engine.clock.advance(700);
    expect(await tidied(engine, { dry_run: true })).toMatchObject({
      ...{ state: 'Finished', dry_run: true, expired_count: 1, expired_deleted_count: 0 },
      last_auto_tidy_finished: null,
    });
    expect(living(engine)).toHaveLength(1);
    expect(engine.litellm.requests.filter(({ path }) => path === '/key/delete')).toEqual([]);
  });

  test('goes through all pages, and stops at keys that are younger than the buffer', async () => {
    await using engine = await tidyingEngine();
    const first = await engine.issue('team');
    for (let made = 1; made < 250; made += 1) putLike(engine, first.tokenId, {});
    engine.clock.advance(700);
    const now = engine.clock.now();
    for (let made = 0; made < 200; made += 1) putLike(engine, first.tokenId, { createdAt: now, updatedAt: now });
    const before = engine.litellm.requests.length;
    expect(await tidied(engine)).toMatchObject({
      ...{ state: 'Finished', current_page: 3, total_pages: 5, total_keys: 300 },
      ...{ expired_count: 300, expired_deleted_count: 300 },
    });
    expect(living(engine)).toHaveLength(150);
    expect(engine.litellm.requests.slice(before).filter(({ path }) => path === '/key/list')).toHaveLength(3);
  });

  test('looks at a key again before it deletes it', async () => {
    await using engine = await tidyingEngine();
    const revived = await engine.issue('team');
    const gone = await engine.issue('team');
    const taken = await engine.issue('team');
    const blocked = await engine.issue('team');
    const expired = await engine.issue('team');
    engine.clock.advance(700);
    const listed = engine.litellm.handled('/key/list');
    expect(await tidy(engine, { pause_duration: '50ms' })).toBeDefined();
    await listed;
    const { keys } = engine.litellm;
    const change = (tokenId: string, fields: object): void => {
      const key = keys.find(tokenId);
      if (key) keys.put({ ...key, ...fields });
    };
    const soon = new Date(engine.clock.now().getTime() + 1000);
    change(revived.tokenId, { expires: soon });
    // LiteLLM says of a blocked key that it is revoked, whenever it expires.
    change(blocked.tokenId, { expires: soon, blocked: true });
    keys.delete(gone.tokenId, engine.clock.now());
    change(taken.tokenId, { metadata: { vault_backend_uuid: otherUUID } });
    expect(await ended(engine)).toMatchObject({ state: 'Finished', expired_count: 5, expired_deleted_count: 1 });
    expect(living(engine)).toEqual([revived.tokenId, taken.tokenId, blocked.tokenId].toSorted());
    expect(keys.findDeleted(expired.tokenId)).toBeDefined();
  });

  for (const { path, type, message } of [
    { path: '/key/info', type: 'not_found_error', message: 'Key not found in database' },
    { path: '/key/delete', type: 'internal_server_error', message: "{'error': 'No keys found'}" },
  ]) {
    test(`takes it for no fault where ${path} says that the key is gone`, async () => {
      await using engine = await tidyingEngine();
      await engine.issue('team');
      await engine.issue('team');
      engine.clock.advance(700);
      const body = { error: { message, type, param: null, code: '404' } };
      engine.litellm.faults.next({ path, kind: 'status', status: 404, body });
      expect(await tidied(engine)).toMatchObject({ state: 'Finished', expired_count: 2, expired_deleted_count: 1 });
    });
  }

  test('leaves a key that LiteLLM would let in by its own clock', async () => {
    let now = (): Date => new Date('2030-01-01T00:00:00Z');
    await using engine = await tidyingEngine({ litellm: { now: () => now() } });
    now = () => new Date(engine.clock.now().getTime() - 300_000);
    await engine.issue('team');
    engine.clock.advance(599);
    // To this clock it has expired 289 seconds ago, and its lease lives for one more.
    expect(await tidied(engine)).toMatchObject({ expired_count: 1, expired_deleted_count: 0 });
  });

  test('deletes a blocked key that has expired', async () => {
    await using engine = await tidyingEngine();
    const { tokenId } = await engine.issue('team');
    putLike(engine, tokenId, { blocked: true });
    engine.clock.advance(700);
    expect(await tidied(engine)).toMatchObject({ expired_deleted_count: 2 });
  });
});

describe('a key that looks unclaimed', () => {
  test('is told of, and left alone', async () => {
    await using engine = await tidyingEngine();
    const response = await engine.request('read', 'creds/team', { id: 'request-7' });
    const createdAt = engine.clock.now();
    const tokenId = String(response?.data?.['token_id']);
    putLike(engine, tokenId, { spend: 0.1 });
    putLike(engine, tokenId, { lastActive: createdAt });
    putLike(engine, tokenId, { blocked: true });
    putLike(engine, tokenId, { updatedAt: new Date(createdAt.getTime() + 5000) });
    putLike(engine, tokenId, { metadata: {} });
    engine.clock.advance(61);
    await engine.issue('team');
    const status = await tidied(engine);
    expect(status).toMatchObject({ state: 'Finished', unclaimed_count: 1, expired_count: 0 });
    expect(status['unclaimed']).toEqual([
      {
        key_alias: response?.data?.['key_alias'],
        role: 'team',
        created_at: createdAt.toISOString(),
        request_id: 'request-7',
      },
    ]);
    expect(living(engine)).toHaveLength(7);
  });

  test('is shown with some others and no more', async () => {
    await using engine = await tidyingEngine();
    const { tokenId } = await engine.issue('team');
    for (let made = 1; made < 50; made += 1) putLike(engine, tokenId, {});
    engine.clock.advance(61);
    const status = await tidied(engine);
    expect(status).toMatchObject({ unclaimed_count: 50 });
    expect(status['unclaimed']).toHaveLength(20);
  });
});

describe('a LiteLLM that fails', () => {
  const faults: readonly Omit<Fault, 'times'>[] = [
    { path: '/key/list', kind: 'status' },
    { path: '/key/list', kind: 'nonsense' },
    { path: '/key/info', kind: 'html' },
    { path: '/key/delete', kind: 'status' },
  ];
  for (const fault of faults) {
    test(`with ${fault.kind} on ${fault.path} ends the run in an error, and the next one starts over`, async () => {
      await using engine = await tidyingEngine();
      await engine.issue('team');
      engine.clock.advance(700);
      engine.litellm.faults.next({ ...fault, times: 50 });
      const status = await tidied(engine);
      expect(status).toMatchObject({ state: 'Error', expired_deleted_count: 0, last_auto_tidy_finished: null });
      expect(status['error']).toContain(`${engine.litellm.url}${fault.path}`);
      expect(JSON.stringify([status, engine.log])).not.toContain(engine.litellm.masterKey);
      engine.litellm.faults.clear();
      expect(await tidied(engine)).toMatchObject({ state: 'Finished', error: null, expired_deleted_count: 1 });
    });
  }

  test('on one key does not keep the others from it', async () => {
    await using engine = await tidyingEngine();
    for (let made = 0; made < 4; made += 1) await engine.issue('team');
    engine.clock.advance(700);
    engine.litellm.faults.next({ path: '/key/delete', kind: 'status', status: 400 });
    const status = await tidied(engine);
    expect(status).toMatchObject({ state: 'Error', expired_count: 4, expired_deleted_count: 3 });
    expect(status['error']).toStartWith('1 expired key could not be deleted: POST ');
  });

  test('on every key is asked no more after some', async () => {
    await using engine = await tidyingEngine();
    for (let made = 0; made < 20; made += 1) await engine.issue('team');
    engine.clock.advance(700);
    engine.litellm.faults.next({ path: '/key/info', kind: 'status', status: 400, times: 1000 });
    const status = await tidied(engine);
    expect(status).toMatchObject({ state: 'Error', expired_count: 20, expired_deleted_count: 0 });
    expect(status['error']).toStartWith('5 expired keys could not be deleted: GET ');
  });
});

describe('runs', () => {
  test('come one at a time, and a second one is told so', async () => {
    await using engine = await tidyingEngine();
    engine.litellm.faults.next({ path: '/key/list', kind: 'hang' });
    const listing = engine.litellm.handled('/key/list');
    const first = await tidy(engine);
    await listing;
    expect(await statusOf(engine)).toMatchObject({ state: 'Running', time_finished: null });
    const second = await tidy(engine);
    expect(second?.data).toBeUndefined();
    expect(second?.warnings).toEqual([expect.stringContaining('under way already')]);

    const body = JSON.parse(String(first?.data?.['http_raw_body'])) as Record<string, unknown>;
    expect(first?.data).toMatchObject({ http_status_code: 202, http_content_type: 'application/json' });
    expect(body).toMatchObject({
      request_id: 'request-1',
      data: null,
      warnings: [expect.stringContaining('tidy-status')],
    });

    expect(await engine.request('update', 'tidy-cancel')).toMatchObject({ data: { state: 'Cancelling' } });
    expect(await ended(engine)).toMatchObject({ state: 'Cancelled', error: null });
    expect((await engine.request('update', 'tidy-cancel'))?.warnings).toHaveLength(1);
    expect(await tidied(engine)).toMatchObject({ state: 'Finished' });
  });

  test('stop with their mount, and begin no more after it', async () => {
    await using engine = await tidyingEngine();
    await engine.request('update', 'config', { data: { request_timeout: '1h' } });
    await engine.issue('team');
    engine.clock.advance(3 * 3600);
    engine.litellm.faults.next({ path: '/key/info', kind: 'hang' });
    const looking = engine.litellm.handled('/key/info');
    await tidy(engine);
    await looking;
    await engine.backend.cleanup();
    expect(await statusOf(engine)).toMatchObject({ state: 'Cancelled' });
    expect((await tidy(engine))?.data).toBeUndefined();
    await engine.backend.cleanup();
    expect(living(engine)).toHaveLength(1);
  });

  test('have never two calls under way', async () => {
    await using engine = await tidyingEngine();
    for (let made = 0; made < 30; made += 1) await engine.issue('team');
    engine.clock.advance(700);
    const { connections } = engine.litellm;
    await tidied(engine);
    expect(engine.litellm.connections - connections).toBeLessThanOrEqual(1);
  });

  test('pause between two calls', async () => {
    await using engine = await tidyingEngine();
    await engine.issue('team');
    engine.clock.advance(700);
    const began = performance.now();
    await tidied(engine, { pause_duration: '40ms' });
    // Three calls: a list, a look at the key, its deletion.
    expect(performance.now() - began).toBeGreaterThanOrEqual(79);
  });

  test('are told of as Inactive before the first', async () => {
    await using engine = await tidyingEngine();
    const status = await statusOf(engine);
    expect(status).toMatchObject({
      state: 'Inactive',
      time_started: null,
      total_keys: null,
      unclaimed: null,
      internal_backend_uuid: '00000000-0000-4000-8000-000000000001',
    });
  });

  for (const replicationState of [1 << 14, 1 << 6]) {
    test(`are left to another node where the replication state is ${replicationState}`, async () => {
      await using engine = await startEngine({ system: { replicationState } });
      for (const [operation, path] of [
        ['update', 'tidy'],
        ['update', 'tidy-cancel'],
        ['read', 'tidy-status'],
        ['update', 'config/auto-tidy'],
      ] as const) {
        await expect(engine.request(operation, path)).rejects.toThrow('cannot write to readonly storage');
      }
    });
  }

  const mistakes: readonly { readonly fields: Readonly<Record<string, unknown>>; readonly says: string }[] = [
    { fields: { dryrun: true }, says: 'dry_run' },
    { fields: { dry_run: '' }, says: 'dry_run' },
    { fields: { dry_run: null }, says: 'dry_run' },
    { fields: { safety_buffer: '60.5s' }, says: 'whole seconds' },
    { fields: { safety_buffer: 59 }, says: 'at least 60 seconds' },
    { fields: { safety_buffer: -1 }, says: 'negative' },
    { fields: { pause_duration: 'soon' }, says: '100ms' },
    { fields: { pause_duration: '2h' }, says: 'at most 1h' },
  ];
  for (const { fields, says } of mistakes) {
    test(`are refused with ${JSON.stringify(fields)}`, async () => {
      await using engine = await tidyingEngine();
      const response = await tidy(engine, fields);
      expect(response?.data).toEqual({ error: expect.stringContaining(says) });
      expect(await statusOf(engine)).toMatchObject({ state: 'Inactive' });
    });
  }

  test('are refused without a configuration', async () => {
    await using engine = await tidyingEngine();
    await engine.request('delete', 'config');
    expect((await tidy(engine))?.data).toEqual({ error: expect.stringContaining('write base_url and master_key') });
  });
});
