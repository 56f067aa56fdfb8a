import { describe, expect, test } from 'bun:test';
import { pathRolesList } from '../../../src/engine/roles/path-roles-list.ts';
import { preparedBackend } from '../../harness/framework-backend.ts';
import { MemoryStorage } from '../../harness/memory-storage.ts';

const names = ['a', 'b', 'c', 'd'];

async function listOf(data: Readonly<Record<string, unknown>>, paged: boolean, stored: readonly string[] = names) {
  const storage = new MemoryStorage({ paged });
  for (const name of stored) await storage.put({ key: `roles/${name}`, value: new Uint8Array() });
  const { handle } = preparedBackend({ paths: [pathRolesList()] });
  return await handle({ operation: 'list', path: 'roles/', data, storage });
}

describe('a list of roles', () => {
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, readonly string[]])[] = [
    [{}, names],
    [{ after: 'b' }, ['c', 'd']],
    [{ after: 'bb' }, ['c', 'd']],
    [{ limit: '2' }, ['a', 'b']],
    [{ after: 'a', limit: 2 }, ['b', 'c']],
    [{ after: '', limit: 0 }, names],
    [{ after: '', limit: '-1' }, names],
    [{ after: 'a', limit: -1 }, ['b', 'c', 'd']],
  ];
  for (const [data, keys] of cases) {
    const sent = JSON.stringify(data);
    test(`with ${sent} is a part where the engine has pages`, async () => {
      expect(await listOf(data, true)).toEqual({ data: { keys } });
    });

    test(`with ${sent} is whole where it has none`, async () => {
      const part = keys.length < names.length;
      expect(await listOf(data, false)).toEqual({
        data: { keys: names },
        ...(part ? { warnings: [expect.stringContaining('after and limit had no effect')] } : {}),
      });
    });
  }

  test('that is empty has no keys', async () => {
    expect(await listOf({}, true, [])).toEqual({ data: {} });
    expect(await listOf({ after: 'd' }, true)).toEqual({ data: {} });
  });

  for (const limit of ['x', [], 2 ** 31]) {
    test(`with a limit of ${JSON.stringify(limit)} is refused`, async () => {
      const response = await listOf({ limit }, true);
      expect(response?.data).toEqual({ error: expect.stringContaining('"limit"') });
    });
  }
});
