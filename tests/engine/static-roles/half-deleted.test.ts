import { describe, expect, test } from 'bun:test';
import {
  aliases,
  create,
  credsOf,
  engineWithStaticRole,
  hour,
  remove,
  roleOf,
  rotate,
  staticEngine,
  storedKeyOf,
} from './static-engine.ts';

describe('a deletion whose key is refused already, though LiteLLM has refused to delete it', () => {
  const cases = [
    ['blocked, and then no', []],
    ['blocked by a call that seemed to fail', [{ kind: 'nonsense', path: '/key/block', withEffect: true }]],
  ] as const;
  for (const [what, faults] of cases) {
    test(`says that it is half way: ${what}`, async () => {
      await using engine = await engineWithStaticRole();
      for (const fault of faults) engine.litellm.faults.next(fault);
      engine.litellm.faults.next({ kind: 'status', path: '/key/delete', status: 400, times: 9 });
      const answer = await remove(engine);
      expect(engine.litellm.keys.findAlias('vault-app')?.blocked).toBe(true);
      expect(answer?.data?.['error']).toMatch(/is half deleted, and its key may be refused already/);
      expect(await roleOf(engine)).toMatchObject({ being_deleted: true });
      expect((await credsOf(engine))['error']).toContain('half deleted');
      engine.litellm.faults.clear();
      expect(await rotate(engine)).toBeUndefined();
      expect(await storedKeyOf(engine)).toMatchObject({ blocked: null });
    });
  }

  test('and that is refused before anything was done works as before', async () => {
    await using engine = await engineWithStaticRole();
    engine.litellm.faults.next({ kind: 'status', path: '/key/block', status: 400, times: 9 });
    engine.litellm.faults.next({ kind: 'status', path: '/key/delete', status: 400, times: 9 });
    expect((await remove(engine))?.data?.['error']).toMatch(/was not deleted, and works as before/);
    expect(await storedKeyOf(engine)).toMatchObject({ blocked: null });
    expect(await roleOf(engine)).not.toHaveProperty('being_deleted');
  });
});

test('a role adopts no key that was deleted while it waited for its turn', async () => {
  await using engine = await staticEngine();
  const generated = engine.litellm.handled('/key/generate');
  const made = create(engine);
  await generated;
  const [adopted] = await Promise.all([
    create(engine, { adopt: 'vault-app', rotation_period: hour }),
    remove(engine),
    made,
  ]);
  expect(adopted).toMatchObject({ data: { error: expect.stringContaining('LiteLLM has no key of the alias') } });
  expect(aliases(engine)).toEqual([]);
  expect(engine.storage.keys.filter((key) => key.startsWith('static-'))).toEqual([]);
});
