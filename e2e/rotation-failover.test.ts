import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { type LiteLLMServer, startLiteLLMServer } from '../tests/harness/litellm-server.ts';
import { everyCase, faultsOfCrash } from '../tests/harness/rotation/crash-cases.ts';
import { mainOperations } from '../tests/harness/rotation/operations.ts';
import { ask, textOf } from './harness/engine-api.ts';
import type { EngineServer } from './harness/engine-server.ts';
import { mountPlugin } from './harness/plugin.ts';
import { RaftCluster } from './harness/raft-cluster.ts';
import { rawPathOf } from './harness/raw-storage.ts';
import { describeEngines } from './harness/suite.ts';
import { until } from './harness/until.ts';
import { engineWorld } from './rotation-crashes/engine-world.ts';

// Three servers that share their storage, of which the active one is killed while keys are rotated. Only OpenBao's standbys
// run the plugin without a licence.

const roles = ['first', 'second', 'third'];
/** The host's minute, and a moment for the rotation itself. */
const minute = 90;

describeEngines((engine) => {
  if (engine.name !== 'openbao') return;
  let cluster: RaftCluster;
  let active: EngineServer;
  const started = new AsyncDisposableStack();
  setDefaultTimeout(240_000);

  beforeAll(async () => {
    cluster = await RaftCluster.start({ engine });
    started.defer(() => cluster.stop());
    await cluster.registerPlugin();
    active = await cluster.active();
  }, 600_000);

  afterAll(() => started.disposeAsync(), 60_000);

  /** Kills the active server, and waits for the next. */
  async function failOver(): Promise<void> {
    const former = active;
    await former.kill();
    active = await until('another server is active', 60, async () => {
      const next = await cluster.active();
      return next !== former && next;
    });
  }

  /** A mount with static roles that no other test has. */
  async function mountRoles(mount: string): Promise<LiteLLMServer> {
    const litellm = await startLiteLLMServer();
    started.defer(() => litellm.stop());
    await mountPlugin(active, mount);
    await ask(active, 'POST', `${mount}/config`, { base_url: litellm.url, master_key: litellm.masterKey });
    for (const role of roles) {
      await ask(active, 'POST', `${mount}/static-roles/${role}`, { models: 'gpt-4o', rotation_period: '1h' });
    }
    return litellm;
  }

  /** The roles' last rotations are two hours ago, which no server has seen yet. */
  async function makeDue(mount: string): Promise<void> {
    const raw = await rawPathOf(active, mount);
    for (const role of roles) {
      const path = `${raw}/static-roles/${role}`;
      const entry: unknown = JSON.parse(textOf((await active.api('GET', path)).data['value']));
      const lastRotation = new Date(Date.now() - 2 * 3600_000).toISOString();
      await ask(active, 'POST', path, {
        value: JSON.stringify({ ...(entry as object), lastRotation, created: lastRotation }),
      });
    }
  }

  /** How many keys a LiteLLM was asked for since then. */
  function madeSince({ requests }: LiteLLMServer, since: number): number {
    return requests.slice(since).filter(({ path }) => path === '/key/generate').length;
  }

  test('a failover at any step of a rotation loses no key, leaves none, and makes each role that is due rotate once', async () => {
    const litellm = await mountRoles('due');
    await makeDue('due');
    const since = litellm.requests.length;

    const run = {
      world: engineWorld(() => active, failOver),
      stepsOf: ({ litellm: { requests, held } }: { readonly litellm: LiteLLMServer }) => ({ log: requests, held }),
      config: { request_timeout: 60 },
    };
    const rotations = mainOperations.filter(({ name }) => name.startsWith('rotate'));
    const cases = await everyCase(
      run,
      [{ point: 'before' }, { point: 'after' }, { point: 'before', late: true }],
      rotations,
    );
    expect(await faultsOfCrash(run, cases)).toEqual([]);

    await until('the roles have rotated', minute, async () => madeSince(litellm, since) >= roles.length);
    await until('their former keys are gone', minute, async () => litellm.keys.all().length === roles.length);
    for (const role of roles) {
      const { data } = await active.api('GET', `due/static-creds/${role}`);
      expect(litellm.keys.find(textOf(data['token_id']))?.keyAlias).toBe(textOf(data['key_alias']));
    }
    // The standby's minute is over too when the active server's is, and it rotates nothing.
    const counted = madeSince(litellm, since);
    const asked = new Set(litellm.requests.slice(since).map(({ path }) => path));
    expect([counted, asked.has('/key/block')]).toEqual([roles.length, true]);
  });

  test('a standby hands the rotation of a key to the active server, and one key is made', async () => {
    const litellm = await mountRoles('handed');
    for (const standby of (await cluster.standbys()).filter((node) => node !== active)) {
      const since = litellm.requests.length;
      const answer = await standby.api('POST', 'handed/rotate-role/first').catch(() => undefined);
      // The one that was killed answers nothing.
      if (answer === undefined) continue;
      expect(answer.status).toBe(204);
      expect(madeSince(litellm, since)).toBe(1);
    }
    expect(litellm.keys.all()).toHaveLength(roles.length);
  });
});
