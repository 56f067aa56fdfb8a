import { expect, test } from 'bun:test';
import { createApi, textOf } from './harness/engine-api.ts';
import { type IssuedKey, issueKey, uniqueName } from './harness/issue-key.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { newMount, newRole, revokeLease } from './harness/test-steps.ts';
import { until } from './harness/until.ts';

// Who has the keys of a mount and what they have spent, asked of the engine: this mount's keys alone, and never a key itself.

/** LiteLLM writes what was spent every ten seconds or so. */
const spendSeconds = 120;

describeEngines((engine) => {
  const suite = useSuite(engine);

  async function newMountWithRole(): Promise<{ readonly mount: string; readonly role: string }> {
    const mount = await newMount(suite(), 'keys');
    return { mount, role: await newRole(suite(), { max_budget: 5, models: suite().models }, mount) };
  }

  /** A key that the bearer of a token of this display name asked for. */
  async function issueTo(
    name: string,
    { mount, role }: Awaited<ReturnType<typeof newMountWithRole>>,
  ): Promise<IssuedKey> {
    const { server } = suite();
    const created = await server.api('POST', 'auth/token/create', { display_name: name, policies: ['root'] });
    const auth = created.body['auth'] as { readonly client_token: string };
    return issueKey({ api: createApi(server.address, () => auth.client_token) }, role, mount);
  }

  test('are listed and told of, and no other mount finds them', async () => {
    const { server } = suite();
    const [one, other] = [await newMountWithRole(), await newMountWithRole()];
    const issued = await issueTo('ann', one);
    await issueKey(server, other.role, other.mount);

    const list = await server.api('LIST', `${one.mount}/keys`);
    expect(list.data['keys']).toEqual([issued.alias]);
    expect(list.data['key_info']).toEqual({
      [issued.alias]: expect.objectContaining({ role: one.role, display_name: 'token-ann', blocked: false }),
    });
    const { data } = await server.api('GET', `${one.mount}/keys/${issued.alias}`);
    expect(data).toMatchObject({
      key_alias: issued.alias,
      token_id: issued.tokenId,
      role: one.role,
      display_name: 'token-ann',
      mount_path: `${one.mount}/`,
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      models: [...suite().models],
      limits: { max_budget: 5 },
      blocked: false,
    });
    expect(Date.parse(textOf(data['expires']))).toBeGreaterThan(Date.parse(textOf(data['created'])));
    expect(JSON.stringify([list.body, data])).not.toContain(issued.key);

    expect((await server.api('GET', `${other.mount}/keys/${issued.alias}`)).status).toBe(404);
    const deleted = await server.api('DELETE', `${other.mount}/keys/${issued.alias}`);
    expect([deleted.status, deleted.errors]).toEqual([404, expect.stringContaining('no live key of this alias')]);
    expect((await server.api('GET', `${one.mount}/keys/${issued.alias}`)).data['blocked']).toBe(false);
  });

  test('are added up by role, key and owner', async () => {
    const { server, litellm } = suite();
    const mount = await newMountWithRole();
    const [ann, bob] = [await issueTo('ann', mount), await issueTo('bob', mount)];
    for (const key of [ann.key, ann.key, bob.key]) {
      for (const model of suite().models) expect(await litellm.chat(key, model)).toBe(200);
    }
    const path = `${mount.mount}/roles/${mount.role}/usage`;
    const data = await until('both have spent', spendSeconds, async () => {
      const usage = (await server.api('GET', path)).data;
      const spent = usage['largest_keys'] as readonly { readonly spend: number }[];
      return spent.length === 2 && spent.every(({ spend }) => spend > 0) && usage;
    });
    expect(data).toMatchObject({ role: mount.role, key_count: 2, blocked_count: 0, complete: true });
    expect(data['largest_owners']).toEqual([
      expect.objectContaining({ display_name: expect.stringMatching(/^token-(ann|bob)$/), key_count: 1 }),
      expect.objectContaining({ display_name: expect.stringMatching(/^token-(ann|bob)$/), key_count: 1 }),
    ]);
    expect(Number(data['total_spend'])).toBeGreaterThan(0);
    expect((await server.api('GET', `${mount.mount}/roles/${uniqueName('never')}/usage`)).status).toBe(404);
  });

  test('one is blocked at once, stays so when its lease is renewed, and is deleted with that', async () => {
    const { server, litellm, models } = suite();
    const mount = await newMountWithRole();
    const { key, alias, leaseId } = await issueKey(server, mount.role, mount.mount);
    expect(await litellm.chat(key, models[0])).toBe(200);
    expect((await server.api('DELETE', `${mount.mount}/keys/${alias}`)).status).toBe(204);
    expect(await litellm.chat(key, models[0])).not.toBe(200);
    expect((await server.api('PUT', 'sys/leases/renew', { lease_id: leaseId })).status).toBe(200);
    expect((await server.api('GET', `${mount.mount}/keys/${alias}`)).data).toMatchObject({ blocked: true });
    expect(await litellm.chat(key, models[0])).not.toBe(200);
    await revokeLease(server, leaseId);
    await until('the key is gone', 10, async () => (await litellm.keysLike(alias)).length === 0);
    expect((await server.api('LIST', `${mount.mount}/keys`)).status).toBe(404);
  });
});
