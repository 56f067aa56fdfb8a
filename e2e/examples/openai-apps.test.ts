import { afterAll, beforeAll, expect, test } from 'bun:test';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PythonError, requirePython } from '../../build/python.ts';
import { objectOf, textOf } from '../harness/engine-api.ts';
import { uniqueName, writeRole } from '../harness/issue-key.ts';
import { outcomeOf } from '../harness/outcome.ts';
import { describeEngines, useSuite } from '../harness/suite.ts';
import { examples } from './shown-commands.ts';

// examples/python-openai and examples/typescript-openai: the official packages, and keys that change under them.

/** One of the programs, with the packages that it pins, in a folder of its own. */
interface App {
  readonly example: string;
  readonly install: readonly [string, ...string[]];
  readonly command: readonly [string, ...string[]];
  readonly env: (folder: string) => Readonly<Record<string, string>>;
}

const pipFlags = ['--quiet', '--disable-pip-version-check', '--no-warn-conflicts', '--target', 'packages'];
const python: App = {
  example: 'python-openai',
  install: ['python3', '-m', 'pip', 'install', ...pipFlags, '-r', 'requirements.txt'],
  command: ['python3', '-B', 'app.py'],
  env: (folder) => ({ PYTHONPATH: join(folder, 'packages') }),
};
const typescript: App = {
  example: 'typescript-openai',
  install: [process.execPath, 'install', '--no-save'],
  command: [process.execPath, 'run', 'app.ts'],
  env: () => ({}),
};

const whyNoPython = await requirePython('the openai package', [3, 9]).then(
  () => undefined,
  (error: unknown) => {
    if (error instanceof PythonError) return error.message;
    throw error;
  },
);
// Repeated by whoever sums up a longer run.
if (whyNoPython !== undefined) console.log(`NOT RUN python-openai: ${whyNoPython.replaceAll(/\s+/g, ' ')}`);
const apps = whyNoPython === undefined ? [python, typescript] : [typescript];

let folder: string;

async function run(
  app: App,
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const at = join(folder, app.example);
  const child = Bun.spawn([...command], {
    cwd: at,
    env: { ...process.env, PIP_ROOT_USER_ACTION: 'ignore', ...app.env(at), ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: 240_000,
  });
  const { code, stdout, stderr } = await outcomeOf(child);
  if (code !== 0) throw new Error(`${app.example}: ${command[0]} ended with ${code}: ${stderr.slice(-1000)}`);
  return stdout;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openai-'));
  for (const app of apps) {
    await cp(join(examples, app.example), join(folder, app.example), { recursive: true });
    await run(app, app.install);
  }
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describeEngines((engine) => {
  const suite = useSuite(engine);

  for (const app of apps) {
    test(`${app.example} works with three keys one after the other, and no call fails`, async () => {
      const { server, litellm, models } = suite();
      const role = uniqueName('app');
      const creds = `litellm/creds/${role}`;
      await writeRole(server, `litellm/roles/${role}`, { models: [models[0]], ttl: 4, max_ttl: 7 });
      const rules = JSON.stringify({ path: { [creds]: { capabilities: ['read'] } } });
      expect((await server.api('PUT', `sys/policies/acl/${role}`, { policy: rules })).status).toBe(204);
      const { body } = await server.api('POST', 'auth/token/create', { policies: [role], period: '10m' });
      const said = await run(app, [...app.command, models[0], '0.1', '3'], {
        BAO_ADDR: server.address,
        BAO_TOKEN: textOf(objectOf(body['auth'])['client_token']),
        OPENAI_BASE_URL: `${litellm.url}/v1`,
        LITELLM_CREDS: creds,
      });
      expect(said).toMatch(/^key 1\nkey 2\nkey 3\n\d{2,} answered, 0 failed, 3 keys\n$/);
    }, 120_000);
  }
});
