import { beforeAll, expect, test } from 'bun:test';
import { cp, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Agent, runAgent } from '../clients/agent.ts';
import { describeEngines, useSuite } from '../harness/suite.ts';
import { until } from '../harness/until.ts';
import { examples, shownCommands } from './shown-commands.ts';

// examples/agent, with the engine's own agent.

const commands = await shownCommands('agent');

/** Stands for a user's program: it tells what key it was started with. */
const program = `#!/bin/sh
printf '%s\\n' "$OPENAI_API_KEY" >> seen
exec sleep 600
`;

describeEngines((engine) => {
  const suite = useSuite(engine);
  let prepared: string;

  /** The example's folder, after what its README prepares. */
  async function folder(): Promise<string> {
    const copy = await mkdtemp(join(suite().server.folder, 'agent-'));
    await cp(prepared, copy, { recursive: true });
    return copy;
  }

  /** The last command of the README that has `word`, as an agent. */
  async function start(word: string): Promise<{ readonly agent: Agent; readonly at: string }> {
    const line = commands.find((one) => one.startsWith('bao agent') && one.includes(word)) ?? '';
    const at = await folder();
    await Bun.write(join(at, 'app.sh'), program, { mode: 0o755 });
    return { agent: runAgent(suite().server, at, line.split(' ').slice(2)), at };
  }

  async function linesOf(file: string): Promise<readonly string[]> {
    return (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  }

  beforeAll(async () => {
    const { server, cli, models } = suite();
    prepared = join(server.folder, 'example');
    await cp(join(examples, 'agent'), prepared, { recursive: true });
    const preparing = commands.filter((line) => !line.startsWith('bao agent'));
    expect(preparing).toHaveLength(6);
    for (const line of preparing) {
      const typed = line.replace(/^bao /, `${engine.command} `).replace('gpt-4o-mini', models[0]);
      const { code, stderr } = await cli.shell(`cd ${prepared} && ${typed}`);
      expect({ typed, code, stderr }).toEqual({ typed, code: 0, stderr: '' });
    }
    // As it stands there, a key would live for a day.
    await server.api('POST', 'litellm/roles/agent', { ttl: 4, max_ttl: 10 });
  });

  test('a file has a key that works, and later another one', async () => {
    const { litellm, models } = suite();
    const { agent, at } = await start('file.hcl');
    await using _ = agent;
    const first = await until('the file holds a key', 30, () => agent.key());
    expect(await litellm.chat(first, models[0])).toBe(200);
    expect((await Bun.file(join(at, 'key')).stat()).mode & 0o777).toBe(0o600);
    const second = await until('the file holds another key', 60, async () => {
      const now = await agent.key();
      return now === first ? undefined : now;
    });
    expect(await litellm.chat(second, models[0])).toBe(200);
    const log = await agent.log();
    for (const secret of [first, second]) expect(log).not.toContain(secret);
  });

  test('a program has a key that works in its environment, and is started again with another one', async () => {
    const { litellm, models } = suite();
    const { agent, at } = await start('env.hcl');
    await using _ = agent;
    const seen = join(at, 'seen');
    const [first = ''] = await until('the program runs', 30, async () => {
      const lines = await linesOf(seen);
      return lines.length > 0 ? lines : undefined;
    });
    expect(await litellm.chat(first, models[0])).toBe(200);
    const second = await until('the program runs with another key', 60, async () =>
      (await linesOf(seen)).find((line) => line !== first),
    );
    expect(await litellm.chat(second, models[0])).toBe(200);
    expect(await agent.log()).not.toContain(first);
  });
});
