import { describe, expect, test } from 'bun:test';
import { startEngine, type TestEngine } from '../../harness/engine.ts';
import type { LiteLLMServerOptions } from '../../harness/litellm-server.ts';
import { foreignKey, ofThisMount } from './foreign-key.ts';

interface Spent {
  readonly alias: string;
  readonly spend: number;
  readonly role?: string;
  readonly entity?: string;
  readonly name?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

async function engineWithRoles(litellm: LiteLLMServerOptions = {}): Promise<TestEngine> {
  const engine = await startEngine({ litellm });
  await engine.configure();
  for (const role of ['team', 'other']) await engine.request('create', `roles/${role}`);
  return engine;
}

/** Makes a key of this mount that has spent so much. */
async function spent(engine: TestEngine, { alias, spend, role = 'team', entity, name = 'token', more }: Spent) {
  const metadata = {
    ...ofThisMount,
    vault_role: role,
    vault_display_name: name,
    ...(entity === undefined ? {} : { vault_entity_id: entity }),
  };
  const tokenId = await foreignKey(engine, { key_alias: alias, metadata, ...more });
  const key = engine.litellm.keys.find(tokenId);
  if (key !== undefined) engine.litellm.keys.put({ ...key, spend });
}

const usage = async (engine: TestEngine, role = 'team') => engine.request('read', `roles/${role}/usage`);
const lists = (engine: TestEngine): number => engine.litellm.requests.filter(({ path }) => path === '/key/list').length;

describe('roles/<name>/usage', () => {
  test('adds up the live keys of the role, by key and by owner', async () => {
    await using engine = await engineWithRoles();
    await spent(engine, { alias: 'vault-team-1', spend: 0.1, entity: 'e-ann', name: 'ldap-ann' });
    await spent(engine, { alias: 'vault-team-2', spend: 0.2, entity: 'e-ann', name: 'oidc-ann' });
    await spent(engine, { alias: 'vault-team-3', spend: 0.25, name: 'approle' });
    await spent(engine, { alias: 'vault-other-1', spend: 9, role: 'other' });
    await spent(engine, { alias: 'vault-team-4', spend: 9, more: { duration: '0s' } });
    await foreignKey(engine, { key_alias: 'x-team-x', metadata: { vault_role: 'team' } });
    engine.clock.advance(1);
    expect(await usage(engine)).toEqual({
      data: {
        role: 'team',
        key_count: 3,
        blocked_count: 0,
        total_spend: 0.55,
        largest_keys: [
          { key_alias: 'vault-team-3', entity_id: '', display_name: 'approle', spend: 0.25 },
          { key_alias: 'vault-team-2', entity_id: 'e-ann', display_name: 'oidc-ann', spend: 0.2 },
          { key_alias: 'vault-team-1', entity_id: 'e-ann', display_name: 'ldap-ann', spend: 0.1 },
        ],
        largest_owners: [
          { entity_id: 'e-ann', display_name: 'oidc-ann', key_count: 2, spend: 0.3 },
          { entity_id: '', display_name: 'approle', key_count: 1, spend: 0.25 },
        ],
        complete: true,
      },
    });
  });

  test('shows ten, and counts all; one call where LiteLLM finds parts of aliases', async () => {
    await using engine = await engineWithRoles();
    for (let index = 1; index <= 12; index += 1) {
      await spent(engine, { alias: `vault-team-${index}`, spend: index, name: `name-${index}` });
    }
    for (let index = 0; index < 120; index += 1) await foreignKey(engine, { key_alias: `of-a-person-${index}` });
    const before = lists(engine);
    const { data = {} } = (await usage(engine)) ?? {};
    expect(lists(engine)).toBe(before + 1);
    expect(data).toMatchObject({ key_count: 12, total_spend: 78, complete: true });
    for (const largest of ['largest_keys', 'largest_owners']) {
      expect((data[largest] as readonly { readonly spend: number }[]).map(({ spend }) => spend)).toEqual([
        12, 11, 10, 9, 8, 7, 6, 5, 4, 3,
      ]);
    }
  });

  /** As LiteLLM 1.74 and 1.80: a part of an alias is taken for the whole of one. */
  async function older(engine: TestEngine, version: string | undefined): Promise<void> {
    const hub = '/public/model_hub/info';
    engine.litellm.faults.next({ path: hub, kind: 'status', status: 404, body: '{"detail":"Not Found"}' });
    if (version !== undefined) {
      engine.litellm.faults.next({ path: '/health/readiness', kind: 'nonsense', body: { litellm_version: version } });
    }
    await engine.configure();
  }
  test('asks a version that finds no parts for all keys at once', async () => {
    await using engine = await engineWithRoles({ wholeAliases: true });
    await older(engine, '1.80.0');
    await spent(engine, { alias: 'vault-team-1', spend: 1 });
    const before = lists(engine);
    expect((await usage(engine))?.data).toMatchObject({ key_count: 1, total_spend: 1 });
    expect(lists(engine)).toBe(before + 1);
  });

  test('asks one whose version is not known for all keys once it found none', async () => {
    await using engine = await engineWithRoles({ wholeAliases: true });
    await older(engine, undefined);
    await spent(engine, { alias: 'vault-team-1', spend: 1 });
    const before = lists(engine);
    expect((await usage(engine))?.data).toMatchObject({ key_count: 1 });
    expect(lists(engine)).toBe(before + 2);
  });

  test('believes a version that finds parts, where there are none', async () => {
    await using engine = await engineWithRoles();
    const before = lists(engine);
    expect((await usage(engine))?.data).toMatchObject({ key_count: 0, total_spend: 0, largest_keys: [] });
    expect(lists(engine)).toBe(before + 1);
  });

  test('says that it is cut, and has those that spent most', async () => {
    await using engine = await engineWithRoles();
    const row = {
      token: 'a'.repeat(64),
      key_alias: 'vault-team-1',
      spend: 3,
      metadata: { ...ofThisMount, vault_role: 'team' },
    };
    const body = { keys: [row], total_count: 50_000, current_page: 1, total_pages: 500 };
    engine.litellm.faults.next({ path: '/key/list', kind: 'nonsense', body, times: 200 });
    const { data, warnings } = (await usage(engine)) ?? {};
    expect(data).toMatchObject({ key_count: 1, total_spend: 3, complete: false });
    expect(warnings).toEqual([expect.stringContaining('This is cut')]);
  });

  test('knows a role that is gone by its live keys, and else none', async () => {
    await using engine = await engineWithRoles();
    await engine.request('delete', 'roles/other');
    expect(await usage(engine, 'other')).toBeUndefined();
    await spent(engine, { alias: 'vault-other-1', spend: 1, role: 'other' });
    expect((await usage(engine, 'other'))?.data).toMatchObject({ key_count: 1 });
    expect(await usage(engine, 'never')).toBeUndefined();
    expect(await usage(engine, 'x'.repeat(300))).toBeUndefined();
  });

  test('counts blocked keys too', async () => {
    await using engine = await engineWithRoles();
    const issued = await engine.issue('team');
    await engine.request('delete', `keys/${String(issued.response.data?.['key_alias'])}`);
    expect((await usage(engine))?.data).toMatchObject({ key_count: 1, blocked_count: 1 });
  });
});
