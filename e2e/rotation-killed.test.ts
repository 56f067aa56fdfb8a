import { describe, expect, test } from 'bun:test';
import { type HoldingProxy, startHoldingProxy } from '../tests/harness/holding-proxy.ts';
import { ask, textOf } from './harness/engine-api.ts';
import { uniqueName } from './harness/issue-key.ts';
import { LiteLLM } from './harness/litellm.ts';
import { pluginName } from './harness/plugin.ts';
import { describeEngines, useSuite } from './harness/suite.ts';
import { newMount } from './harness/test-steps.ts';
import { until } from './harness/until.ts';
import { killPlugin } from './rotation-crashes/engine-world.ts';

// A kill -9 of the plugin right after a call of a rotation, against any LiteLLM: a real one where E2E_LITELLM_URL names it.
// `rotation-crashes.test.ts` has every call, against the stand-in.

interface KilledRotation {
  readonly name: string;
  /** The call after which the plugin is killed, of those that the rotation makes to this path. */
  readonly path: string;
  readonly of: 'role' | 'root';
}

const kills: readonly KilledRotation[] = [
  { name: 'a role whose former key has another name', path: '/key/update', of: 'role' },
  { name: 'a role whose new key is made', path: '/key/generate', of: 'role' },
  { name: 'a role whose former key is blocked', path: '/key/block', of: 'role' },
  { name: 'a role whose former key is deleted', path: '/key/delete', of: 'role' },
  { name: 'the root key, whose successor is made', path: '/key/generate', of: 'root' },
  { name: 'the root key, which is blocked', path: '/key/block', of: 'root' },
];

/** The path that rotates a key. */
const rotationOf = (kill: KilledRotation, mount: string, role: string): string =>
  kill.of === 'role' ? `${mount}/rotate-role/${role}` : `${mount}/rotate-root`;

describeEngines((engine) => {
  const suite = useSuite(engine, { storage: 'raft' });

  /** A mount with a static role, and what is between it and LiteLLM. */
  async function begin(
    kill: KilledRotation,
    proxies: AsyncDisposableStack,
  ): Promise<{
    readonly kill: KilledRotation;
    readonly mount: string;
    readonly role: string;
    readonly proxy: HoldingProxy;
  }> {
    const { server, litellm } = suite();
    const proxy = proxies.use(await startHoldingProxy(litellm.url));
    const behind = new LiteLLM(proxy.url, litellm.masterKey);
    const mount = await newMount({ server, litellm: behind }, 'killed', { bootstrap: kill.of === 'root' });
    const role = uniqueName('app');
    await ask(server, 'POST', `${mount}/static-roles/${role}`, { models: suite().models, rotation_period: '24h' });
    return { kill, mount, role, proxy };
  }

  const read = async (path: string) => (await ask(suite().server, 'GET', path)).data;

  describe('a kill -9 in the middle of a rotation', () => {
    test('loses no key and leaves none', async () => {
      const { server, litellm, models } = suite();
      await using proxies = new AsyncDisposableStack();
      const begun = [];
      for (const kill of kills) begun.push(await begin(kill, proxies));
      const rotations = await Promise.all(
        begun.map(async ({ kill, mount, role, proxy }) => {
          const reached = proxy.held.holdPath(kill.path, 'after');
          const answer = server.api('POST', rotationOf(kill, mount, role));
          await Promise.race([
            reached,
            answer.then(({ status, errors }) => {
              throw new Error(`rotating ${kill.name} ended with ${status}: ${errors}`);
            }),
          ]);
          return { answer };
        }),
      );
      await killPlugin(server);
      for (const { proxy } of begun) proxy.held.clear();
      await Promise.all(rotations.map(({ answer }) => answer));

      for (const { kill, mount, role } of begun) {
        // At once, whatever is still to be mended.
        const creds = await until('the plugin is back', 20, () => read(`${mount}/static-creds/${role}`));
        expect([kill.name, await litellm.chat(textOf(creds['key']), models[0])]).toEqual([kill.name, 200]);
      }
      // By its own word LiteLLM is through with what it was asked: a fresh process looks again.
      for (const { kill, mount, role } of begun) {
        await until(`${kill.name}: no other key is left`, 60, async () => {
          const keys = await litellm.keysLike(kill.of === 'role' ? role : `vault-${mount}`);
          const current =
            kill.of === 'role'
              ? (await read(`${mount}/static-creds/${role}`))['token_id']
              : (await read(`${mount}/config`))['master_key_token_id'];
          return keys.length === 1 && keys[0]?.tokenId === current;
        });
      }
      await server.api('PUT', 'sys/plugins/reload/backend', { plugin: pluginName });
      for (const { kill, mount, role } of begun) {
        await ask(server, 'POST', rotationOf(kill, mount, role));
        await server.api('DELETE', `${mount}/static-roles/${role}`);
        const user = (await read(`${mount}/config`))['master_key_user_id'];
        if (typeof user === 'string') await litellm.deleteUser(user);
        await server.api('DELETE', `sys/mounts/${mount}`);
      }
    }, 240_000);
  });
});
