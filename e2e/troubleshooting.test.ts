import { expect, test } from 'bun:test';
import { resolve } from 'node:path';
import { issueKey, uniqueName, writeRole } from './harness/issue-key.ts';
import { describeEngines, configure, useSuite } from './harness/suite.ts';

// What docs/troubleshooting.md tells to type, typed.

const page = await Bun.file(resolve(import.meta.dir, '../docs/troubleshooting.md')).text();

describeEngines((engine) => {
  const suite = useSuite(engine);

  test('a disable that failed leaves a mount that is mended by force alone, or by LiteLLM’s return', async () => {
    const { server, cli, litellm } = suite();
    const role = uniqueName('left');
    await writeRole(server, `litellm/roles/${role}`, { ttl: '1h' });
    const { key } = await issueKey(server, role);
    await configure(server, 'litellm', litellm, { base_url: 'http://127.0.0.1:1', verify_connection: false });

    const disabled = await cli.run('secrets', 'disable', 'litellm');
    expect(disabled).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nothing listens there (ECONNREFUSED)'),
    });
    const write = await server.api('POST', 'litellm/config', { base_url: litellm.url });
    expect([write.status, write.errors]).toEqual([404, expect.stringContaining('route entry')]);
    expect(write.errors).toContain('tainted');
    expect((await cli.run('secrets', 'disable', 'litellm')).code).toBe(2);

    for (const words of [
      ['lease', 'revoke', '-force', '-prefix', 'litellm/'],
      ['secrets', 'disable', 'litellm'],
    ]) {
      expect(page).toContain(`bao ${words.join(' ')}\n`);
      expect(await cli.run(...words)).toMatchObject({ code: 0 });
    }
    // The engine has forgotten it; LiteLLM has not.
    const [model] = suite().models;
    expect(await litellm.chat(key, model)).toBe(200);
    expect(await litellm.keysLike(role)).toHaveLength(1);
  });
});
