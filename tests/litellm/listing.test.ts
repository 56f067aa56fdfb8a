import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { startLiteLLMServer, type LiteLLMServer } from '../harness/litellm-server.ts';
import { clientOf, newRequest } from './test-client.ts';

let server: LiteLLMServer;
beforeAll(async () => {
  server = await startLiteLLMServer();
});
afterAll(async () => server.stop());

const token = 'a'.repeat(64);
const page = { total_count: 2, current_page: 1, total_pages: 1 };

/** What the client makes of a page with these rows. */
async function listed(keys: readonly unknown[]) {
  server.faults.next({ kind: 'nonsense', path: '/key/list', body: { ...page, keys } });
  return (await clientOf(server).listKeys({ page: 1, size: 100 })).keys;
}

describe('a list of keys', () => {
  test('has the oldest first, page by page', async () => {
    const requests = [newRequest(), newRequest(), newRequest()];
    const client = clientOf(server);
    for (const request of requests) await client.generateKey(request);
    const first = await client.listKeys({ page: 1, size: 2 });
    const second = await client.listKeys({ page: 2, size: 2 });
    expect([...first.keys, ...second.keys].map(({ alias }) => alias)).toEqual(requests.map(({ keyAlias }) => keyAlias));
    expect(second).toMatchObject({ totalCount: 3, currentPage: 2, totalPages: 2 });
  });

  test('has those that spent most first, finds a part of an alias, and leaves out what has expired', async () => {
    const client = clientOf(server);
    const tag = crypto.randomUUID();
    for (const [name, spend] of [
      ['a', 1],
      ['b', 3],
      ['c', 2],
    ] as const) {
      const { tokenId } = await client.generateKey(newRequest({ keyAlias: `x-${tag}-${name}` }));
      const key = server.keys.find(tokenId);
      if (key !== undefined) server.keys.put({ ...key, spend, ...(name === 'c' ? { expires: new Date(0) } : {}) });
    }
    const query = { page: 1, size: 100, aliasPart: tag.toUpperCase(), order: 'most spent' } as const;
    const spends = async (more: { readonly unexpired?: boolean }) =>
      (await client.listKeys({ ...query, ...more })).keys.map(({ spend }) => spend);
    expect(await spends({})).toEqual([3, 2, 1]);
    expect(await spends({ unexpired: true })).toEqual([3, 1]);
  });

  test('tells of a use', async () => {
    const request = newRequest();
    await clientOf(server).generateKey(request);
    await fetch(`${server.url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${request.key}` },
      body: JSON.stringify({ model: 'gpt-4o', messages: [] }),
    });
    const { keys } = await clientOf(server).listKeys({ page: 1, size: 100, keyAlias: request.keyAlias });
    expect(keys[0]?.lastActive).toBeDate();
    expect(keys[0]?.spend).toBeGreaterThan(0);
  });

  const unreadable: readonly { readonly what: string; readonly row: Readonly<Record<string, unknown>> }[] = [
    { what: 'nothing but its hash', row: {} },
    { what: 'metadata that is a text', row: { metadata: '{}' } },
    { what: 'metadata that is a list', row: { metadata: [] } },
    { what: 'null everywhere', row: { metadata: null, expires: null, spend: null, blocked: null, created_at: null } },
    { what: 'an expiry that is none', row: { expires: 'never' } },
    { what: 'times that are numbers', row: { created_at: 1, updated_at: 2, last_active: 3 } },
    { what: 'spend that is a text', row: { spend: '0' } },
    {
      what: 'models that are none, and limits of other kinds',
      row: { models: 'all', max_budget: {}, tpm_limit: null },
    },
  ];
  for (const { what, row } of unreadable) {
    test(`takes a key with ${what} for one of which that is not known`, async () => {
      expect(await listed([{ token, ...row }])).toEqual([
        { tokenId: token, metadata: {}, blocked: false, models: [], limits: {} },
      ]);
    });
  }

  for (const row of [null, 'text', {}, { token: 5 }]) {
    test(`leaves out ${JSON.stringify(row)}, and keeps the keys beside it`, async () => {
      expect(await listed([row, { token }])).toMatchObject([{ tokenId: token }]);
    });
  }
});

test('a key whose status LiteLLM does not tell, as in 1.74 to 1.90, has an empty one', async () => {
  server.faults.next({ kind: 'nonsense', path: '/key/info', body: { key: token, info: { models: [] } } });
  expect(await clientOf(server).keyInfo(token)).toMatchObject({ status: '' });
});
