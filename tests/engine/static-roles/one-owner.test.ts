import { describe, expect, test } from 'bun:test';
import { hashKey } from '../../harness/litellm/stored-key.ts';
import { LiteLLMSession } from '../../harness/litellm-session.ts';
import type { TestEngine } from '../../harness/engine.ts';
import {
  aliases,
  create,
  engineWithStaticRole,
  hour,
  hourly,
  remove,
  rotate,
  staticEngine,
  storedKeyOf,
} from './static-engine.ts';

const byHand = 'sk-test-not-a-real-key-of-before';

const adoptAs = (engine: TestEngine, name: string, adopt: string) =>
  create(engine, { adopt, rotation_period: hour }, name);

async function rename(engine: TestEngine, tokenId: string): Promise<void> {
  await new LiteLLMSession(engine.litellm).post('/key/update', { key: tokenId, key_alias: 'renamed-by-hand' });
}

describe('a key has one static role, whatever its alias is', () => {
  test('one that a role has made', async () => {
    await using engine = await engineWithStaticRole();
    const { tokenId } = await storedKeyOf(engine);
    await rename(engine, tokenId);
    for (const adopt of [tokenId, 'renamed-by-hand']) {
      const answer = await adoptAs(engine, 'other', adopt);
      expect(answer?.data?.['error']).toMatch(/"app" has this key already.*static-roles\/app with retain=true/);
    }
    expect(engine.storage.keys.filter((key) => key.startsWith('static-'))).toHaveLength(2);
    await remove(engine, { retain: true });
    expect((await adoptAs(engine, 'other', tokenId))?.data).toBeUndefined();
  });

  test('one that a role has adopted', async () => {
    await using engine = await staticEngine();
    await new LiteLLMSession(engine.litellm).post('/key/generate', { key: byHand, key_alias: 'legacy' });
    await adoptAs(engine, 'app', 'legacy');
    await rename(engine, hashKey(byHand));
    const answer = await adoptAs(engine, 'other', 'renamed-by-hand');
    expect(answer?.data?.['error']).toContain('"app" has this key already');
  });

  test('one that a rotation is to end', async () => {
    await using engine = await engineWithStaticRole();
    const { tokenId } = await storedKeyOf(engine);
    engine.litellm.faults.next({ kind: 'status', path: '/key/block', status: 500, times: 9 });
    engine.litellm.faults.next({ kind: 'status', path: '/key/delete', status: 500, times: 9 });
    await rotate(engine);
    engine.litellm.faults.clear();
    const answer = await adoptAs(engine, 'other', tokenId);
    expect(answer?.data?.['error']).toContain('a rotation of a static role is about to end this key');
  });
});

test('a static role that two writes make at once is made by one, and the other hears of that', async () => {
  await using engine = await staticEngine();
  const answers = await Promise.all([create(engine), create(engine)]);
  const errors = answers.map((answer) => answer?.data?.['error']);
  expect(errors).toEqual([undefined, 'another write has made the static role "app" meanwhile: write it again']);
  expect(aliases(engine)).toEqual(['vault-app']);
  expect((await create(engine, { ...hourly, key_alias: 'vault-app' }))?.data).toBeUndefined();
});
