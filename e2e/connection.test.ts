import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createCertificateAuthority } from '../tests/harness/certificate-authority.ts';
import { type LiteLLMServer, startLiteLLMServer } from '../tests/harness/litellm-server.ts';
import { issueKey, uniqueName, writeRole } from './harness/issue-key.ts';
import { mountPlugin } from './harness/plugin.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { revokeLease } from './harness/test-steps.ts';

// How a mount reaches a LiteLLM behind a gateway: its client certificate, its headers, and what a read tells of it. Mounts of one
// plugin may share a process, and with it the connections that are kept.

describeEngines((engine) => {
  const suite = useSuite(engine);
  const authority = createCertificateAuthority();
  const stranger = createCertificateAuthority('Certificate authority of somebody else');
  const own = authority.issue(['client.test']);
  const foreign = stranger.issue(['client.test']);
  let gateway: LiteLLMServer;
  beforeAll(async () => {
    gateway = await startLiteLLMServer({
      tls: { ...authority.issue(['127.0.0.1']), clientCA: authority.cert },
      adminUserIds: ['admin'],
    });
  });
  afterAll(async () => gateway.stop());

  const address = () => ({ base_url: gateway.url, master_key: gateway.masterKey, ca_cert: authority.cert });
  const certificate = { client_cert: own.cert, client_key: own.key };

  async function newMount(): Promise<string> {
    const mount = uniqueName('gateway');
    await mountPlugin(suite().server, mount);
    return mount;
  }

  test('a client certificate opens the gateway, takes effect when it changes, and its key is never read', async () => {
    const { server } = suite();
    const mount = await newMount();
    const refused = await server.api('POST', `${mount}/config`, address());
    expect([refused.status, refused.errors]).toEqual([400, expect.stringContaining('client_cert')]);
    const written = await server.api('POST', `${mount}/config`, { ...address(), ...certificate });
    expect([written.status, written.errors]).toEqual([204, '']);
    await writeRole(server, `${mount}/roles/team`, { ttl: '1h' });
    const { leaseId } = await issueKey(server, 'team', mount);

    const other = { client_cert: foreign.cert, client_key: foreign.key, verify_connection: false };
    await server.api('POST', `${mount}/config`, other);
    const issued = await server.api('GET', `${mount}/creds/team`);
    expect([issued.status, issued.errors]).toEqual([502, expect.stringContaining('client_cert')]);
    await server.api('POST', `${mount}/config`, certificate);
    const renewed = await server.api('PUT', 'sys/leases/renew', { lease_id: leaseId });
    expect(renewed.status).toBe(200);
    const { body } = await server.api('GET', `${mount}/config`);
    expect(JSON.stringify(body)).not.toContain('PRIVATE KEY');
    await revokeLease(server, leaseId);
  });

  test('a mount that verifies gets no connection of one that does not', async () => {
    const { server } = suite();
    const [trusting, verifying] = [await newMount(), await newMount()];
    const { ca_cert: _, ...there } = address();
    const skipping = { ...there, ...certificate, tls_skip_verify: true };
    const written = await server.api('POST', `${trusting}/config`, skipping);
    expect(written.body['warnings']).toEqual([expect.stringContaining('tls_skip_verify is on')]);
    await writeRole(server, `${trusting}/roles/team`, { ttl: '1h' });
    await issueKey(server, 'team', trusting);
    const refused = await server.api('POST', `${verifying}/config`, { ...there, ...certificate });
    expect([refused.status, refused.errors]).toEqual([400, expect.stringContaining('is not trusted')]);
    await issueKey(server, 'team', trusting);
  });

  test("a gateway's headers go along, and a read has their names alone", async () => {
    const { server } = suite();
    const mount = await newMount();
    const secret = 'test-not-a-real-gateway-secret';
    const fields = { ...address(), ...certificate, headers: { 'X-Gateway-Key': secret } };
    const written = await server.api('POST', `${mount}/config`, fields);
    expect([written.status, written.errors]).toEqual([204, '']);
    expect(gateway.requests.at(-1)?.headers).toEqual({ 'x-gateway-key': secret });
    const { body, data } = await server.api('GET', `${mount}/config`);
    expect(data['header_names']).toEqual(['X-Gateway-Key']);
    expect(JSON.stringify(body)).not.toContain(secret);
    for (const headers of [{ Authorization: secret }, { 'X-A': `${secret}\n` }]) {
      const refused = await server.api('POST', `${mount}/config`, { headers });
      expect(refused.status).toBe(400);
      expect(refused.errors).not.toContain(secret);
    }
  });

  test('another base_url is refused without the master key, and nothing reaches it', async () => {
    const { server, litellm } = suite();
    const elsewhere = await startLiteLLMServer();
    try {
      for (const verify_connection of [true, false]) {
        const fields = { base_url: elsewhere.url, verify_connection };
        const refused = await server.api('POST', 'litellm/config', fields);
        expect([refused.status, refused.errors]).toEqual([400, expect.stringContaining('write master_key again')]);
      }
      expect(elsewhere.connections).toBe(0);
      expect((await server.api('GET', 'litellm/config')).data['base_url']).toBe(litellm.url);
      expect((await server.api('POST', 'litellm/config', { base_url: `${litellm.url}/` })).status).toBe(204);
    } finally {
      await elsewhere.stop();
    }
  });

  test('a read tells what LiteLLM is and whose the key is', async () => {
    const { server, litellm } = suite();
    const { data } = await server.api('GET', 'litellm/config');
    expect(data).toMatchObject({
      master_key_kind: 'master key',
      litellm_version: await litellm.version(),
      last_verified: expect.stringMatching(/^\d{4}-/),
      last_good_call: expect.stringMatching(/^\d{4}-/),
    });
  });

  test('a virtual key that ends is told of, and warned of at each write', async () => {
    const { server, litellm } = suite();
    const mount = await newMount();
    await litellm.withAdminKey({ key_alias: uniqueName('robot'), duration: '2h', max_budget: 5 }, async (key) => {
      const written = await server.api('POST', `${mount}/config`, { base_url: litellm.url, master_key: key });
      const warnings = [
        expect.stringContaining('virtual key that expires at'),
        expect.stringContaining('a budget of 5'),
      ];
      expect(written.body['warnings']).toEqual(warnings);
      const again = await server.api('POST', `${mount}/config`, { grace: 100 });
      expect(again.body['warnings']).toEqual(warnings);
      const { data } = await server.api('GET', `${mount}/config`);
      expect(data).toMatchObject({
        master_key_kind: 'virtual key',
        master_key_alias: expect.stringContaining('robot'),
        master_key_max_budget: 5,
      });
    });
  });
});
