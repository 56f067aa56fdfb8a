import { describe, expect, test } from 'bun:test';
import { hashKey } from '../tests/harness/litellm/stored-key.ts';
import type { Json } from './harness/engine-api.ts';
import { issueKey, type IssuedKey, uniqueName, writeRole } from './harness/issue-key.ts';
import { LiteLLM } from './harness/litellm.ts';
import { configure, describeEngines, useSuite } from './harness/suite.ts';
import { newMount, newRole } from './harness/test-steps.ts';
import { until } from './harness/until.ts';

// Two mounts of one proxy, a person's key beside theirs, and keys that outlived their leases: tidy takes the right ones.

/** The least buffer, and a second for what rounding takes. */
const bufferMs = 61_000;

describeEngines((engine) => {
  const suite = useSuite(engine);

  async function newMountWithRole(): Promise<{ readonly mount: string; readonly role: string }> {
    const mount = await newMount(suite(), 'tidy', { grace: 1, request_timeout: 5 });
    return { mount, role: await newRole(suite(), { models: [], ttl: '10s' }, mount) };
  }

  /** Issues a key whose lease the engine forgets while LiteLLM cannot be reached, so that only the key's own expiry is left. */
  async function leftBehind({ mount, role }: { readonly mount: string; readonly role: string }): Promise<IssuedKey> {
    const { server, litellm } = suite();
    const issued = await issueKey(server, role, mount);
    await configure(server, mount, new LiteLLM('http://127.0.0.1:1', litellm.masterKey), { verify_connection: false });
    const { status, errors } = await server.api('PUT', `sys/leases/revoke-force/${mount}/creds`);
    expect(errors).toBe('');
    expect(status).toBe(204);
    await configure(server, mount, litellm);
    return issued;
  }

  /** Makes a key of nobody's mount that expires at once, as a person would. */
  async function makePersonsKey(): Promise<{ readonly alias: string; readonly tokenId: string }> {
    const { litellm } = suite();
    const [key, alias] = [`sk-test-not-a-real-key-${crypto.randomUUID()}`, uniqueName('person')];
    expect(await ask(litellm, '/key/generate', { key, key_alias: alias, duration: '1s' })).toBe(200);
    return { alias, tokenId: hashKey(key) };
  }

  /** Waits until keys have expired for longer than the buffer; where the proxy is the stand-in, it puts them there. */
  async function longExpired(tokenIds: readonly string[]): Promise<void> {
    const keys = suite().litellm.standIn?.keys;
    if (keys === undefined) {
      const end = Date.now() + 10_000 + 1_000 + bufferMs;
      await until('the keys have expired for a minute', 120, async () => Date.now() > end);
      return;
    }
    for (const tokenId of tokenIds) {
      const key = keys.find(tokenId);
      if (key === undefined) throw new Error('the key is not there');
      const back = (time: Date): Date => new Date(time.getTime() - 11_000 - bufferMs);
      const expires = key.expires && back(key.expires);
      keys.put({ ...key, expires, createdAt: back(key.createdAt), updatedAt: back(key.updatedAt) });
    }
  }

  const statusOf = async (mount: string) => (await suite().server.api('GET', `${mount}/tidy-status`)).data;

  async function tidied(mount: string, fields: Readonly<Record<string, unknown>>): Promise<Record<string, Json>> {
    const { status, body } = await suite().server.api('POST', `${mount}/tidy`, {
      safety_buffer: 60,
      pause_duration: '10ms',
      ...fields,
    });
    expect(status).toBe(202);
    expect(body['warnings']).toEqual([expect.stringContaining('tidy-status')]);
    return await until('the run has ended', 60, async () => {
      const found = await statusOf(mount);
      return found['state'] === 'Running' ? undefined : found;
    });
  }

  test('tidy deletes what a mount left behind, and touches nothing else', async () => {
    const { server, litellm, models } = suite();
    const [own, other] = [await newMountWithRole(), await newMountWithRole()];
    const [lost, others] = [await leftBehind(own), await leftBehind(other)];
    const person = await makePersonsKey();
    await writeRole(server, `${own.mount}/roles/${own.role}`, { ttl: '1h' });
    const live = await issueKey(server, own.role, own.mount);
    await longExpired([lost.tokenId, others.tokenId, person.tokenId]);
    // By the whole of an alias: older versions find no part of one.
    const left = async () => {
      const keys = await Promise.all([lost, live, others, person].map(({ alias }) => litellm.keysLike(alias)));
      return keys.flat().map(({ tokenId }) => tokenId);
    };
    expect(await left()).toHaveLength(4);

    // On a real proxy the live key is older than the buffer by now.
    const counted = { state: 'Finished', error: null, expired_count: 1 };
    expect(await tidied(own.mount, { dry_run: true })).toMatchObject({ ...counted, expired_deleted_count: 0 });
    expect(await left()).toHaveLength(4);
    expect(await tidied(own.mount, {})).toMatchObject({ ...counted, expired_deleted_count: 1 });
    expect(await left()).toEqual([live.tokenId, others.tokenId, person.tokenId]);
    expect(await litellm.chat(live.key, models[0])).toBe(200);
    expect((await server.api('PUT', 'sys/leases/renew', { lease_id: live.leaseId })).status).toBe(200);

    // The engine asks for periodic work once a minute.
    const { status } = await server.api('POST', `${other.mount}/config/auto-tidy`, {
      enabled: true,
      safety_buffer: 60,
    });
    expect(status).toBe(200);
    const auto = await until('auto-tidy has run', 100, async () => {
      const found = await statusOf(other.mount);
      return found['state'] === 'Finished' ? found : undefined;
    });
    expect(auto).toMatchObject({ expired_deleted_count: 1, last_auto_tidy_finished: expect.any(String) });
    expect(await left()).toEqual([live.tokenId, person.tokenId]);

    for (const { mount } of [own, other]) expect((await server.api('DELETE', `sys/mounts/${mount}`)).status).toBe(204);
    expect(await left()).toEqual([person.tokenId]);
    expect(await ask(litellm, '/key/delete', { keys: [person.tokenId] })).toBe(200);
  }, 300_000);

  describe('the command line', () => {
    test('begins a run and says that it goes on, tells of it, and stops it', async () => {
      const { cli } = suite();
      const begun = await cli.run('write', 'litellm/tidy', 'dry_run=true', 'pause_duration=1h');
      expect(begun.code).toBe(0);
      expect(begun.stdout + begun.stderr).toContain('A dry run has begun');
      expect(await cli.output('read', 'litellm/tidy-status')).toMatch(/^state +(Running|Finished)$/m);
      expect((await cli.run('write', '-force', 'litellm/tidy-cancel')).code).toBe(0);
    });

    test('refuses a misspelt dry_run, and a buffer that is too short', async () => {
      const { server } = suite();
      const misspelt = await server.api('POST', 'litellm/tidy', { dryrun: true });
      expect([misspelt.status, misspelt.errors]).toEqual([400, expect.stringContaining('dry_run')]);
      expect((await server.api('POST', 'litellm/tidy', { safety_buffer: 1 })).status).toBe(400);
    });

    test('explains it', async () => {
      const { cli } = suite();
      const { stdout } = await cli.run('path-help', 'litellm');
      for (const path of ['tidy', 'tidy-status', 'tidy-cancel', 'config/auto-tidy']) expect(stdout).toContain(path);
      expect((await cli.run('path-help', 'litellm/config/auto-tidy')).stdout).toContain('interval_duration');
    });
  });
});

/** The status of a call of the proxy's administrator. */
async function ask({ url, masterKey }: LiteLLM, path: string, body: object): Promise<number> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${masterKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  await answer.text();
  return answer.status;
}
