import { describe, expect, test } from 'bun:test';
import { objectOf } from './harness/engine-api.ts';
import { uniqueName } from './harness/issue-key.ts';
import { describeEngines, useSuite } from './harness/suite.ts';

// What a host makes of what the plugin says: answers that a plugin in Go would get too. On raft, whose entries have a greatest size.

describeEngines((engine) => {
  const suite = useSuite(engine, { storage: 'raft' });

  describe('a role name with two dots in a row is the user’s mistake', () => {
    test('POST roles/a..b', async () => {
      const { status, errors } = await suite().server.api('POST', 'litellm/roles/a..b');
      expect([status, errors]).toEqual([400, expect.stringContaining('must not have two dots in a row')]);
    });

    // OpenBao's storage takes such a name, so that what an older version wrote can be read and deleted; Vault's does not.
    const lookups = [
      ['GET', 'roles/a..b', 404],
      ['DELETE', 'roles/a..b', 204],
      ['GET', 'creds/a..b', 400],
    ] as const;
    for (const [method, path, ofNone] of lookups) {
      test(`${method} ${path} is no fault of the plugin`, async () => {
        const { status } = await suite().server.api(method, `litellm/${path}`);
        expect([400, ofNone]).toContain(status);
      });
    }
  });

  test('a role that is too large for the storage is the user’s mistake, and is not stored', async () => {
    const { server } = suite();
    const role = uniqueName('large');
    const texts = Array.from({ length: 15 }, (_, index) => [`text${index}`, 'x'.repeat(100_000)] as const);
    const { status, errors } = await server.api('POST', `litellm/roles/${role}`, {
      metadata: Object.fromEntries(texts),
    });
    expect(errors).toContain(`"roles/${role}" is too large for the storage`);
    expect(status).toBe(400);
    expect((await server.api('GET', `litellm/roles/${role}`)).status).toBe(404);
  });

  test('a lease that the mount cuts is warned of in one way, at issue and at renewal', async () => {
    const { server } = suite();
    const role = uniqueName('cut');
    await server.api('POST', `litellm/roles/${role}`, { ttl: '768h', max_ttl: '60s' }).then(({ status }) => {
      // A ttl over max_ttl is refused at the write: the mount's own bound is what cuts.
      expect(status).toBe(400);
    });
    await server.api('POST', 'sys/mounts/litellm/tune', { max_lease_ttl: '60s', default_lease_ttl: '60s' });
    try {
      expect((await server.api('POST', `litellm/roles/${role}`, { ttl: '768h' })).status).toBe(204);
      const issued = await server.api('GET', `litellm/creds/${role}`);
      const sentence = /^TTL of "768h" exceeded the effective max_ttl of "1m"; TTL value is capped accordingly$/;
      expect([issued.status, issued.body['lease_duration']]).toEqual([200, 60]);
      expect(issued.body['warnings']).toEqual([expect.stringMatching(sentence)]);
      const renewed = await server.api('PUT', 'sys/leases/renew', {
        lease_id: issued.body['lease_id'] ?? '',
        increment: 7200,
      });
      expect(renewed.status).toBe(200);
      expect(renewed.body['warnings']).toEqual([
        expect.stringMatching(
          /^TTL of "2h" exceeded the effective max_ttl of "(?:1m|5\ds)"; TTL value is capped accordingly$/,
        ),
      ]);
    } finally {
      await server.api('POST', 'sys/mounts/litellm/tune', { max_lease_ttl: '768h', default_lease_ttl: '768h' });
    }
  });

  test('the engine’s own OpenAPI document tells of lists and durations as the SDK does', async () => {
    const { body } = await suite().server.api('GET', 'sys/internal/specs/openapi');
    // What a response refers to is lost there, on its way through the host's own types; the mount's own document has it.
    expect(Object.keys(objectOf(body['paths']))).toContain('/litellm/roles/');
    const help = await suite().server.api('GET', 'litellm?help=1');
    expect(JSON.stringify(help.body['openapi'])).toContain('"$ref":"#/components/schemas/LitellmListRolesResponse"');
    const schemas = objectOf(objectOf(body['components'])['schemas']);
    expect(schemas['LitellmListRolesResponse']).toEqual({
      type: 'object',
      properties: { keys: { type: 'array', items: { type: 'string' }, description: 'The names of the roles.' } },
    });
    expect(JSON.stringify(schemas)).toContain('"format":"duration"');
  });

  test('a path that there is not is 404, and an operation that a path has not is 405', async () => {
    const { server } = suite();
    expect(await server.api('GET', 'litellm/nowhere')).toMatchObject({
      status: 404,
      errors: expect.stringContaining('unsupported path'),
    });
    expect(await server.api('DELETE', 'litellm/creds/a')).toMatchObject({
      status: 405,
      errors: expect.stringContaining('unsupported operation'),
    });
  });
});
