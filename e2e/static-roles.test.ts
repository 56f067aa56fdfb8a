import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { LiteLLMSession } from '../tests/harness/litellm-session.ts';
import { ask, createApi, objectOf, textOf, type Json } from './harness/engine-api.ts';
import { uniqueName } from './harness/issue-key.ts';
import { pluginName } from './harness/plugin.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { newToken } from './harness/test-steps.ts';
import { until } from './harness/until.ts';

// The life of a static role in a real engine, against any LiteLLM: a real one where E2E_LITELLM_URL names it.

/** The least period, and what the host and the queue take to come to it. */
const firstRotation = 200_000;

type Fields = Readonly<Record<string, unknown>>;

describeEngines((engine) => {
  const suite = useSuite(engine);
  let admin: LiteLLMSession;
  const roles: string[] = [];
  beforeEach(() => {
    admin = new LiteLLMSession(suite().litellm);
  });
  afterEach(async () => {
    for (const role of roles.splice(0)) await suite().server.api('DELETE', `litellm/static-roles/${role}`);
    await admin.close();
  });

  /** Writes a role that no other test uses and gives its name. */
  async function newRole(fields: Fields = {}): Promise<string> {
    const name = uniqueName('app');
    await writeRole(name, { models: suite().models, rotation_period: '24h', ...fields });
    roles.push(name);
    return name;
  }

  async function writeRole(name: string, fields: Fields): Promise<void> {
    await ask(suite().server, 'POST', `litellm/static-roles/${name}`, fields);
  }

  const read = async (path: string) => (await suite().server.api('GET', `litellm/${path}`)).data;
  const keyOf = async (role: string) => textOf((await read(`static-creds/${role}`))['key']);
  const rotate = async (role: string) =>
    expect((await suite().server.api('POST', `litellm/rotate-role/${role}`)).status).toBe(204);
  /** Whether LiteLLM takes a key. With which status it refuses one depends on its version. */
  const works = async (key: string) => (await suite().litellm.chat(key, suite().models[0])) === 200;

  describe('a static role', () => {
    let automatic: { readonly name: string; readonly key: string } | undefined;
    // Waited for by the last test.
    beforeAll(async () => {
      const name = uniqueName('automatic');
      await writeRole(name, { models: suite().models, rotation_period: 60 });
      automatic = { name, key: await keyOf(name) };
    });

    test("lives by the engine's own command line", async () => {
      const { cli, models } = suite();
      const name = uniqueName('typed');
      expect(
        await cli.output(
          'write',
          `litellm/static-roles/${name}`,
          `models=${models[0]}`,
          'max_budget=5',
          'rotation_period=1h',
        ),
      ).toContain('Success!');
      expect(await cli.output('list', 'litellm/static-roles')).toContain(name);
      expect(objectOf(objectOf(await cli.json('read', `litellm/static-roles/${name}`))['data'])).toMatchObject({
        ...{ models: [models[0]], max_budget: 5, rotation_period: 3600, key_alias: `vault-${name}` },
      });
      const first = (await cli.output('read', '-field=key', `litellm/static-creds/${name}`)).trim();
      expect(await works(first)).toBeTrue();
      expect(await cli.output('write', '-f', `litellm/rotate-role/${name}`)).toContain('Success!');
      const second = (await cli.output('read', '-field=key', `litellm/static-creds/${name}`)).trim();
      expect(second).not.toBe(first);
      expect([await works(first), await works(second)]).toEqual([false, true]);
      expect(await cli.output('patch', `litellm/static-roles/${name}`, 'rotation_schedule=0 3 * * SAT')).toContain(
        'Success!',
      );
      expect(await read(`static-creds/${name}`)).toMatchObject({ rotation_schedule: '0 3 * * SAT' });
      expect(await cli.output('delete', `litellm/static-roles/${name}`)).toContain('Success!');
      expect(await works(second)).toBeFalse();
      expect((await cli.run('read', `litellm/static-creds/${name}`)).stderr).toContain(
        `there is no static role "${name}"`,
      );
    });

    test('answers as the database engine does, without a lease', async () => {
      const { server } = suite();
      const name = await newRole();
      const { body } = await server.api('GET', `litellm/static-creds/${name}`);
      expect(body).toMatchObject({ lease_id: '', renewable: false, lease_duration: 0 });
      const { ttl, last_vault_rotation: last, ...data } = objectOf(body['data']);
      expect(data).toEqual({
        key: expect.stringMatching(/^sk-/),
        key_alias: `vault-${name}`,
        token_id: expect.stringMatching(/^[0-9a-f]{64}$/),
        rotation_period: 86_400,
      });
      expect(ttl).toBeNumber();
      expect(Number(ttl)).toBeWithin(86_000, 86_401);
      expect(last).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    });

    test('is read by who may read it, and by nobody else', async () => {
      const { server } = suite();
      const [mine, other] = [await newRole(), await newRole()];
      const token = await newToken(server, { [`litellm/static-creds/${mine}`]: { capabilities: ['read'] } });
      const api = createApi(server.address, () => token);
      expect((await api('GET', `litellm/static-creds/${mine}`)).data).toHaveProperty('key');
      for (const path of [`static-creds/${other}`, `static-roles/${mine}`])
        expect((await api('GET', `litellm/${path}`)).status).toBe(403);
      expect((await api('POST', `litellm/rotate-role/${mine}`)).status).toBe(403);
    });

    test('lets the former key work on for its overlap, and no longer', async () => {
      const name = await newRole({ rotation_overlap: 6 });
      const former = await keyOf(name);
      await rotate(name);
      expect([await works(former), await works(await keyOf(name))]).toEqual([true, true]);
      expect((await read(`static-roles/${name}`))['former_keys']).toMatchObject([
        { key_alias: expect.stringContaining('-former-') },
      ]);
      await until('the former key is refused', 30, async () => !(await works(former)));
      expect(await works(await keyOf(name))).toBeTrue();
    });

    test('adopts a key, with what it may do, and knows its value from the first rotation on', async () => {
      const { server, models } = suite();
      const { key, alias } = await admin.generate({ models: [models[0]], max_budget: 7, rpm_limit: 50 });
      const name = uniqueName('adopter');
      const { status, body } = await server.api('POST', `litellm/static-roles/${name}`, {
        adopt: alias,
        rotation_period: '24h',
      });
      roles.push(name);
      expect(status).toBe(200);
      expect(JSON.stringify(body['warnings'])).toContain(`rotate-role/${name}`);
      expect(await read(`static-roles/${name}`)).toMatchObject({
        key_alias: alias,
        models: [models[0]],
        max_budget: 7,
        rpm_limit: 50,
      });
      const unknown = await server.api('GET', `litellm/static-creds/${name}`);
      expect([unknown.status, unknown.errors]).toEqual([400, expect.stringContaining(`write rotate-role/${name}`)]);
      expect(await works(key)).toBeTrue();
      await rotate(name);
      const next = await keyOf(name);
      expect([await works(key), await works(next)]).toEqual([false, true]);
      const { token_id: tokenId } = await read(`static-creds/${name}`);
      const info = objectOf(objectOf((await admin.info(textOf(tokenId))).body as Json)['info']);
      expect(info).toMatchObject({
        key_alias: alias,
        models: [models[0]],
        max_budget: 7,
        rpm_limit: 50,
        expires: null,
      });
      const again = await server.api('POST', `litellm/static-roles/${uniqueName('second')}`, {
        adopt: alias,
        rotation_period: '24h',
      });
      expect([again.status, again.errors]).toEqual([
        400,
        expect.stringContaining(`the static role "${name}" has the key`),
      ]);
    });

    test('carries over what its key has spent', async () => {
      const { alias } = await admin.generate({ spend: 0.75 });
      const name = await newRole({ adopt: alias });
      await rotate(name);
      const { token_id: tokenId } = await read(`static-creds/${name}`);
      const info = objectOf(objectOf((await admin.info(textOf(tokenId))).body as Json)['info']);
      expect(info['spend']).toBe(0.75);
    });

    for (const how of ['the command line', 'HTTP'] as const) {
      test(`leaves its key where it is deleted with retain by ${how}`, async () => {
        const { server, cli } = suite();
        const name = await newRole();
        const key = await keyOf(name);
        const { token_id: tokenId } = await read(`static-creds/${name}`);
        if (how === 'HTTP') {
          expect((await server.api('DELETE', `litellm/static-roles/${name}?retain=true`)).status).toBe(204);
        } else {
          expect(await cli.output('delete', `litellm/static-roles/${name}`, 'retain=true')).toContain('Success!');
        }
        expect(await read(`static-roles/${name}`)).toEqual({});
        expect(await works(key)).toBeTrue();
        await admin.post('/key/delete', { keys: [tokenId] });
      });
    }

    test('is the same after the plugin has started anew', async () => {
      const { cli } = suite();
      const name = await newRole();
      const before = await read(`static-creds/${name}`);
      await cli.output('plugin', 'reload', '-plugin', pluginName);
      const { ttl: _ttl, ...after } = await read(`static-creds/${name}`);
      expect(before).toMatchObject(after);
    });

    test('tells mistakes as 400, and stores nothing', async () => {
      const { server } = suite();
      const name = uniqueName('mistaken');
      for (const [fields, reason] of [
        [{}, 'one of rotation_schedule or rotation_period must be provided'],
        [{ rotation_period: 5 }, 'rotation_period must be 60 seconds or more'],
        [{ rotation_schedule: '0 0 3 * * *' }, 'could not parse rotation_schedule'],
        [{ rotation_period: 60, rotation_schedule: '0 3 * * *' }, 'mutually exclusive fields'],
        [{ rotation_period: 60, max_bugdet: 1 }, 'did you mean max_budget?'],
      ] as const) {
        const { status, errors } = await server.api('POST', `litellm/static-roles/${name}`, fields);
        expect([status, errors]).toEqual([400, expect.stringContaining(reason)]);
      }
      expect((await server.api('GET', `litellm/static-roles/${name}`)).status).toBe(404);
    });

    test(
      'is rotated by itself',
      async () => {
        const { name, key } = automatic ?? { name: '', key: '' };
        roles.push(name);
        const next = await until('it is rotated', 180, async () => {
          const now = await keyOf(name);
          return now !== key && now;
        });
        expect(await works(next)).toBeTrue();
        await until('the former key is gone', 20, async () => {
          const keys = await suite().litellm.keysLike(`vault-${name}`);
          return keys.length === 1 && !(await works(key));
        });
      },
      firstRotation,
    );
  });
});
