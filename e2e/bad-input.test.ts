import { beforeAll, describe, expect, test } from 'bun:test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { uniqueName, writeRole } from './harness/issue-key.ts';
import type { ApiMethod } from './harness/engine-api.ts';
import { mountPlugin, registerPlugin } from './harness/plugin.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { until } from './harness/until.ts';

// What a user may get wrong, and what it gets: nothing is stored, no key is made, and the message names the field.

describeEngines((engine) => {
  const suite = useSuite(engine);
  /** A mount that is never configured. */
  const bare = 'bare';

  beforeAll(() => mountPlugin(suite().server, bare));

  type Fields = Readonly<Record<string, unknown>>;

  interface BadInput {
    readonly name: string;
    readonly fields: Fields;
    /** What the message has to name. */
    readonly names: RegExp;
  }

  const wrongMasterKey = 'sk-test-not-a-real-key-refused';
  /** A key that somebody pastes where none belongs. No answer may show it. */
  const pastedKey = 'sk-test-not-a-real-key-pasted-0123456789';

  /** The fields are laid over a base_url and a master_key that are right; null takes one away. */
  const badConfigs: readonly BadInput[] = [
    { name: 'a base_url of another scheme', fields: { base_url: 'ftp://litellm:4000' }, names: /base_url/ },
    { name: 'a base_url that is none', fields: { base_url: 'litellm' }, names: /base_url/ },
    { name: 'an empty base_url', fields: { base_url: '' }, names: /base_url/ },
    { name: 'no base_url', fields: { base_url: null }, names: /base_url/ },
    { name: 'a base_url with credentials', fields: { base_url: 'http://me:secret@127.0.0.1:4000' }, names: /base_url/ },
    { name: 'no master_key', fields: { master_key: null }, names: /master_key/ },
    { name: 'an empty master_key', fields: { master_key: '' }, names: /master_key/ },
    { name: 'a master_key that LiteLLM refuses', fields: { master_key: wrongMasterKey }, names: /master_key/ },
    { name: 'a ca_cert that is no certificate', fields: { ca_cert: 'nonsense' }, names: /ca_cert/ },
    { name: 'a negative request_timeout', fields: { request_timeout: -1 }, names: /request_timeout/ },
    { name: 'an unreadable request_timeout', fields: { request_timeout: 'soon' }, names: /request_timeout/ },
    { name: 'an empty request_timeout', fields: { request_timeout: '' }, names: /request_timeout.*empty/ },
    {
      name: 'a request_timeout of half a second',
      fields: { request_timeout: '500ms' },
      names: /request_timeout.*whole/,
    },
    { name: 'a grace of half a second', fields: { grace: 0.5 }, names: /grace.*whole seconds/ },
    { name: 'a grace of nothing', fields: { grace: 0 }, names: /grace.*at least 1 second/ },
    { name: 'a part of a call in flight', fields: { max_in_flight: 8.9 }, names: /max_in_flight.*whole number/ },
    { name: 'a max_in_flight with a unit', fields: { max_in_flight: '8x' }, names: /max_in_flight.*whole number/ },
    { name: 'one call in flight', fields: { max_in_flight: 1 }, names: /max_in_flight.*at least 2/ },
    { name: 'an empty write_ahead', fields: { write_ahead: '' }, names: /write_ahead.*true or false/ },
    {
      name: 'an empty verify_connection',
      fields: { verify_connection: '' },
      names: /verify_connection.*true or false/,
    },
    { name: 'a misspelt field', fields: { max_inflight: 9 }, names: /"max_inflight" \(did you mean max_in_flight\?\)/ },
    { name: 'a key for a request_timeout', fields: { request_timeout: pastedKey }, names: /request_timeout/ },
    { name: 'a key for a base_url', fields: { base_url: pastedKey }, names: /base_url/ },
    { name: 'a key for a field', fields: { [pastedKey]: 'x' }, names: /there is no field a name of/ },
  ];

  const badRoles: readonly BadInput[] = [
    { name: 'a negative max_budget', fields: { max_budget: -1 }, names: /max_budget/ },
    { name: 'a max_budget of NaN', fields: { max_budget: 'NaN' }, names: /max_budget/ },
    { name: 'a max_budget in words', fields: { max_budget: 'plenty' }, names: /max_budget/ },
    { name: 'a ttl over max_ttl', fields: { ttl: '2h', max_ttl: '1h' }, names: /ttl.*max_ttl/s },
    { name: 'a negative ttl', fields: { ttl: -5 }, names: /ttl/ },
    { name: 'an unreadable ttl', fields: { ttl: 'soon' }, names: /ttl/ },
    { name: 'a negative max_ttl', fields: { max_ttl: '-1h' }, names: /max_ttl/ },
    { name: 'an unreadable max_ttl', fields: { max_ttl: '1 fortnight' }, names: /max_ttl/ },
    { name: 'metadata in words', fields: { metadata: 'words' }, names: /metadata/ },
    { name: 'metadata that nests', fields: { metadata: { team: { name: 'search' } } }, names: /metadata/ },
    { name: 'metadata under a reserved name', fields: { metadata: { vault_role: 'mine' } }, names: /metadata/ },
    { name: 'a prefix with a control character', fields: { key_alias_prefix: 'a\u0007b' }, names: /key_alias_prefix/ },
    { name: 'a prefix with a step up', fields: { key_alias_prefix: 'a/../b' }, names: /key_alias_prefix/ },
    { name: 'a key_type that is none', fields: { key_type: 'admin' }, names: /key_type/ },
    // What Go's decoding takes for 0, for no limit, or for something else than was typed.
    { name: 'an empty max_budget', fields: { max_budget: '' }, names: /max_budget.*empty/ },
    { name: 'a max_budget of false', fields: { max_budget: false }, names: /max_budget.*a number such as 12.5/ },
    { name: 'a max_budget of null', fields: { max_budget: null }, names: /max_budget.*null/ },
    { name: 'a max_budget too small to be one', fields: { max_budget: '1e-400' }, names: /max_budget.*too small/ },
    { name: 'a hexadecimal max_budget', fields: { max_budget: '0x10p0' }, names: /max_budget/ },
    { name: 'a list of budgets', fields: { max_budget: [1, 2] }, names: /max_budget.*not a list/ },
    { name: 'a ttl of half a second', fields: { ttl: '500ms' }, names: /ttl.*whole seconds/ },
    { name: 'a ttl of a nanosecond', fields: { ttl: '1ns' }, names: /ttl.*whole seconds/ },
    { name: 'a ttl of half', fields: { ttl: 0.5 }, names: /ttl.*whole seconds/ },
    { name: 'an empty ttl', fields: { ttl: '' }, names: /ttl.*empty/ },
    { name: 'a negative rate', fields: { rpm_limit: -1 }, names: /rpm_limit.*refuse every call/ },
    { name: 'an empty rate', fields: { tpm_limit: '' }, names: /tpm_limit.*empty/ },
    { name: 'a huge rate', fields: { max_parallel_requests: 2 ** 31 }, names: /max_parallel_requests.*at most/ },
    { name: 'a key for a rate', fields: { tpd_limit: pastedKey }, names: /tpd_limit.*a text of/ },
    { name: 'a budget window of 1x', fields: { budget_duration: '1x' }, names: /budget_duration.*30d or 1mo/ },
    {
      name: 'budget windows in broken JSON',
      fields: { budget_limits: '[{"a"' },
      names: /budget_limits.*is not valid JSON/,
    },
    {
      name: 'a key in budget windows',
      fields: { budget_limits: [{ [pastedKey]: 1 }] },
      names: /budget_limits.*item 1/,
    },
    {
      name: 'a rate of a model that is not in models',
      fields: { models: 'gpt-4o', model_rpm_limit: `${pastedKey}=1` },
      names: /model_rpm_limit limits a model that models does not name/,
    },
    { name: 'a line break in a team', fields: { team_id: `${pastedKey}\n` }, names: /team_id.*line break/ },
    { name: 'a team in a list', fields: { team_id: ['a'] }, names: /team_id.*must be a text/ },
    {
      name: 'routes that LiteLLM ignores',
      fields: { allowed_routes: '/chat' },
      names: /allowed_routes.*key_type=default/,
    },
    { name: 'groups without models', fields: { access_group_ids: 'a' }, names: /access_group_ids.*models is empty/ },
    { name: 'a map that is a key', fields: { permissions: pastedKey }, names: /permissions.*must be a map/ },
    {
      name: 'a setting of the engine',
      fields: { extra_params: { duration: '1h' } },
      names: /extra_params.*"duration"/,
    },
    {
      name: 'a field in other settings',
      fields: { extra_params: '{"tpm_limit":1}' },
      names: /extra_params.*"tpm_limit"/,
    },
    { name: 'a setting of LiteLLM in metadata', fields: { metadata: { tags: 'a' } }, names: /write the field tags/ },
    { name: 'a max_ttl of null', fields: { max_ttl: null }, names: /max_ttl.*null/ },
    { name: 'models in a map', fields: { models: {} }, names: /models.*not a map/ },
    { name: 'models in JSON as text', fields: { models: '["a","b"]' }, names: /models.*write a,b/ },
    { name: 'a model that is a number', fields: { models: ['a', 4] }, names: /models.*has 4 in it/ },
    { name: 'models in lists in a list', fields: { models: [['a']] }, names: /models.*a list in it/ },
    { name: 'metadata in lists in a list', fields: { metadata: [['a=b']] }, names: /metadata.*a list in it/ },
    { name: 'metadata in a JSON list', fields: { metadata: '["a=b"]' }, names: /metadata/ },
    { name: 'metadata that is true', fields: { metadata: { a: true } }, names: /metadata.*in quotes/ },
    { name: 'a prefix that is true', fields: { key_alias_prefix: true }, names: /key_alias_prefix.*a text/ },
    { name: 'a misspelt limit', fields: { max_bugdet: 5 }, names: /"max_bugdet" \(did you mean max_budget\?\)/ },
    {
      name: 'metadata that is a rule',
      fields: { metadata: { enforced_params: 'user' } },
      names: /enforced_params.*a rule/,
    },
    { name: 'metadata that is a limit', fields: { metadata: 'model_rpm_limit=5' }, names: /model_rpm_limit.*a limit/ },
    { name: 'metadata of another edition', fields: { metadata: { tags: 'a' } }, names: /tags.*Enterprise/ },
    { name: 'a key for a max_budget', fields: { max_budget: pastedKey }, names: /max_budget/ },
    { name: 'a key for a ttl', fields: { ttl: pastedKey }, names: /ttl/ },
    { name: 'a key for metadata', fields: { metadata: pastedKey }, names: /metadata/ },
    { name: 'a key for a name of metadata', fields: { metadata: { [`vault_${pastedKey}`]: 'a' } }, names: /metadata/ },
    { name: 'a key for models in JSON', fields: { models: `["${pastedKey}"]` }, names: /models/ },
    {
      name: 'a key and a line break for a prefix',
      fields: { key_alias_prefix: `${pastedKey}\n` },
      names: /key_alias_prefix/,
    },
    { name: 'a key for a key_type', fields: { key_type: pastedKey }, names: /key_type/ },
    { name: 'a key for a field', fields: { [pastedKey]: 'x' }, names: /there is no field a name of/ },
  ];

  /** `good` with `changes` laid over it, and without what they set to null. */
  function overlaid(good: Fields, changes: Fields): Fields {
    return Object.fromEntries(Object.entries({ ...good, ...changes }).filter(([, value]) => value !== null));
  }

  describe('the first write of config with', () => {
    for (const { name, fields, names } of badConfigs) {
      test(`${name} stores nothing`, async () => {
        const { server, litellm } = suite();
        const good = { base_url: litellm.url, master_key: litellm.masterKey };
        const { status, errors } = await server.api('POST', `${bare}/config`, overlaid(good, fields));
        expect({ status, errors }).toEqual({ status: 400, errors: expect.stringMatching(names) });
        for (const secret of [litellm.masterKey, wrongMasterKey, pastedKey, 'secret@'])
          expect(errors).not.toContain(secret);
        expect((await server.api('GET', `${bare}/config`)).status).toBe(404);
      });
    }
  });

  describe('a later write of config with', () => {
    // What is left out is kept, so it is no mistake here.
    for (const { name, fields, names } of badConfigs.filter((bad) => !Object.values(bad.fields).includes(null))) {
      test(`${name} changes nothing`, async () => {
        const { server } = suite();
        const before = (await server.api('GET', 'litellm/config')).data;
        const { status, errors } = await server.api('POST', 'litellm/config', fields);
        expect({ status, errors }).toEqual({ status: 400, errors: expect.stringMatching(names) });
        expect((await server.api('GET', 'litellm/config')).data).toEqual(before);
      });
    }
  });

  describe('the first write of a role with', () => {
    for (const { name, fields, names } of badRoles) {
      test(`${name} stores nothing`, async () => {
        const { server, litellm } = suite();
        const role = uniqueName('bad');
        const { status, errors } = await server.api('POST', `litellm/roles/${role}`, fields);
        expect({ status, errors }).toEqual({ status: 400, errors: expect.stringMatching(names) });
        expect(errors).not.toContain(pastedKey);
        expect((await server.api('GET', `litellm/roles/${role}`)).status).toBe(404);
        expect((await server.api('GET', `litellm/creds/${role}`)).status).toBe(400);
        expect(await litellm.keysLike(role)).toEqual([]);
      });
    }
  });

  describe('a later write of a role with', () => {
    for (const { name, fields, names } of badRoles) {
      test(`${name} changes nothing`, async () => {
        const { server } = suite();
        const role = uniqueName('good');
        await writeRole(server, `litellm/roles/${role}`, { max_budget: 1, ttl: '30m', max_ttl: '45m' });
        const before = (await server.api('GET', `litellm/roles/${role}`)).data;
        const { status, errors } = await server.api('POST', `litellm/roles/${role}`, fields);
        expect({ status, errors }).toEqual({ status: 400, errors: expect.stringMatching(names) });
        expect((await server.api('GET', `litellm/roles/${role}`)).data).toEqual(before);
      });
    }
  });

  test('a max_budget that is a JSON number too small to be one is refused', async () => {
    const { server } = suite();
    const path = `litellm/roles/${uniqueName('small')}`;
    const answer = await fetch(`${server.address}/v1/${path}`, {
      method: 'POST',
      headers: { 'X-Vault-Token': server.rootToken },
      body: '{"max_budget": 1e-400}',
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('max_budget');
    expect((await server.api('GET', path)).status).toBe(404);
  });

  describe('a name of a role', () => {
    // The longest that an engine lets through as a request's path is some thousands.
    test('of 129 characters is not written, and there is no role of it', async () => {
      const { server } = suite();
      const name = 'n'.repeat(129);
      const written = await server.api('POST', `litellm/roles/${name}`, {});
      expect([written.status, written.errors]).toEqual([400, expect.stringContaining('at most 128 characters')]);
      expect((await server.api('GET', `litellm/roles/${name}`)).status).toBe(404);
      expect((await server.api('DELETE', `litellm/roles/${name}`)).status).toBe(204);
      const issued = await server.api('GET', `litellm/creds/${name}`);
      expect([issued.status, issued.errors]).toEqual([400, expect.stringContaining('there is no role')]);
    });

    for (const length of [5_000, 40_000]) {
      test(`of ${length} characters is refused on every path`, async () => {
        const { server } = suite();
        const name = 'n'.repeat(length);
        const requests: readonly (readonly [ApiMethod, string])[] = [
          ['POST', `roles/${name}`],
          ['GET', `roles/${name}`],
          ['DELETE', `roles/${name}`],
          ['GET', `creds/${name}`],
        ];
        for (const [method, path] of requests) {
          const { status, errors } = await server.api(method, `litellm/${path}`, method === 'POST' ? {} : undefined);
          expect({ method, status, errors }).toEqual({
            method,
            status: 400,
            errors: expect.stringContaining('must have at most 128 characters'),
          });
        }
      });
    }

    test('of 128 characters is as good as any', async () => {
      const { server } = suite();
      const name = uniqueName('n'.repeat(119));
      await writeRole(server, `litellm/roles/${name}`, { ttl: '1h' });
      const { status, body } = await server.api('GET', `litellm/creds/${name}`);
      expect(status).toBe(200);
      await server.api('PUT', 'sys/leases/revoke', { lease_id: body['lease_id'], sync: true });
      expect((await server.api('DELETE', `litellm/roles/${name}`)).status).toBe(204);
    });
  });

  test('models that are an empty text are every model, and the answer says so', async () => {
    const { server } = suite();
    const { status, body } = await server.api('POST', `litellm/roles/${uniqueName('all')}`, { models: '' });
    expect({ status, warnings: body['warnings'] }).toEqual({
      status: 200,
      warnings: [expect.stringContaining('may call every model')],
    });
  });

  describe('a key', () => {
    test('of an unknown role is not made', async () => {
      const { server, litellm } = suite();
      const role = uniqueName('unknown');
      const { status, errors } = await server.api('GET', `litellm/creds/${role}`);
      expect({ status, errors }).toEqual({ status: 400, errors: expect.stringContaining(role) });
      expect(await litellm.keysLike(role)).toEqual([]);
    });

    test('of a mount without config is not made', async () => {
      const { server, litellm } = suite();
      const role = uniqueName('early');
      await writeRole(server, `${bare}/roles/${role}`, {});
      const { status, errors } = await server.api('GET', `${bare}/creds/${role}`);
      expect({ status, errors }).toEqual({ status: 400, errors: expect.stringMatching(/config/) });
      expect(await litellm.keysLike(role)).toEqual([]);
    });
  });

  describe('no such path:', () => {
    const cases: readonly { readonly method: ApiMethod; readonly path: string }[] = [
      { method: 'GET', path: 'roles/a/b' },
      { method: 'POST', path: 'roles/a/b' },
      { method: 'GET', path: 'roles/.hidden' },
      { method: 'POST', path: 'roles/.hidden' },
      { method: 'GET', path: 'creds/a/b' },
      { method: 'GET', path: 'creds/.hidden' },
      { method: 'GET', path: 'nowhere' },
    ];
    for (const { method, path } of cases) {
      test(`${method} ${path}`, async () => {
        const { server } = suite();
        const { status } = await server.api(
          method,
          `litellm/${path}`,
          method === 'POST' ? { max_budget: 1 } : undefined,
        );
        expect(status).toBe(404);
      });
    }
  });

  test('a plugin that cannot start says why in the answer, and in the log at the level error', async () => {
    const { server } = suite();
    // In the server's own folder, whose name is short enough for that of a socket.
    const missing = join(server.folder, 'none');
    const says = `socket, ${missing}, does not exist`;
    const type = uniqueName('unstartable');
    await registerPlugin(server, { name: type, env: [`PLUGIN_UNIX_SOCKET_DIR=${missing}`] });
    const { status, errors } = await server.api('POST', `sys/mounts/${type}`, { type });
    expect({ status, errors }).toEqual({ status: 400, errors: expect.stringContaining(says) });
    await until('the log has the reason', 20, async () => {
      const lines = (await readFile(server.logFile, 'utf8')).split('\n');
      return lines.some((line) => line.includes('[ERROR]') && line.includes(type) && line.includes(says));
    });
  });

  describe('too much of something does not end the plugin:', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `model-${index}`);
    const cases: readonly { readonly name: string; readonly fields: Fields; readonly stored: boolean }[] = [
      { name: 'a megabyte of model name', fields: { models: 'm'.repeat(1 << 20) }, stored: true },
      { name: 'a megabyte of metadata', fields: { metadata: { note: 'n'.repeat(1 << 20) } }, stored: true },
      { name: 'a megabyte of prefix', fields: { key_alias_prefix: 'p'.repeat(1 << 20) }, stored: false },
      { name: 'a megabyte of budget', fields: { max_budget: '9'.repeat(1 << 20) }, stored: false },
      { name: 'a megabyte of ttl', fields: { ttl: '1h'.repeat(1 << 19) }, stored: true },
      { name: 'ten thousand models', fields: { models: many.join(',') }, stored: true },
      {
        name: 'emoji',
        fields: { models: ['🚀'], metadata: { '🔑': '🦄' }, key_alias_prefix: '🐢' },
        stored: true,
      },
    ];
    for (const { name, fields, stored } of cases) {
      test(name, async () => {
        const { server } = suite();
        const pids = async () => (await server.plugins()).map(({ pid }) => pid);
        const before = await pids();
        const role = uniqueName('much');
        const written = await server.api('POST', `litellm/roles/${role}`, fields);
        expect(written.status).toBe(stored ? 204 : 400);
        expect(written.errors.length).toBeLessThan(1000);
        expect((await server.api('GET', `litellm/roles/${role}`)).status).toBe(stored ? 200 : 404);
        expect((await server.api('GET', `litellm/creds/${role}`)).status).toBe(stored ? 200 : 400);
        // One that an earlier test has left may end meanwhile; a plugin that was started again is new.
        const after = await pids();
        expect(after).not.toEqual([]);
        expect(before).toEqual(expect.arrayContaining(after));
      });
    }
  });
});
