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
        for (const secret of [litellm.masterKey, wrongMasterKey, 'secret@']) expect(errors).not.toContain(secret);
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

  describe('a plugin that cannot start says why in the answer, and in the log at the level error:', () => {
    interface Unstartable {
      readonly name: string;
      readonly env: string;
      readonly says: string;
    }
    /** Stands for a folder that nobody makes, in the server's own, whose name is short enough for that of a socket. */
    const missing = '<missing>';
    const cases: readonly Unstartable[] = [
      { name: 'no folder', env: `PLUGIN_UNIX_SOCKET_DIR=${missing}`, says: `socket, ${missing}, does not exist` },
      { name: 'a wish for one connection', env: 'PLUGIN_MULTIPLEX_GRPC=true', says: 'PLUGIN_MULTIPLEX_GRPC' },
    ];
    for (const { name, ...shown } of cases) {
      test(name, async () => {
        const { server } = suite();
        const known = (text: string): string => text.replace(missing, join(server.folder, 'none'));
        const [env, says] = [known(shown.env), known(shown.says)];
        const type = uniqueName('unstartable');
        await registerPlugin(server, { name: type, env: [env] });
        const { status, errors } = await server.api('POST', `sys/mounts/${type}`, { type });
        expect({ status, errors }).toEqual({ status: 400, errors: expect.stringContaining(says) });
        await until('the log has the reason', 20, async () => {
          const lines = (await readFile(server.logFile, 'utf8')).split('\n');
          return lines.some((line) => line.includes('[ERROR]') && line.includes(type) && line.includes(says));
        });
      });
    }
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
        expect(await pids()).toEqual(before);
      });
    }
  });
});
