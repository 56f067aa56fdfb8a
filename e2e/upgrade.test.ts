import { afterAll, beforeAll, describe, expect, test } from 'bun:test';

import { issueKey, uniqueName, writeRole, type IssuedKey } from './harness/issue-key.ts';
import { buildNextPlugin, type NextPlugin, type SourceChange } from './harness/next-plugin.ts';
import { builtVersion, pluginName, registerPlugin } from './harness/plugin.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { revokeLease, untilRefused } from './harness/test-steps.ts';
import { until } from './harness/until.ts';

// A later version of the plugin takes over a mount of this one, with its configuration, its roles and its leases, and
// this one takes it back. The later one is built of these sources, and says more: it is what this version will meet.

const changes: readonly SourceChange[] = [
  // A role has a limit more: a row of the table.
  {
    file: 'src/engine/roles/terms/rate-terms.ts',
    from: '  tpd_limit: term(',
    to: "  video_limit: term({ type: limit, stored: 'videoLimit', description: 'Videos a minute.' }),\n  tpd_limit: term(",
  },
  // A field of it takes a value that this version does not know.
  {
    file: 'src/engine/roles/base-terms.ts',
    from: "'management', 'read_only']",
    to: "'management', 'read_only', 'agents']",
  },
  // So does one of the configuration.
  { file: 'src/engine/config/config-entry.ts', from: 'grace: { least: 1,', to: 'grace: { least: 0,' },
];

let next: NextPlugin;
const built = new AsyncDisposableStack();
beforeAll(async () => {
  next = built.use(await buildNextPlugin(changes));
}, 120_000);
afterAll(() => built.disposeAsync());

describeEngines((engine) => {
  const suite = useSuite(engine, { storage: 'raft', bare: true });

  async function runs(mount: string): Promise<unknown> {
    const { body } = await suite().server.api('GET', 'sys/mounts');
    return body[`${mount}/`];
  }

  async function expectRefused({ key }: IssuedKey): Promise<void> {
    const { litellm, models } = suite();
    await untilRefused(litellm, key, models[0]);
  }

  /** Lets `version` answer for the mount. */
  async function goOver(version: string): Promise<void> {
    const { server, cli } = suite();
    await cli.output('secrets', 'tune', `-plugin-version=${version}`, 'litellm/');
    await cli.output('plugin', 'reload', '-plugin', pluginName);
    await until(`${version} runs`, 20, async () => (await server.api('LIST', 'litellm/roles')).status === 200);
    expect(await runs('litellm')).toMatchObject({ plugin_version: version, running_plugin_version: version });
  }

  let current: string;
  beforeAll(async () => {
    const { server, cli, litellm } = suite();
    current = await builtVersion();
    await registerPlugin(server, { version: current });
    await registerPlugin(server, { version: next.version, binary: next.binary });
    await cli.output('secrets', 'enable', '-path=litellm', `-plugin-version=${current}`, pluginName);
    await cli.output('write', 'litellm/config', `base_url=${litellm.url}`, `master_key=${litellm.masterKey}`);
    await writeRole(server, `litellm/roles/${uniqueName('first')}`, {});
  });

  test('a mount goes over to another version and back, and the keys of either can be renewed and revoked', async () => {
    const { server, litellm, models } = suite();
    const role = uniqueName('team');
    await writeRole(server, `litellm/roles/${role}`, { models: [models[0]], ttl: '1h', max_ttl: '24h' });
    const before = [await issueKey(server, role), await issueKey(server, role)] as const;

    await goOver(next.version);
    const renewed = await server.api('PUT', 'sys/leases/renew', { lease_id: before[0].leaseId, increment: 7200 });
    expect(renewed.body).toMatchObject({ lease_duration: 7200 });
    expect(await litellm.chat(before[0].key, models[0])).toBe(200);
    await server.api('PUT', 'sys/leases/revoke', { lease_id: before[0].leaseId, sync: true });
    await expectRefused(before[0]);
    const after = await issueKey(server, role);

    await goOver(current);
    for (const issued of [before[1], after]) {
      expect(await litellm.chat(issued.key, models[0])).toBe(200);
      await revokeLease(server, issued.leaseId);
      await expectRefused(issued);
    }
    expect(await server.plugins()).toHaveLength(1);
  });

  test('a field that only the later version knows is not set at first, and survives a write of this one', async () => {
    const { server } = suite();
    const path = `litellm/roles/${uniqueName('more')}`;
    await writeRole(server, path, { max_budget: 1 });
    await goOver(next.version);
    expect((await server.api('GET', path)).data).toMatchObject({ max_budget: 1 });
    await writeRole(server, path, { video_limit: 500 });

    await goOver(current);
    expect((await server.api('GET', path)).data).not.toHaveProperty('video_limit');
    const misplaced = await server.api('POST', path, { video_limit: 600 });
    expect(misplaced).toMatchObject({ status: 400, errors: expect.stringContaining('no field "video_limit"') });
    await writeRole(server, path, { max_budget: 2 });

    await goOver(next.version);
    expect((await server.api('GET', path)).data).toMatchObject({ max_budget: 2, video_limit: 500 });
    await goOver(current);
  });

  describe('what the later version wrote and this one cannot read', () => {
    test('is a role that is told of, renewed by its lease, and overwritten in full', async () => {
      const { server, litellm, models } = suite();
      const role = uniqueName('odd');
      const path = `litellm/roles/${role}`;
      await writeRole(server, path, { models: [models[0]], ttl: '1h', max_ttl: '24h' });
      const issued = await issueKey(server, role);
      await goOver(next.version);
      await writeRole(server, path, { key_type: 'agents', video_limit: 500 });

      await goOver(current);
      const unreadable = `the stored entry "roles/${role}" has a field "keyType" that is not of the form`;
      for (const reading of [path, `litellm/creds/${role}`]) {
        const { status, errors } = await server.api('GET', reading);
        expect({ status, errors }).toEqual({ status: 500, errors: expect.stringContaining(unreadable) });
      }
      const partly = await server.api('POST', path, { key_type: 'llm_api', max_budget: 1 });
      expect(partly).toMatchObject({
        status: 400,
        errors: expect.stringMatching(/leaves out models, key_alias_prefix, metadata, ttl, max_ttl: name every field/),
      });

      const renewal = { lease_id: issued.leaseId, increment: 7200 };
      expect(await server.api('PUT', 'sys/leases/renew', renewal)).toMatchObject({ status: 200 });
      expect(await litellm.chat(issued.key, models[0])).toBe(200);

      const whole = {
        models: [models[0]],
        max_budget: 1,
        key_alias_prefix: 'vault',
        metadata: {},
        ttl: 60,
        max_ttl: 120,
        key_type: 'default',
      };
      await writeRole(server, path, whole);
      expect((await server.api('GET', path)).data).toEqual(whole);
      await goOver(next.version);
      expect((await server.api('GET', path)).data).toEqual({ ...whole, video_limit: 500 });
      await goOver(current);
      await revokeLease(server, issued.leaseId);
    });

    test('is a configuration that is told of, and overwritten in full', async () => {
      const { server, litellm } = suite();
      await goOver(next.version);
      await writeRole(server, 'litellm/config', { grace: 0 });
      await goOver(current);
      const read = await server.api('GET', 'litellm/config');
      const unreadable = 'the stored entry "config" has a field "grace" that is not of the form';
      expect(read).toMatchObject({ status: 500, errors: expect.stringContaining(unreadable) });
      const partly = await server.api('POST', 'litellm/config', { grace: 90, base_url: litellm.url });
      expect(partly.status).toBe(400);
      for (const said of [unreadable, 'master_key is missing']) expect(partly.errors).toContain(said);
      await writeRole(server, 'litellm/config', { base_url: litellm.url, master_key: litellm.masterKey });
      expect((await server.api('GET', 'litellm/config')).data).toMatchObject({ base_url: litellm.url, grace: 90 });
    });

    test('is deleted, and written anew', async () => {
      const { server } = suite();
      const path = `litellm/roles/${uniqueName('gone')}`;
      await goOver(next.version);
      await writeRole(server, path, { key_type: 'agents' });
      await goOver(current);
      expect((await server.api('DELETE', path)).status).toBe(204);
      expect((await server.api('GET', path)).status).toBe(404);
      await writeRole(server, path, { max_budget: 1 });
    });
  });
});
